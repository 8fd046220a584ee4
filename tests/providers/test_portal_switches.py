"""Plans switched at Stripe's portal, which the next invoice settles together with its period."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import frozen

from domain.subscriptions.catalogue import Plan
from tests.providers.business import Business, a_business
from tests.providers.buyers import Buyer
from tests.providers.goods import a_plan_at
from tests.providers.stripe_till import StripeTill
from tests.providers.till import Bank
from tests.support.clock import SettableClock

SMALL_PRICE, LARGE_PRICE, LARGE_CREDITS = 990, 2990, 5000
TAX_PERCENT = 21


@frozen(kw_only=True)
class Switcher:
    """Somebody who has paid for a month of the small plan."""

    buyer: Buyer
    till: StripeTill
    small: Plan
    large: Plan

    @property
    def subscription_id(self) -> str:
        """Its id at Stripe."""
        [only] = self.till.subscriptions()
        return only.id

    def switches(self, *plans: Plan) -> None:
        """Let two days pass before each of these plans is taken at the portal."""
        for plan in plans:
            self.buyer.business.clock.advance(days=2)
            reference = plan.items[0].reference
            assert reference is not None
            self.till.switch(self.subscription_id, reference)

    async def is_charged(self) -> None:
        """Let the next period begin, and everything be told."""
        end_at = self.till.period_end(self.subscription_id)
        left = (end_at - self.buyer.business.clock()).total_seconds()
        self.buyer.business.clock.advance(seconds=left)
        self.till.renew(self.subscription_id)
        await self.buyer.hears()
        await self.buyer.business.work()

    async def renewed(self) -> tuple[Any, Any]:
        """Return the order of the period and that of the change, as they stand."""
        newest = (await self.buyer.orders())[:2]
        [change] = [each for each in newest if each["credits"] == 0]
        [period] = [each for each in newest if each["credits"] > 0]
        return period, change

    async def gets_back(self, order: Any) -> None:
        """Have all that is left of an order given back by an admin."""
        owner = self.buyer.business.as_owner()
        path, body = f"/admin/orders/{order['id']}/refund", {"reason": "asked for"}
        answer = await owner.post(path, body, key=f"refund-{order['id']}")
        assert (answer.status, answer.data["state"]) == (201, "succeeded")
        await self.buyer.hears()


@pytest.fixture(params=[False, True], ids=["stripe", "older stripe"])
async def switcher(request: pytest.FixtureRequest) -> AsyncIterator[Switcher]:
    clock = SettableClock()
    till = StripeTill(clock=clock, is_older=request.param)
    async with a_business(till, clock=clock, is_served=True) as business:
        yield await subscribed(business, till)


async def subscribed(business: Business, till: StripeTill) -> Switcher:
    small = a_plan_at(till, name="Small", price_minor=SMALL_PRICE, credits=1000)
    large = a_plan_at(till, name="Large", price_minor=LARGE_PRICE, credits=LARGE_CREDITS)
    await business.offers(small, large)
    buyer = Buyer(business=business, till=till)
    await buyer.buys(small, tax_percent=TAX_PERCENT)
    await buyer.hears()
    return Switcher(buyer=buyer, till=till, small=small, large=large)


@pytest.mark.parametrize("times", [0, 5])
async def test_a_period_is_renewed_however_often_its_plan_was_switched(
    switcher: Switcher, times: int
) -> None:
    back_and_forth = [switcher.large, switcher.small] * times
    switcher.switches(*back_and_forth, switcher.large)

    await switcher.is_charged()

    period, change = await switcher.renewed()
    assert period["subtotal"] == LARGE_PRICE
    assert period["total"] + change["total"] == switcher.till.payments()[-1].total_minor
    assert await switcher.buyer.balance() == LARGE_CREDITS
    assert await switcher.buyer.is_settled()


async def test_both_are_refunded_from_our_side_each_by_itself(switcher: Switcher) -> None:
    switcher.switches(switcher.large)
    await switcher.is_charged()
    period, change = await switcher.renewed()

    await switcher.gets_back(change)
    assert [each["status"] for each in await switcher.renewed()] == ["paid", "refunded"]
    assert await switcher.buyer.balance() == LARGE_CREDITS
    await switcher.gets_back(period)

    assert [each["status"] for each in await switcher.renewed()] == ["refunded", "refunded"]
    there = switcher.till.payments()[-1]
    assert there.refunded_minor == there.total_minor
    assert await switcher.buyer.balance() == 0
    assert await switcher.buyer.is_settled()


async def test_a_refund_of_all_at_stripe_is_one_of_both(switcher: Switcher) -> None:
    switcher.switches(switcher.large)
    await switcher.is_charged()

    switcher.till.refund(switcher.till.payments()[-1].id)
    await switcher.buyer.hears()
    await switcher.buyer.business.work()

    for order in await switcher.renewed():
        assert (order["status"], order["refunded"]) == ("refunded", order["total"])
    assert await switcher.buyer.balance() == 0
    assert await switcher.buyer.is_settled()


async def test_a_part_at_stripe_and_the_rest_here_are_all_of_it(switcher: Switcher) -> None:
    switcher.switches(switcher.large)
    await switcher.is_charged()
    there = switcher.till.payments()[-1]

    switcher.till.refund(there.id, there.total_minor // 3)
    await switcher.buyer.hears()
    for order in await switcher.renewed():
        assert order["status"] == "partially_refunded"
        await switcher.gets_back(order)

    assert switcher.till.payments()[-1].refunded_minor == there.total_minor
    assert [each["status"] for each in await switcher.renewed()] == ["refunded", "refunded"]
    assert await switcher.buyer.balance() == 0
    assert await switcher.buyer.is_settled()


async def test_a_dispute_about_both_is_lost_as_a_whole(switcher: Switcher) -> None:
    switcher.switches(switcher.large)
    await switcher.is_charged()
    there = switcher.till.payments()[-1]

    switcher.till.dispute(there.id)
    await switcher.buyer.hears()
    assert [each["status"] for each in await switcher.renewed()] == ["disputed", "disputed"]
    switcher.till.decide(there.id, Bank.LOST)
    await switcher.buyer.hears()

    assert [each["status"] for each in await switcher.renewed()] == ["refunded", "refunded"]
    assert await switcher.buyer.balance() == 0
    assert await switcher.buyer.is_settled()


async def test_what_a_cheaper_plan_gives_back_pays_of_the_next_periods(switcher: Switcher) -> None:
    customer = switcher.till.world.get(switcher.subscription_id, "subscription")["customer"]
    switcher.till.world.balances[customer] = -1000

    await switcher.is_charged()
    newest = (await switcher.buyer.orders())[0]
    total = SMALL_PRICE * (100 + TAX_PERCENT) // 100
    assert (newest["total"], newest["collected"]) == (total, total - 1000)
    assert await switcher.buyer.is_settled()
    await switcher.gets_back(newest)

    assert (await switcher.buyer.orders())[0]["status"] == "refunded"
    assert await switcher.buyer.balance() == 0
    assert await switcher.buyer.is_settled()


async def test_a_period_that_the_balance_paid_is_granted_and_taken_back_without_money(
    switcher: Switcher,
) -> None:
    customer = switcher.till.world.get(switcher.subscription_id, "subscription")["customer"]
    switcher.till.world.balances[customer] = -5000

    await switcher.is_charged()
    newest = (await switcher.buyer.orders())[0]
    assert (newest["status"], newest["collected"], newest["receipt_number"]) == ("paid", 0, None)
    assert await switcher.buyer.balance() == 1000
    await switcher.gets_back(newest)

    assert (await switcher.buyer.orders())[0]["status"] == "refunded"
    assert await switcher.buyer.balance() == 0
    assert switcher.till.refunds() == 0
    assert await switcher.buyer.is_settled()
