"""What a month brought, before a change of plan and with it, is carried over up to one cap."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credits.grant import GrantSource
from domain.period import add_months
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.plan_rules import MonthRollover, PlanRules
from tests.application.subscriptions.changing import PRO, STARTER, ChangingShop
from tests.support.clock import NOON

# January has 31 days, of which a third is left after these: the upgrade then brings 1,333 credits.
THIRD = timedelta(days=31) / 3
BROUGHT = 1000 + 1333
TURN, SECOND_TURN = add_months(NOON, 1), add_months(NOON, 2)


def carrying(plan: Plan, most: int | None) -> Plan:
    """Return a plan that carries over so much of a month."""
    rollover = None if most is None else MonthRollover(most=most)
    return evolve(plan, rules=PlanRules(rollover=rollover))


async def upgraded(
    small: int | None, large: int | None, *, before: int = 0, after: int = 0
) -> ChangingShop:
    """Return a shop whose customer moved up, and spent so much before and after it, at the turn."""
    shop = ChangingShop()
    plans = carrying(STARTER, small), carrying(PRO, large)
    await shop.opens(plans[0], catalogue=plans)
    if before:
        await shop.spends(before)
    shop.clock.now = NOON + 2 * THIRD
    await shop.changes(plans[1])
    await shop.collects(667)
    if after:
        await shop.spends(after)
    shop.clock.now = TURN
    return shop


async def rolled(shop: ChangingShop) -> int:
    """Return what of the month lives on, once its next one has been paid and begun."""
    await shop.renews(2990)
    lines = await shop.lines()
    return sum(line.amount for line in lines if line.type == "rollover")


@pytest.mark.parametrize(
    ("small", "large", "lives_on"),
    [
        (250, 250, 250),
        (250, 2000, 2000),
        (2000, 250, 250),
        (250, 5000, BROUGHT),
        (None, 5000, BROUGHT),
        (None, 600, 600),
        (400, None, 400),
        (None, None, 0),
    ],
)
async def test_all_of_a_month_is_carried_over_by_the_rule_of_the_plan_it_ends_under(
    small: int | None, large: int | None, lives_on: int
) -> None:
    shop = await upgraded(small, large)

    expiring = (await shop.wallet()).expiring(TURN - timedelta(seconds=1))

    assert expiring is None or expiring.amount == BROUGHT - lives_on
    assert await shop.balance() == lives_on
    assert await rolled(shop) == lives_on
    assert await shop.balance() == lives_on + 5000
    assert await shop.is_proved()


async def test_what_an_upgrade_leaves_lives_as_long_as_the_plan_says() -> None:
    shop = await upgraded(250, 250, before=1000)
    await rolled(shop)

    heirs = [lot for lot in await shop.grants() if lot.parent is not None]

    assert [(lot.amount, lot.expires_at) for lot in heirs] == [(250, SECOND_TURN)]
    assert {lot.source for lot in heirs} == {GrantSource.SUBSCRIPTION}


@settings(max_examples=40, deadline=None)
@given(
    most=st.integers(1, 3000),
    before=st.integers(0, 1000),
    after=st.integers(0, BROUGHT),
)
async def test_whatever_is_spent_when_the_cap_is_filled_from_all_that_is_left(
    most: int, before: int, after: int
) -> None:
    left = BROUGHT - before - after
    if left < 0:
        after, left = BROUGHT - before, 0
    shop = await upgraded(most, most, before=before, after=after)

    assert await shop.balance() == min(left, most)
    assert await rolled(shop) == min(left, most)
    assert await shop.is_proved()
