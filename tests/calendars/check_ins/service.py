"""The service itself living a plan of visits, through the use cases of accounts and check-ins."""

from collections.abc import Callable

from attrs import define

from application.access.keep_account import KeepAccount, KeepingAccount
from application.ports.system import Clock
from application.promotions.check_in import CheckingIn, CheckInToday
from domain.access.errors import ZoneChangedLately
from domain.promotions.check_in_rules import Budgets, CheckInRules, Freezes, Milestone
from domain.promotions.errors import CheckInWaits
from tests.application.shop import Shop
from tests.calendars.check_ins.almanac import Had, Lot, NotYet, Seen, Visited
from tests.calendars.check_ins.plan_of_visits import (
    MILESTONES,
    WEEK,
    Journey,
    PlanOfVisits,
    Rules,
)
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import some_rules
from tests.support.clock import SettableClock

ClockOf = Callable[[Clock, Callable[[], str]], Clock]
"""Makes the clock that check-ins are judged by, out of the true one and where the account lives."""


def true_clock(clock: Clock, zone: Callable[[], str]) -> Clock:
    """Return the clock as it is."""
    return clock


@define(kw_only=True)
class Visitor:
    """Somebody who lives in a zone, and what the service has said to them."""

    shop: Shop
    zone: str
    clock_of: ClockOf

    async def moves(self, journey: Journey) -> NotYet | None:
        keep = KeepingAccount(begin=self.shop.store.begin, clock=self.shop.clock)
        try:
            await keep(KeepAccount(account_id=SOMEBODY, email=None, zone=journey.zone))
        except ZoneChangedLately as refusal:
            return NotYet(journey.at, refusal.next_at)
        self.zone = journey.zone
        return None

    async def visits(self) -> Seen:
        checks_in = CheckingIn(
            begin=self.shop.store.begin,
            clock=self.clock_of(self.shop.clock, lambda: self.zone),
            new_id=self.shop.new_id,
        )
        try:
            made = (await checks_in(CheckInToday(account_id=SOMEBODY))).check_in
        except CheckInWaits as refusal:
            return NotYet(self.shop.clock(), refusal.next_at)
        return Had(self.shop.clock(), made.day, made.streak, made.award, made.freezes)


async def visited(plan: PlanOfVisits, clock_of: ClockOf = true_clock) -> Visited:
    """Let the service live a plan."""
    shop = Shop(clock=SettableClock(plan.happenings[0].at))
    await shop.offers(_in_force(plan.rules))
    visitor = Visitor(shop=shop, zone=plan.rules.zone, clock_of=clock_of)
    seen: list[Seen] = []
    for happening in plan.happenings:
        shop.clock.now = happening.at
        if isinstance(happening, Journey):
            refused = await visitor.moves(happening)
            seen += [] if refused is None else [refused]
        else:
            seen.append(await visitor.visits())
    assert await shop.is_proved()
    lots = tuple(
        Lot(grant.effective_at, grant.amount, grant.expires_at) for grant in await shop.grants()
    )
    return Visited(tuple(seen), lots)


def _in_force(rules: Rules) -> CheckInRules:
    return some_rules(
        week=WEEK,
        zone=rules.zone,
        award_days=rules.award_days,
        grace_hours=rules.grace_hours,
        milestones=tuple(Milestone(day=day, credits=n, repeats=r) for day, n, r in MILESTONES),
        freezes=Freezes(at_start=rules.at_start, every=rules.every, most=rules.most),
        budgets=Budgets(month=rules.month_budget),
    )
