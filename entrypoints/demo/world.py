"""Build the demo world: ninety days, lived one after the other through the service's use cases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter

from attrs import frozen

from application.credits.publish_rates import PublishingRates
from application.credits.spend_credits import SpendCredits, SpendingCredits
from application.ports.sandbox import Sandbox
from application.ports.system import NewId
from application.ports.unit_of_work import BeginWork
from application.promotions.change_check_in_rules import ChangingCheckInRules
from application.promotions.publish_coupon import CreatingCoupon
from application.subscriptions.publish_pack import PublishingPack
from application.subscriptions.publish_plan import PublishingPlan
from domain.credits.errors import InsufficientCredits, RatesChangedMeanwhile
from domain.promotions.errors import CouponCodeTaken, RulesChangedMeanwhile
from entrypoints.demo import catalogue, records
from entrypoints.demo.customer import Customers, Shelf
from entrypoints.demo.lives import DAYS, Deed, lives
from entrypoints.demo.records import WorldBegun, WorldFinished
from entrypoints.demo.usage import Usage, usage
from entrypoints.demo.virtual_time import DemoClock, DemoIds
from entrypoints.worker import BATCH, DueWork

CUSTOMERS = 200
_ROUNDS_MAX = 1000

Progress = Callable[[int, int], None]
"""Told, after each day, how many days have been lived, and of how many."""


@frozen(kw_only=True)
class DemoWorld:
    """Whatever the demo world is built with: use cases that share one virtual clock."""

    begin: BeginWork
    clock: DemoClock
    ids: DemoIds
    real_id: NewId
    sandbox: Sandbox
    publishing_plan: PublishingPlan
    publishing_pack: PublishingPack
    creating_coupon: CreatingCoupon
    changing_check_in_rules: ChangingCheckInRules
    publishing_rates: PublishingRates
    spending_credits: SpendingCredits
    customers: Customers
    due_work: DueWork
    currency: str
    return_url: str

    async def build(
        self, ends_on: date, customers: int, progress: Progress
    ) -> tuple[WorldFinished, bool]:
        """Build a world that ends with the day's first instant, and say whether it is new.

        A world that is there is left as it is; one that was cut off is taken up again.
        """
        there = await records.finished(self.begin)
        if there is not None:
            return there, False
        wanted = WorldBegun(ends_on=ends_on, customers=customers)
        world, is_resumed = await records.begun(self.begin, wanted)
        if is_resumed:
            # The real ids' last part is chance: no id of an earlier attempt is given out again.
            self.ids.lane = int(self.real_id().rpartition("-")[2], 16)
        await self._live(world, progress)
        built = WorldFinished(ends_on=world.ends_on, customers=world.customers)
        await records.finish(self.begin, built)
        return built, True

    async def _live(self, world: WorldBegun, progress: Progress) -> None:
        first_on = world.ends_on - timedelta(days=DAYS)
        self.clock.reach(_start_of(first_on))
        shelf = await self._opened()
        people = lives(world.ends_on, world.customers)
        deeds = sorted((d for life in people for d in life.deeds), key=attrgetter("at"))
        for day in range(DAYS):
            today = first_on + timedelta(days=day)
            await self._let_time_pass(_start_of(today))
            moments: list[Deed | Usage] = [deed for deed in deeds if deed.at.date() == today]
            moments += usage(world.ends_on, today, people)
            for moment in sorted(moments, key=attrgetter("at")):
                # What is due comes first, so that a renewal is kept before a later purchase.
                await self._let_time_pass(moment.at)
                await self._happen(moment, shelf)
            progress(day + 1, DAYS)
        await self._let_time_pass(_start_of(world.ends_on))

    async def _opened(self) -> Shelf:
        """Open the shop: publish what is sold and given."""
        plans = [await self.publishing_plan(plan) for plan in catalogue.plans(self.currency)]
        packs = [await self.publishing_pack(pack) for pack in catalogue.packs(self.currency)]
        for coupon in catalogue.coupons(self.currency, self.clock()):
            try:
                await self.creating_coupon(coupon)
            except CouponCodeTaken:
                continue
        with suppress(RatesChangedMeanwhile):
            await self.publishing_rates(catalogue.rates())
        with suppress(RulesChangedMeanwhile):
            await self.changing_check_in_rules(catalogue.check_in_rules())
        return Shelf(
            plans={each.plan.name: each.plan.id for each in plans},
            packs={each.pack.name: each.pack.id for each in packs},
            return_url=self.return_url,
        )

    async def _let_time_pass(self, now: datetime) -> None:
        """Do what a worker would have done by now: renew, end, grant, expire."""
        self.clock.reach(now)
        await _exhaust(self.sandbox.let_time_pass, 1)
        due = self.due_work
        for run in (due.issue_due_credits, due.sweep_orders, due.sweep_expired):
            await _exhaust(run, BATCH)

    async def _happen(self, moment: Deed | Usage, shelf: Shelf) -> None:
        match moment:
            case Deed():
                await self.customers.act(moment, shelf)
            case Usage():
                # All at once: the group commit gathers them into a few writes.
                await asyncio.gather(*(self._spend(spend) for spend in moment.spends))

    async def _spend(self, command: SpendCredits) -> None:
        try:
            await self.spending_credits(command)
        except InsufficientCredits:
            return


async def _exhaust(run: Callable[[], Awaitable[int]], batch: int) -> None:
    """Repeat due work until a round does less than a whole batch."""
    for _ in range(_ROUNDS_MAX):
        if await run() < batch:
            return
    raise RuntimeError(f"due work of a demo day has not ended after {_ROUNDS_MAX} rounds")


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
