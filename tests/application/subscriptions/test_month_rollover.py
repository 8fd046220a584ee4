"""What becomes of a month's credits at its end: they lapse, or some live on as the plan says."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from application.credits.sweep_expired import SweepExpired, SweepingExpired
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.plan_rules import PLAIN_RULES, MonthRollover, PlanRules
from tests.application.shop import Shop, paid
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import SettableClock

BEGUN = datetime(2027, 1, 31, 9, 0, tzinfo=UTC)
PACK = a_pack(credits=300)


def turn_of(month: int) -> datetime:
    """Return when a month begins, counted from the first day."""
    return add_months(BEGUN, month)


async def a_subscribed_shop(rules: PlanRules) -> Shop:
    """Return a shop whose customer has paid a year of 1,000 credits a month, under these rules."""
    shop = Shop(clock=SettableClock(BEGUN))
    await shop.offers(plan := a_plan(rules=rules), PACK)
    order = await shop.buys(plan, interval=Interval.YEARLY)
    period = Period(BEGUN, add_months(BEGUN, 12))
    await shop.hears(paid(order, subscription="sub_1", period=period))
    return shop


async def goes_on(shop: Shop, month: int) -> None:
    """Let the clock come to the turn of a month, and the worker do what is due then."""
    shop.clock.now = turn_of(month)
    sweep = SweepingExpired(records=shop.store.records, commit=shop.commit, clock=shop.clock)
    await sweep(SweepExpired())
    await shop.issues()


async def posted(shop: Shop, type: str) -> list[tuple[datetime, int]]:
    """Return when lines of a type were posted, and of how much."""
    return [(line.at, line.amount) for line in await shop.lines() if line.type == type]


async def test_without_rules_all_that_is_left_lapses_at_the_very_turn_of_the_month() -> None:
    shop = await a_subscribed_shop(PLAIN_RULES)
    await shop.spends(400)

    await goes_on(shop, 1)

    assert await posted(shop, "expiration") == [(turn_of(1), 600)]
    assert await shop.balance() == 1000


async def test_up_to_the_cap_lives_on_and_the_rest_lapses() -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=250)))
    await shop.spends(400)

    await goes_on(shop, 1)

    assert await shop.balance() == 1250
    assert await posted(shop, "expiration") == [(turn_of(1), 600)]
    assert await posted(shop, "rollover") == [(turn_of(1), 250)]
    (rolled,) = [grant for grant in await shop.grants() if grant.parent is not None]
    assert (rolled.amount, rolled.effective_at, rolled.expires_at) == (250, turn_of(1), turn_of(2))


async def test_what_was_carried_over_once_is_not_carried_over_again() -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=250)))

    for month in (1, 2, 3):
        await goes_on(shop, month)

        assert await shop.balance() == 1250
    assert await shop.is_proved()


async def test_it_lives_for_as_many_months_as_the_plan_says_counted_from_the_first_day() -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=100, months=3)))

    await goes_on(shop, 1)

    (rolled,) = [grant for grant in await shop.grants() if grant.parent is not None]
    assert rolled.expires_at == turn_of(4) == datetime(2027, 5, 31, 9, 0, tzinfo=UTC)


async def test_a_balance_read_before_any_job_has_run_is_right_already() -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=250)))

    shop.clock.now = turn_of(1)
    at_the_turn = await shop.balance()
    shop.clock.now = turn_of(2)

    assert (at_the_turn, await shop.balance()) == (250, 0)


async def test_a_subscriber_keeps_the_rules_that_the_plan_was_sold_under() -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=250)))
    (subscription,) = shop.subscriptions()
    async with shop.store.begin() as work:
        plan: Plan = await work.plans.get(subscription.plan_id)
        await work.plans.save(a_plan(id=plan.id))
        await work.commit()

    await goes_on(shop, 1)
    await goes_on(shop, 2)

    assert await shop.balance() == 1250


@define
class Purse:
    """A model of a year under rules: credits by when they end, spent soonest end first."""

    cap: int
    months: int
    lots: list[list[int]] = field(factory=list)
    """Of each lot: the month at whose turn it ends, what is left, whether it may roll over."""

    def turns(self, month: int) -> None:
        ending = [lot for lot in self.lots if lot[0] == month]
        self.lots = [lot for lot in self.lots if lot[0] != month]
        for _, left, may_roll in ending:
            if may_roll and min(left, self.cap) > 0:
                self.lots.append([month + self.months, min(left, self.cap), 0])
        self.lots.append([month + 1, 1000, 1])

    def spends(self, amount: int) -> None:
        for lot in sorted(self.lots):
            taken = min(amount, lot[1])
            lot[1] -= taken
            amount -= taken

    @property
    def left(self) -> int:
        return sum(lot[1] for lot in self.lots)


@settings(max_examples=25, deadline=None)
@given(
    cap=st.integers(1, 1500),
    months=st.integers(2, 5),
    seed=st.integers(0, 2**32 - 1),
)
async def test_any_year_of_spending_leaves_what_a_simple_model_says_and_the_pack_whole(
    cap: int, months: int, seed: int
) -> None:
    shop = await a_subscribed_shop(PlanRules(rollover=MonthRollover(most=cap, months=months)))
    await _buys_pack(shop, PACK)
    draw, purse = random.Random(seed), Purse(cap=cap, months=months)
    purse.turns(0)
    for month in range(1, 12):
        amount = draw.randint(0, purse.left)
        if amount:
            shop.clock.advance(days=draw.randint(0, 20))
            await shop.spends(amount)
            purse.spends(amount)
        await goes_on(shop, month)
        purse.turns(month)
        assert await shop.balance() == purse.left + PACK.credits
    (bought,) = [grant for grant in await shop.grants() if grant.expires_at is None]
    assert bought.remaining == PACK.credits
    assert await shop.is_proved()


async def _buys_pack(shop: Shop, pack: Pack) -> None:
    order = await shop.buys(pack)
    await shop.hears(paid(order))


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=3)])
async def test_ending_the_plan_leaves_what_was_bought_untouched(late: timedelta) -> None:
    shop = await a_subscribed_shop(PLAIN_RULES)
    await _buys_pack(shop, PACK)

    await goes_on(shop, 12)
    shop.clock.now += late

    assert await shop.balance() == PACK.credits
