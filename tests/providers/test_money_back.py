"""Money going back, from either side, through the front door, at every provider."""

from typing import Any

import pytest

from tests.providers.business import Business
from tests.providers.buyers import Buyer
from tests.providers.goods import (
    MONTHLY_CREDITS,
    PACK_CREDITS,
    PACK_PRICE,
    a_pack_at,
    a_plan_at,
)
from tests.providers.till import Bank, Till
from tests.support.callers import Answer

TOTAL = PACK_PRICE * 121 // 100


@pytest.fixture
def buyer(business: Business, till: Till) -> Buyer:
    """Somebody who has paid for a pack, tax on top, and has the credits."""
    return Buyer(business=business, till=till)


async def bought(buyer: Buyer) -> str:
    """Buy a pack and have it told."""
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)
    order_id = await buyer.buys(pack, tax_percent=21)
    await buyer.hears()
    return order_id


async def refunded(buyer: Buyer, order_id: str, key: str, amount: int | None = None) -> Answer:
    """Give money back as an admin."""
    body: dict[str, Any] = {"reason": "asked for"}
    if amount is not None:
        body["amount"] = amount
    owner = buyer.business.as_owner()
    return await owner.post(f"/admin/orders/{order_id}/refund", body, key=key)


async def test_a_refund_by_an_admin_is_made_once_and_takes_the_credits_once(buyer: Buyer) -> None:
    order_id = await bought(buyer)

    first = await refunded(buyer, order_id, "refund-1")
    second = await refunded(buyer, order_id, "refund-1")
    await buyer.hears()
    await buyer.hears()

    assert first.data["amount"] == TOTAL
    assert second.data["id"] == first.data["id"]
    assert buyer.till.refunds() == 1
    assert buyer.till.payments()[0].refunded_minor == TOTAL
    assert (await buyer.order(order_id))["status"] == "refunded"
    assert await buyer.balance() == 0
    assert await buyer.is_settled()


async def test_a_part_refunded_by_an_admin_takes_that_part(buyer: Buyer) -> None:
    order_id = await bought(buyer)

    answer = await refunded(buyer, order_id, "refund-1", TOTAL // 5)
    await buyer.hears()

    if buyer.till.channel == "creem":
        assert (answer.status, answer.code) == (422, "capability_missing")
        assert (await buyer.order(order_id))["status"] == "paid"
        assert await buyer.balance() == PACK_CREDITS
    else:
        assert (await buyer.order(order_id))["status"] == "partially_refunded"
        assert await buyer.balance() == PACK_CREDITS * 4 // 5
    assert await buyer.is_settled()


async def test_refunds_at_the_provider_take_their_share_each_once(buyer: Buyer) -> None:
    order_id = await bought(buyer)
    [payment] = buyer.till.payments()

    buyer.till.refund(payment.id, TOTAL // 5)
    await buyer.hears()
    assert await buyer.balance() == PACK_CREDITS * 4 // 5
    assert (await buyer.order(order_id))["status"] == "partially_refunded"

    buyer.till.refund(payment.id)
    await buyer.hears()
    await buyer.hears()
    await buyer.business.work()
    order = await buyer.order(order_id)
    assert (order["status"], order["refunded"]) == ("refunded", TOTAL)
    assert await buyer.balance() == 0
    assert await buyer.is_settled()


async def test_a_refunded_period_takes_its_month_and_leaves_the_subscription_to_the_provider(
    buyer: Buyer,
) -> None:
    plan = a_plan_at(buyer.till)
    await buyer.business.offers(plan)
    await buyer.buys(plan)
    await buyer.hears()
    buyer.business.clock.advance(days=31)
    buyer.till.renew(buyer.till.subscriptions()[0].id)
    await buyer.hears()
    assert await buyer.balance() == MONTHLY_CREDITS

    buyer.till.refund(buyer.till.payments()[-1].id)
    await buyer.hears()
    await buyer.business.work()

    assert [each["status"] for each in await buyer.orders()] == ["refunded", "paid"]
    assert await buyer.balance() == 0
    assert (await buyer.subscription())["status"] == "active"
    assert await buyer.is_settled()


async def test_a_refund_that_is_told_before_its_payment_ends_the_same(buyer: Buyer) -> None:
    pack = a_pack_at(buyer.till)
    await buyer.business.offers(pack)
    order_id = await buyer.buys(pack)
    paid = buyer.till.news()
    buyer.till.refund(buyer.till.payments()[0].id)
    told_after = buyer.till.news()[len(paid) :]

    await buyer.hears(*told_after)
    await buyer.hears(*paid)
    await buyer.business.work()

    assert (await buyer.order(order_id))["status"] == "refunded"
    assert await buyer.balance() == 0
    assert (await buyer.business.as_owner().post("/admin/verify")).data["is_clean"]


async def test_an_open_dispute_freezes_what_was_bought(buyer: Buyer) -> None:
    order_id = await bought(buyer)

    buyer.till.dispute(buyer.till.payments()[0].id)
    await buyer.hears()
    await buyer.hears()

    assert (await buyer.order(order_id))["status"] == "disputed"
    held = (await buyer.caller.get("/credits/balance")).data
    assert (held["balance"], held["available"]) == (PACK_CREDITS, 0)
    assert await buyer.is_settled()


@pytest.mark.parametrize("bank", [Bank.WON, Bank.LOST])
async def test_a_decided_dispute_gives_everything_back_or_takes_it(
    buyer: Buyer, bank: Bank
) -> None:
    order_id = await bought(buyer)
    payment_id = buyer.till.payments()[0].id
    buyer.till.dispute(payment_id)
    await buyer.hears()

    buyer.till.decide(payment_id, bank)
    if buyer.till.channel == "creem":
        # Creem tells nobody: a person enters it.
        owner = buyer.business.as_owner()
        [dispute] = (await owner.get("/admin/disputes")).data
        body = {"outcome": bank.value, "reason": "the bank has written"}
        assert (await owner.post(f"/admin/disputes/{dispute['id']}/resolve", body)).status == 200
    await buyer.hears()
    await buyer.hears()

    has_won = bank is Bank.WON
    assert (await buyer.order(order_id))["status"] == ("paid" if has_won else "refunded")
    held = (await buyer.caller.get("/credits/balance")).data
    assert held["available"] == (PACK_CREDITS if has_won else 0)
    assert await buyer.is_settled()


async def test_a_dispute_that_an_admin_decided_is_not_opened_again_by_reconciliation(
    buyer: Buyer,
) -> None:
    order_id = await bought(buyer)
    buyer.till.dispute(buyer.till.payments()[0].id)
    await buyer.hears()
    owner = buyer.business.as_owner()
    [dispute] = (await owner.get("/admin/disputes")).data
    body = {"outcome": "won", "reason": "the bank has written"}
    await owner.post(f"/admin/disputes/{dispute['id']}/resolve", body)

    await buyer.business.reconcile()
    await buyer.business.reconcile()

    assert (await buyer.order(order_id))["status"] == "paid"
    assert await buyer.balance() == PACK_CREDITS
    assert await buyer.is_settled()
