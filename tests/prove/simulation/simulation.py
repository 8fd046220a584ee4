"""One run from its seed: a shop is opened, lives through faults, settles, and is judged."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate

from attrs import define, field, frozen

from application.events.manage_endpoints import CreateEndpoint
from application.ports.store import Store
from domain.events.outgoing_event import EventType
from domain.promotions.check_in_rules import Milestone
from domain.promotions.effect import BonusCredits, PercentOff
from domain.subscriptions.plan_rules import PlanRules, Trial
from tests.prove.simulation import (
    deeds_of_admins,
    deeds_of_buyers,
    deeds_of_clients,
    deeds_of_dates,
)
from tests.prove.simulation.service import Plant, nothing
from tests.prove.simulation.settling import settle
from tests.prove.simulation.swarm import Fault, Fortune
from tests.prove.simulation.world import ADMIN, World
from tests.support.builders.promotions import a_code, a_coupon, some_rules
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

Deed = Callable[[World], Awaitable[None]]

DEEDS: Sequence[tuple[Deed, float]] = (
    (deeds_of_clients.spend, 14),
    (deeds_of_clients.grant, 6),
    (deeds_of_clients.place_hold, 6),
    (deeds_of_clients.extend_hold, 2),
    (deeds_of_clients.capture_hold, 5),
    (deeds_of_clients.release_hold, 2),
    (deeds_of_clients.refund_usage, 3),
    (deeds_of_clients.check_in, 4),
    (deeds_of_clients.move_house, 1),
    (deeds_of_clients.ask_again, 8),
    (deeds_of_buyers.buy, 6),
    (deeds_of_buyers.pay, 8),
    (deeds_of_buyers.come_back, 2),
    (deeds_of_buyers.wish, 4),
    (deeds_of_buyers.change_plan, 3),
    (deeds_of_buyers.deliver_news, 10),
    (deeds_of_buyers.dashboard, 5),
    (deeds_of_buyers.time_passes, 7),
    (deeds_of_admins.work, 10),
    (deeds_of_admins.refund_order, 4),
    (deeds_of_admins.adjust, 2),
    (deeds_of_admins.give, 1),
    (deeds_of_admins.void, 1),
    (deeds_of_admins.limit, 1),
    (deeds_of_admins.kill, 2),
)
"""What may happen, and how often beside the others before a seed has drawn its own mixture."""

DEEDS_WITH_DATES: Sequence[tuple[Deed, float]] = (
    (deeds_of_dates.pause_until, 6),
    (deeds_of_dates.happen_there, 6),
    (deeds_of_dates.date_comes, 10),
    (deeds_of_dates.keep_time, 6),
)
"""What may happen besides, where subscriptions are bound for dates."""

TRIAL = Trial(days=12, credits=7)

DEEDS_WITH_LISTS: Sequence[tuple[Deed, float]] = ((deeds_of_admins.compare, 20),)
"""What may happen besides, where the provider is read page by page."""

_RATES_WITH_LISTS = {Fault.NEWS_LOST: 0.8, Fault.PROVIDER_SILENT: 0.3}
"""Much is known from the lists alone then, and they are often broken off."""

_CROWD_SHARE = 0.1
_CROWD_MAX = 4


@frozen(kw_only=True)
class Lived:
    """What one seed came to. Two runs of a seed have the same trace, to the last word."""

    seed: int
    operations: int
    faults: Counter[Fault]
    days: float
    lives: int
    outcomes: Counter[str]
    trace: str
    violations: Sequence[str]


@define(kw_only=True)
class Totals:
    """What many seeds came to, as it is said at the end of a run."""

    seeds: int = 0
    operations: int = 0
    days: float = 0.0
    lives: int = 0
    faults: Counter[Fault] = field(factory=Counter)
    violations: list[str] = field(factory=list)

    def add(self, lived: Lived) -> None:
        """Count one more seed."""
        self.seeds += 1
        self.operations += lived.operations
        self.days += lived.days
        self.lives += lived.lives
        self.faults += lived.faults
        self.violations += [f"seed {lived.seed}: {each}" for each in lived.violations]

    def __str__(self) -> str:
        faults = ", ".join(f"{count:,} {fault.value}" for fault, count in self.faults.most_common())
        return (
            f"{self.operations:,} operations of {self.seeds:,} seeds in {self.lives:,} lives, "
            f"{self.faults.total():,} faults, {self.days / 365.25:,.1f} virtual years ({faults})"
        )


async def live(
    seed: int,
    operations: int,
    store: Store,
    plant: Plant = nothing,
    *,
    has_dates: bool = False,
    has_lists: bool = False,
) -> Lived:
    """Run one seed on an empty store: so many operations, then calm, then the judgement.

    With dates, plans begin with a trial, pauses have an end, and the provider does by itself what
    our jobs are about to. With lists, the provider tells in pages what happened, and may fall
    silent in between. Without either a seed's life is what it always was.
    """
    fortune = Fortune.of(seed)
    if has_lists:
        fortune.rates = {**fortune.rates, **_RATES_WITH_LISTS}
    world = World(store=store, fortune=fortune, plant=plant, has_lists=has_lists)
    await open_shop(world, TRIAL if has_dates else None)
    likely = [*DEEDS]
    likely += DEEDS_WITH_DATES if has_dates else ()
    likely += DEEDS_WITH_LISTS if has_lists else ()
    deeds = [deed for deed, _ in likely]
    drawn = fortune.weights(len(likely))
    mixture = [usual * own for (_, usual), own in zip(likely, drawn, strict=True)]
    weights = list(accumulate(mixture))
    done = 0
    while done < operations and not world.violations:
        crowd = fortune.between(2, _CROWD_MAX) if fortune.is_likely(_CROWD_SHARE) else 1
        some = fortune.random.choices(deeds, cum_weights=weights, k=crowd)
        if crowd == 1:
            await some[0](world)
        else:
            await asyncio.gather(*(deed(world) for deed in some))
        if world.service.life.is_over:
            await world.service.begin_anew()
        done += crowd
    if not world.violations:
        await settle(world)
    return Lived(
        seed=seed,
        operations=done,
        faults=fortune.struck,
        days=(world.now - NOON).total_seconds() / 86_400,
        lives=world.service.lives,
        outcomes=world.outcomes,
        trace=world.trace.hexdigest(),
        violations=world.violations,
    )


async def open_shop(world: World, trial: Trial | None = None) -> None:
    """Put things on sale, set the rules, and let two receivers ask for events. All goes well."""
    fortune = world.fortune
    fortune.is_calm = True
    world.plans = (
        a_plan(id="00000001-0000-7000-8000-00000000000a", rules=PlanRules(trial=trial)),
        a_plan(
            id="00000001-0000-7000-8000-00000000000b",
            name="Team",
            price_monthly_minor=2900,
            price_yearly_minor=29_000,
            credits_included=300,
            rules=PlanRules(trial=trial),
        ),
    )
    world.packs = (a_pack(id="00000001-0000-7000-8000-00000000000c"),)
    coupons = (
        a_coupon(id="00000001-0000-7000-8000-00000000000d", redemptions_max=4),
        a_coupon(
            id="00000001-0000-7000-8000-00000000000e",
            effect=PercentOff(percent=50),
            redemptions_per_account_max=None,
            redemptions_max=9,
        ),
        a_coupon(id="00000001-0000-7000-8000-00000000000f", effect=BonusCredits(credits=70)),
    )
    world.codes = tuple(coupon.code for coupon in coupons)
    async with world.store.begin() as work:
        for plan in world.plans:
            await work.plans.add(plan)
        for pack in world.packs:
            await work.packs.add(pack)
        for coupon in coupons:
            await work.coupons.add(coupon, a_code(coupon))
        rules = some_rules(award_days=9, milestones=(Milestone(day=3, credits=25),), grace_hours=2)
        await work.check_ins.add_rules(rules)
        await work.commit()
    create = world.service.made.events_out().create_endpoint
    for url, types in (
        ("https://shop.example/all", frozenset[EventType]()),
        ("https://shop.example/paid", frozenset({EventType.ORDER_PAID})),
    ):
        await create(CreateEndpoint(url=url, types=types, actor=ADMIN))
    if world.has_lists:
        # What happens from here on is looked for, however late the next round begins.
        await deeds_of_admins.do_job(world, "reconciliation")
    fortune.is_calm = False
