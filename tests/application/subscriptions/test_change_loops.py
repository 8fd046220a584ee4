"""Up, spend, down, and again: whoever wanders between plans has never more than they paid for."""

import asyncio
from datetime import timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.period import Interval
from domain.subscriptions.change import ChangeStatus, Timing
from domain.subscriptions.proration import Rates, difference, left_at
from domain.subscriptions.quote import ChangeRules
from tests.application.subscriptions.changing import PRO, STARTER, ChangingShop
from tests.support.clock import NOON

MONTH = timedelta(days=31)
RATES = {
    plan.id: Rates(price_minor=plan.price_monthly_minor, credits=plan.credits_included)
    for plan in (STARTER, PRO)
}

# How long until the next step, in hours; and how many credits are spent before it, in hundredths
# of what is there.
steps = st.lists(st.tuples(st.integers(0, 24 * 10), st.integers(0, 100)), min_size=1, max_size=8)


class Wanderer:
    """Somebody who changes at every step to the other plan, and what that is worth by time."""

    def __init__(self, shop: ChangingShop) -> None:
        self.shop = shop
        self.paid = STARTER.price_monthly_minor
        self.spent = 0
        self.fair_money = Fraction(STARTER.price_monthly_minor)
        self.fair_credits = Fraction(STARTER.credits_included)

    async def goes(self, hours: int, spends_percent: int) -> None:
        """Spend, wait, and move to the other plan, if it may be had at once."""
        amount = await self.shop.balance() * spends_percent // 100
        if amount > 0:
            await self.shop.spends(amount)
            self.spent += amount
        now = self.shop.clock() + timedelta(hours=hours)
        if now >= NOON + MONTH:
            return
        self.shop.clock.now = now
        other = PRO if self.shop.sold.plan_id == STARTER.id else STARTER
        before, after = RATES[self.shop.sold.plan_id], RATES[other.id]
        period = self.shop.sold.period
        left = left_at(period, period, now)
        made = difference(before, after, left)
        self.shop.provider.due_minor = made.due_minor
        previewed = await self.shop.previews(other, Interval.MONTHLY)
        if previewed.quote.when is not Timing.NOW:
            return
        changed = await self.shop.takes(previewed.sealed)
        assert changed.change.status is ChangeStatus.APPLIED
        self.paid += changed.change.due_minor
        self.fair_money += (after.price_minor - before.price_minor) * left.of_money
        self.fair_credits += (after.credits - before.credits) * left.of_credits


async def wanders(way: list[tuple[int, int]]) -> None:
    shop = ChangingShop(rules=ChangeRules(downgrade=Timing.NOW))
    await shop.opens()
    somebody = Wanderer(shop)

    for hours, spends_percent in way:
        await somebody.goes(hours, spends_percent)
        has = somebody.spent + await shop.balance()
        assert somebody.paid >= somebody.fair_money
        assert has <= somebody.fair_credits
        # Who has come back to the first plan has had more for some of the time, and paid for that.
        assert somebody.paid >= STARTER.price_monthly_minor
    assert await shop.is_proved()


@settings(max_examples=60, deadline=None)
@given(way=steps)
def test_no_way_between_plans_gains_a_credit_or_a_cent(way: list[tuple[int, int]]) -> None:
    asyncio.run(wanders(way))


def test_the_classic_loop_gains_nothing() -> None:
    up_spend_down = [(1, 0), (1, 100)] * 8

    asyncio.run(wanders(up_spend_down))
