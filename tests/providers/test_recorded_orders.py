"""Two orders in which a subscription checkout was really delivered: both end in the same state."""

import pytest

from domain.period import Interval
from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import MONTHLY_CREDITS, a_plan_at
from tests.providers.stripe_till import StripeTill
from tests.providers.till import News
from tests.support.clock import SettableClock

CREATED = "customer.subscription.created"
UPDATED = "customer.subscription.updated"
RECORDED = {
    "the checkout last": (
        "charge.succeeded",
        "payment_method.attached",
        "invoice.created",
        CREATED,
        "invoice.updated",
        "invoice.updated",
        "invoice.finalized",
        UPDATED,
        "invoice.paid",
        "invoice.updated",
        "invoice.payment_succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ),
    "the checkout second, and updated before created": (
        "charge.succeeded",
        "checkout.session.completed",
        "invoice.created",
        "payment_method.attached",
        "invoice.updated",
        "invoice.updated",
        UPDATED,
        "payment_intent.succeeded",
        CREATED,
        "invoice.payment_succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.finalized",
        "payment_intent.created",
    ),
}


@pytest.fixture(params=[False, True], ids=["today", "years ago"])
def till(request: pytest.FixtureRequest, clock: SettableClock) -> StripeTill:
    """Stripe alone, with an endpoint of today and one of years ago."""
    is_older: bool = request.param
    return StripeTill(clock=clock, is_older=is_older)


def as_recorded(till: StripeTill, name: str) -> list[News]:
    """Return all that was told, in the recorded order of types."""
    left = list(till.news())
    ordered: list[News] = []
    for told in RECORDED[name]:
        found = next(each for each in left if each.type == told)
        left.remove(found)
        ordered.append(found)
    assert left == [], [each.type for each in left]
    return ordered


@pytest.mark.parametrize("interval", Interval)
@pytest.mark.parametrize("name", RECORDED)
async def test_a_recorded_order_ends_in_an_active_subscription_with_one_month(
    business: Business, till: StripeTill, name: str, interval: Interval
) -> None:
    buyer = Buyer(business=business, till=till)
    plan = a_plan_at(till)
    await business.offers(plan)
    order_id = await buyer.buys(plan, interval)

    await buyer.hears(*as_recorded(till, name))
    await business.work()

    assert (await buyer.order(order_id))["status"] == "paid"
    assert (await buyer.subscription())["status"] == "active"
    assert await buyer.balance() == MONTHLY_CREDITS
    assert len(await buyer.orders()) == 1
    portal = await buyer.caller.post("/subscription/portal", {"return_url": "https://shop.example"})
    assert portal.status == 200
    assert await buyer.is_settled()
