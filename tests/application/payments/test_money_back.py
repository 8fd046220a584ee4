"""Refunds and disputes that a provider tells of: each counts once, and takes what it bought."""

import asyncio
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.events import EventFilter
from domain.credits.claw_back import Shortfall
from domain.credits.errors import AccountFrozen
from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.provider_event import DisputeStatus, RefundStatus
from domain.payments.refund import RefundState
from domain.promotions.effect import BonusCredits
from tests.application.payments.going_back import disputed, refunded, sold
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack


async def stands(shop: Shop) -> tuple[OrderStatus, int, int, int]:
    """Return how the one order stands, what of its money is gone, and what the account holds."""
    (order,) = shop.orders()
    wallet = await shop.wallet()
    now = shop.clock()
    return order.status, order.refunded_minor, wallet.balance(now), wallet.available(now)


async def test_a_refund_takes_its_share_of_the_credits_once(shop: Shop) -> None:
    order = await sold(shop)

    first = await shop.hears(refunded(order, 100), "told-1")
    again = await shop.hears(refunded(order, 100), "told-2")

    assert first.status is InboxStatus.APPLIED
    assert first.effects == (
        "refund re_1 succeeded",
        f"order {order.id} partially_refunded",
        "took 100 credits",
    )
    assert again.status is InboxStatus.IGNORED
    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 100, 400, 400)
    assert await shop.is_proved()


async def test_refunds_add_up_tax_included(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    await shop.hears(paid(order, evolve(payment_for(order), tax_minor=95, collected_minor=595)))

    await shop.hears(refunded(order, 119, refund_id="re_1"))
    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 119, 400, 400)

    await shop.hears(refunded(order, 476, refund_id="re_2"))
    assert await stands(shop) == (OrderStatus.REFUNDED, 595, 0, 0)


async def test_one_refund_told_64_times_at_once_counts_once(shop: Shop) -> None:
    order = await sold(shop)

    told = [
        shop.hears(refunded(order, 100, refund_id=f"re_{n % 2}"), f"told-{n % 16}")
        for n in range(64)
    ]
    await asyncio.gather(*told)

    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 200, 300, 300)
    assert len((await shop.inspected(order)).refunds) == 2
    assert await shop.is_proved()


async def test_a_refund_told_before_its_payment_waits_and_ends_in_the_same_state(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    early = await shop.hears(refunded(order, 100), "early")
    assert early.status is InboxStatus.FAILED
    assert (early.error or "").startswith("purchase_unknown")

    await shop.hears(paid(order))
    await shop.drains(rounds=3)

    assert (await shop.event("early")).status is InboxStatus.APPLIED
    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 100, 400, 400)


async def test_a_refund_that_fails_gives_back_what_it_took(shop: Shop) -> None:
    order = await sold(shop)
    await shop.spends(120)
    await shop.hears(refunded(order, 500, RefundStatus.PENDING))
    assert await stands(shop) == (OrderStatus.REFUNDED, 500, -120, 0)

    event = await shop.hears(refunded(order, 500, RefundStatus.FAILED))
    late = await shop.hears(refunded(order, 500, RefundStatus.PENDING))

    assert event.effects == (
        "refund re_1 failed",
        f"order {order.id} paid",
        "gave back 500 credits",
    )
    assert late.status is InboxStatus.IGNORED
    assert await stands(shop) == (OrderStatus.PAID, 0, 380, 380)
    assert await shop.is_proved()


async def test_a_refund_that_comes_through_after_it_was_pending_has_no_second_effect(
    shop: Shop,
) -> None:
    order = await sold(shop)
    await shop.hears(refunded(order, 100, RefundStatus.PENDING))

    event = await shop.hears(refunded(order, 100, RefundStatus.SUCCEEDED))

    assert event.effects == ("refund re_1 succeeded",)
    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 100, 400, 400)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"currency": "EUR"}, "currency"),
        ({"amount_minor": 501}, "refunded amount"),
        ({"amount_minor": 0}, "refunded amount"),
    ],
)
async def test_a_refund_that_cannot_be_of_this_order_is_set_aside(
    shop: Shop, changes: dict[str, object], differs: str
) -> None:
    order = await sold(shop)

    event = await shop.hears(evolve(refunded(order, 100), **changes))  # type: ignore[arg-type]

    assert event.status is InboxStatus.FAILED
    assert (event.error or "").startswith("payment_mismatch")
    assert differs in (event.error or "")
    assert await stands(shop) == (OrderStatus.PAID, 0, 500, 500)


async def test_a_dispute_in_another_currency_is_set_aside(shop: Shop) -> None:
    order = await sold(shop)

    event = await shop.hears(disputed(order, currency="EUR"))

    assert (event.error or "").startswith("payment_mismatch")
    assert await stands(shop) == (OrderStatus.PAID, 0, 500, 500)


async def test_the_credits_that_a_coupon_added_go_back_with_the_rest(shop: Shop) -> None:
    coupon = a_coupon(effect=BonusCredits(credits=51))
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(paid(order))

    await shop.hears(refunded(order, 250))

    assert sorted(grant.remaining for grant in await shop.grants()) == [26, 250]
    await shop.hears(refunded(order, 250, refund_id="re_2"))
    assert await shop.balance() == 0


async def test_another_purchase_is_left_alone(shop: Shop) -> None:
    order = await sold(shop)
    other = await sold(shop)
    await shop.spends(300)

    await shop.hears(refunded(order))

    assert [grant.remaining for grant in await shop.grants()] == [0, 500]
    assert await shop.balance() == 200
    assert (await shop.order(other.id)).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("shortfall", "balance", "said"),
    [
        (Shortfall.OWE, -120, "120 credits are owed"),
        (Shortfall.FORGIVE, 0, "120 spent credits are not owed"),
        (Shortfall.FREEZE, 0, "120 spent credits are not owed"),
    ],
)
async def test_what_was_spent_follows_the_policy(
    shop: Shop, shortfall: Shortfall, balance: int, said: str
) -> None:
    shop.shortfall = shortfall
    order = await sold(shop)
    await shop.spends(120)

    event = await shop.hears(refunded(order))

    assert event.effects[-2:] == ("took 380 credits", said)
    assert await shop.balance() == balance
    assert (await shop.wallet()).is_frozen is (shortfall is Shortfall.FREEZE)
    async with shop.store.read() as work:
        told = await work.outbox.oldest(EventFilter(type="account.frozen"), None, 10)
    assert len(told) == (shortfall is Shortfall.FREEZE)
    await sold(shop)
    if shortfall is Shortfall.FREEZE:
        with pytest.raises(AccountFrozen):
            await shop.spends(1)
    else:
        await shop.spends(1)
    assert await shop.is_proved()


async def test_an_open_dispute_freezes_what_is_left_and_takes_nothing(shop: Shop) -> None:
    order = await sold(shop)
    await shop.spends(120)

    event = await shop.hears(disputed(order))

    assert event.effects == ("dispute dp_1 open", f"order {order.id} disputed")
    assert await stands(shop) == (OrderStatus.DISPUTED, 0, 380, 0)
    assert (await shop.hears(disputed(order))).status is InboxStatus.IGNORED


async def test_an_inquiry_freezes_nothing_and_takes_nothing_until_it_is_a_dispute(
    shop: Shop,
) -> None:
    order = await sold(shop)
    await shop.spends(120)

    asked = await shop.hears(disputed(order, DisputeStatus.INQUIRY))

    assert asked.effects == ("dispute dp_1 inquiry",)
    assert await stands(shop) == (OrderStatus.PAID, 0, 380, 380)
    (listed,) = (await shop.inspected(order)).disputes
    assert listed.status is DisputeStatus.INQUIRY

    taken = await shop.hears(disputed(order, as_of=timedelta(hours=1)))
    late = await shop.hears(disputed(order, DisputeStatus.INQUIRY, as_of=timedelta(hours=2)))

    assert taken.effects == ("dispute dp_1 open", f"order {order.id} disputed")
    assert late.status is InboxStatus.IGNORED
    assert await stands(shop) == (OrderStatus.DISPUTED, 0, 380, 0)


async def test_an_inquiry_that_is_closed_leaves_everything_as_it_was(shop: Shop) -> None:
    order = await sold(shop)
    await shop.hears(disputed(order, DisputeStatus.INQUIRY))

    closed = await shop.hears(disputed(order, DisputeStatus.WON, as_of=timedelta(days=9)))

    assert closed.effects == ("dispute dp_1 won",)
    assert await stands(shop) == (OrderStatus.PAID, 0, 500, 500)


async def test_what_a_bank_asks_about_can_be_refunded(shop: Shop) -> None:
    order = await sold(shop)
    await shop.hears(disputed(order, DisputeStatus.INQUIRY))

    await shop.refunds(await shop.order(order.id))

    assert await stands(shop) == (OrderStatus.REFUNDED, 500, 0, 0)


async def test_a_lost_dispute_takes_the_credits_and_a_won_one_frees_them(shop: Shop) -> None:
    order = await sold(shop)
    await shop.spends(120)
    await shop.hears(disputed(order))

    lost = await shop.hears(disputed(order, DisputeStatus.LOST, as_of=timedelta(hours=1)))

    assert lost.effects == (
        "dispute dp_1 lost",
        f"order {order.id} refunded",
        "took 380 credits",
        "120 credits are owed",
    )
    assert await stands(shop) == (OrderStatus.REFUNDED, 500, -120, 0)

    won = await shop.hears(disputed(order, DisputeStatus.WON, as_of=timedelta(hours=2)))
    late = await shop.hears(disputed(order, DisputeStatus.OPEN, as_of=timedelta(hours=3)))

    assert won.effects[-1] == "gave back 500 credits"
    assert late.status is InboxStatus.IGNORED
    assert await stands(shop) == (OrderStatus.PAID, 0, 380, 380)
    assert await shop.is_proved()


async def test_a_disputed_part_takes_its_share_alone(shop: Shop) -> None:
    order = await sold(shop)

    await shop.hears(disputed(order, DisputeStatus.LOST, amount_minor=100))

    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 100, 400, 400)


async def test_money_that_goes_back_twice_takes_the_credits_once(shop: Shop) -> None:
    order = await sold(shop)
    await shop.hears(refunded(order))

    await shop.hears(disputed(order, DisputeStatus.LOST, amount_minor=600))
    assert await stands(shop) == (OrderStatus.REFUNDED, 500, 0, 0)

    await shop.hears(refunded(order, 500, RefundStatus.FAILED))
    assert await stands(shop) == (OrderStatus.REFUNDED, 500, 0, 0)
    await shop.hears(disputed(order, DisputeStatus.WON, as_of=timedelta(hours=1)))
    assert await stands(shop) == (OrderStatus.PAID, 0, 500, 500)


async def test_a_person_says_how_a_dispute_ended_and_the_provider_knows_better(shop: Shop) -> None:
    order = await sold(shop)
    await shop.hears(disputed(order))
    (dispute,) = (await shop.inspected(order)).disputes

    shop.clock.advance(hours=1)
    resolved = await shop.resolves(dispute, DisputeStatus.WON)

    assert resolved.status is DisputeStatus.WON
    assert await stands(shop) == (OrderStatus.PAID, 0, 500, 500)
    before = await shop.hears(disputed(order, DisputeStatus.LOST, as_of=timedelta(minutes=1)))
    assert before.status is InboxStatus.IGNORED
    await shop.hears(disputed(order, DisputeStatus.LOST, as_of=timedelta(hours=2)))
    assert await stands(shop) == (OrderStatus.REFUNDED, 500, 0, 0)


async def test_a_provider_that_tells_sums_is_understood(shop: Shop) -> None:
    order = await sold(shop)

    # The webhook of the second refund is lost; polling tells of both together.
    await shop.hears(refunded(order, 100, refund_id="sum:100", sum_minor=100))
    await shop.hears(refunded(order, 300, refund_id="sum:300", sum_minor=300))
    late = await shop.hears(refunded(order, 200, refund_id="sum:200", sum_minor=200))

    assert late.status is InboxStatus.IGNORED
    refunds = (await shop.inspected(order)).refunds
    assert [refund.amount_minor for refund in refunds] == [100, 200]
    assert await stands(shop) == (OrderStatus.PARTIALLY_REFUNDED, 300, 200, 200)
    again = await shop.hears(refunded(order, 300, refund_id="sum:300", sum_minor=300))
    assert again.status is InboxStatus.IGNORED


async def test_what_was_refunded_is_kept_with_the_order(shop: Shop) -> None:
    order = await sold(shop)

    await shop.hears(refunded(order, 100))
    await shop.hears(disputed(order, amount_minor=400))

    found = await shop.inspected(order)
    ((refund,), (dispute,)) = found.refunds, found.disputes
    assert (refund.amount_minor, refund.state) == (100, RefundState.SUCCEEDED)
    assert (refund.provider_refund_id, refund.order_id) == ("re_1", order.id)
    assert (dispute.amount_minor, dispute.status) == (400, DisputeStatus.OPEN)
    assert sum(claim.taken for claim in found.order.claims) == 100
