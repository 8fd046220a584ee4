"""A trial by code, through the front door: begun at Stripe, refused with a why at Creem."""

import pytest

from domain.promotions.effect import TrialDays
from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import MONTHLY_CREDITS, MONTHLY_PRICE, a_plan_at
from tests.providers.till import Till
from tests.support.builders.promotions import a_coupon

CODE = "MONTHFREE"
COUPONS = "/admin/billing/coupons"


@pytest.fixture
async def buyer(business: Business, till: Till) -> Buyer:
    """Somebody who has such a code."""
    await business.offers(a_coupon(code=CODE, effect=TrialDays(days=14)))
    return Buyer(business=business, till=till)


async def of_coupon(buyer: Buyer, what: str = "") -> object:
    """Return the one coupon there is as an admin sees it, or its uses."""
    owner = buyer.business.as_owner()
    coupon_id = (await owner.get(COUPONS)).data[0]["id"]
    return (await owner.get(f"{COUPONS}/{coupon_id}{what}")).data


async def begins_and_is_paid_for(buyer: Buyer) -> None:
    """Live through a trial and the payment that follows it."""
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)

    order_id = await buyer.buys(plan, coupon_code=CODE)
    await buyer.hears()
    await buyer.hears()

    assert (await buyer.subscription())["status"] == "trialing"
    assert (await buyer.order(order_id))["total"] == 0
    assert await buyer.balance() == MONTHLY_CREDITS
    uses = await of_coupon(buyer, "/redemptions")
    assert isinstance(uses, list)
    assert [(use["status"], use["trial_days"]) for use in uses] == [("confirmed", 14)]
    [there] = buyer.till.subscriptions()
    buyer.business.clock.advance(days=14)
    buyer.till.renew(there.id)
    await buyer.hears()
    await buyer.business.work()
    assert (await buyer.subscription())["status"] == "active"
    assert [each["total"] for each in await buyer.orders()] == [MONTHLY_PRICE, 0]
    assert await buyer.balance() == MONTHLY_CREDITS


async def is_refused_with_a_way_out(buyer: Buyer) -> None:
    """Be told what to do, with nothing reserved here or opened there."""
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)

    answer = await buyer.starts(plan, coupon_code=CODE)

    assert (answer.status, answer.code) == (422, "capability_missing")
    assert "set its days on that product" in answer.error["message"]
    coupon = await of_coupon(buyer)
    assert isinstance(coupon, dict)
    assert coupon["redeemed"] == 0
    assert await buyer.orders() == []
    assert list(buyer.till.checkouts()) == []


async def test_a_code_gives_a_trial_where_the_provider_begins_one_and_else_says_what_to_do(
    buyer: Buyer,
) -> None:
    if buyer.till.channel == "creem":
        await is_refused_with_a_way_out(buyer)
    else:
        await begins_and_is_paid_for(buyer)
    assert await buyer.is_settled()
