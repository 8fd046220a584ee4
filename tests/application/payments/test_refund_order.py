"""A refund an admin asks for: written down first, asked once, and told by both sides once."""

import asyncio

import pytest

from application.ports.provider import Capability
from domain.errors import InvalidField
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    OrderNotRefundable,
    ProviderRefused,
    ProviderUnavailable,
    RefundTooLarge,
)
from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.provider_event import DisputeStatus, RefundStatus
from domain.payments.refund import RefundState
from domain.promotions.effect import PercentOff
from tests.application.payments.going_back import disputed, refunded, sold
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack
from tests.support.fake_provider import Silence


async def test_credits_are_taken_with_the_answer(shop: Shop) -> None:
    order = await sold(shop)

    refund = await shop.refunds(order, 200)

    assert (refund.state, refund.provider_refund_id) == (RefundState.SUCCEEDED, "re_1")
    settled = await shop.order(order.id)
    assert (settled.status, settled.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 200)
    assert await shop.balance() == 300
    (asked,) = shop.provider.refunds
    assert (asked.key, asked.amount_minor) == (refund.id, 200)
    assert asked.provider_payment_id == f"payment-of-{order.id}"
    assert await shop.is_proved()


async def test_the_webhook_about_it_has_no_second_effect(shop: Shop) -> None:
    order = await sold(shop)
    await shop.refunds(order, 200)

    event = await shop.hears(refunded(order, 200))

    assert event.status is InboxStatus.IGNORED
    assert await shop.balance() == 300
    assert len((await shop.inspected(order)).refunds) == 1


@pytest.mark.parametrize("silence", Silence)
async def test_an_unknown_outcome_leaves_it_requested_and_a_repeat_asks_under_the_same_key(
    shop: Shop, silence: Silence
) -> None:
    order = await sold(shop)
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await shop.refunds(order, 200, key="k")
    (refund,) = (await shop.inspected(order)).refunds
    assert refund.state is RefundState.REQUESTED
    assert await shop.balance() == 500

    again = await shop.refunds(order, 200, key="k")

    assert (again.id, again.state) == (refund.id, RefundState.SUCCEEDED)
    assert shop.provider.gone_back == {refund.id: 200}
    assert await shop.balance() == 300


async def test_a_webhook_that_is_quicker_than_the_answer_settles_it(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.refunds(order, 200, key="k")

    await shop.hears(refunded(order, 200))

    assert await shop.balance() == 300
    again = await shop.refunds(order, 200, key="k")
    assert (again.state, again.provider_refund_id) == (RefundState.SUCCEEDED, "re_1")
    assert len(shop.provider.refunds) == 1
    assert len((await shop.inspected(order)).refunds) == 1
    assert await shop.balance() == 300


async def test_a_provider_that_names_the_refund_only_later_is_believed_by_its_amount(
    shop: Shop,
) -> None:
    order = await sold(shop)
    shop.provider.names_refunds = False
    shop.provider.refund_answer = RefundStatus.PENDING
    first = await shop.refunds(order, 200)
    second = await shop.refunds(order, 200)
    assert (first.state, first.provider_refund_id) == (RefundState.PENDING, None)
    assert await shop.balance() == 100

    await shop.hears(refunded(order, 200, refund_id="re_a"))
    await shop.hears(refunded(order, 200, refund_id="re_b"))

    refunds = (await shop.inspected(order)).refunds
    assert [(each.id, each.provider_refund_id) for each in refunds] == [
        (first.id, "re_a"),
        (second.id, "re_b"),
    ]
    assert {each.state for each in refunds} == {RefundState.SUCCEEDED}
    assert await shop.balance() == 100


async def test_a_refund_made_at_the_provider_is_another_one(shop: Shop) -> None:
    order = await sold(shop)
    await shop.refunds(order, 200)

    await shop.hears(refunded(order, 200, refund_id="re_dashboard"))

    assert len((await shop.inspected(order)).refunds) == 2
    assert await shop.balance() == 100


async def test_one_taken_for_ours_while_we_waited_is_told_apart_by_the_answer(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await shop.refunds(order, 200, key="k")
    # Somebody refunds the same amount in the dashboard; its news comes first.
    await shop.hears(refunded(order, 200, refund_id="re_dashboard"))
    assert await shop.balance() == 300

    await shop.hears(refunded(order, 200, refund_id="re_1"))

    assert await shop.balance() == 100
    assert len((await shop.inspected(order)).refunds) == 2


async def test_a_refund_that_fails_later_gives_the_credits_back(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = RefundStatus.PENDING
    await shop.refunds(order)
    assert await shop.balance() == 0

    await shop.hears(refunded(order, 500, RefundStatus.FAILED))

    assert await shop.balance() == 500
    assert (await shop.order(order.id)).status is OrderStatus.PAID
    shop.provider.refund_answer = RefundStatus.SUCCEEDED
    assert (await shop.refunds(order)).amount_minor == 500


async def test_one_that_fails_at_once_takes_nothing(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = RefundStatus.FAILED

    refund = await shop.refunds(order)

    assert refund.state is RefundState.FAILED
    assert await shop.balance() == 500


@pytest.mark.parametrize(
    "refusal",
    [
        ProviderRefused(channel=SANDBOX, reason="the payment is too old"),
        CapabilityMissing(channel=SANDBOX, capability="partial_refund"),
    ],
)
async def test_what_the_provider_refuses_has_failed_and_takes_nothing(
    shop: Shop, refusal: ProviderRefused | CapabilityMissing
) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = refusal

    with pytest.raises(type(refusal)):
        await shop.refunds(order, 200, key="k")

    (refund,) = (await shop.inspected(order)).refunds
    assert (refund.state, await shop.balance()) == (RefundState.FAILED, 500)
    with pytest.raises(ProviderRefused):
        await shop.refunds(order, 200, key="k")
    assert len(shop.provider.refunds) == 1
    shop.provider.refund_answer = RefundStatus.SUCCEEDED
    assert (await shop.refunds(order)).amount_minor == 500


async def test_a_refund_is_asked_for_once_by_64_callers_with_one_key(shop: Shop) -> None:
    order = await sold(shop)

    refunds = await asyncio.gather(*(shop.refunds(order, 200, key="k") for _ in range(64)))

    assert {refund.id for refund in refunds} == {refunds[0].id}
    assert shop.provider.gone_back == {refunds[0].id: 200}
    assert await shop.balance() == 300
    assert await shop.is_proved()


async def test_callers_at_once_never_promise_more_than_was_paid(shop: Shop) -> None:
    order = await sold(shop)

    ended = await asyncio.gather(
        *(shop.refunds(order, 200) for _ in range(8)), return_exceptions=True
    )

    assert len([each for each in ended if isinstance(each, RefundTooLarge)]) == 6
    assert sum(amount or 0 for amount in shop.provider.gone_back.values()) == 400
    assert await shop.balance() == 100


async def test_what_is_under_way_or_lost_is_not_promised_again(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await shop.refunds(order, 100)
    await shop.hears(disputed(order, DisputeStatus.LOST, amount_minor=150))

    with pytest.raises(RefundTooLarge) as refusal:
        await shop.refunds(order, 251)

    assert (refusal.value.asked_minor, refusal.value.left_minor) == (251, 250)
    assert (await shop.refunds(order)).amount_minor == 250
    with pytest.raises(OrderNotRefundable):
        await shop.refunds(order)


async def test_an_order_that_was_not_paid_is_not_refunded(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)

    with pytest.raises(OrderNotRefundable):
        await shop.refunds(order)

    assert (await shop.inspected(order)).refunds == []


@pytest.mark.parametrize(
    ("able", "amount", "missing"),
    [
        (set(), None, Capability.REFUND),
        (set(), 500, Capability.REFUND),
        ({Capability.REFUND}, 499, Capability.PARTIAL_REFUND),
    ],
)
async def test_what_the_provider_cannot_do_is_not_even_written_down(
    shop: Shop, able: set[Capability], amount: int | None, missing: Capability
) -> None:
    order = await sold(shop)
    shop.provider.capabilities = frozenset(able)

    with pytest.raises(CapabilityMissing) as refusal:
        await shop.refunds(order, amount)

    assert refusal.value.capability == missing.value
    assert (await shop.inspected(order)).refunds == []


async def test_all_that_is_left_is_no_part(shop: Shop) -> None:
    order = await sold(shop)
    shop.provider.capabilities = frozenset({Capability.REFUND})
    await shop.hears(refunded(order, 200, refund_id="re_dashboard"))

    refund = await shop.refunds(order)

    assert refund.amount_minor == 300
    assert await shop.balance() == 0


async def test_a_channel_that_is_gone_cannot_be_asked(shop: Shop) -> None:
    order = await sold(shop)
    shop.providers = {}

    with pytest.raises(ChannelUnknown):
        await shop.refunds(order)


async def test_a_purchase_that_cost_nothing_needs_no_provider(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100))
    await shop.offers(pack := a_pack(), coupon)
    order = await shop.buys(pack, coupon_code=coupon.code)
    await shop.spends(120)
    with pytest.raises(RefundTooLarge):
        await shop.refunds(order, 1)

    refund = await shop.refunds(order, key="k")
    again = await shop.refunds(order, key="k")

    assert again == refund
    assert (refund.amount_minor, refund.state) == (0, RefundState.SUCCEEDED)
    assert shop.provider.refunds == []
    assert (await shop.balance(), (await shop.wallet()).overdrawn) == (0, 0)
    assert (await shop.order(order.id)).status is OrderStatus.REFUNDED
    with pytest.raises(OrderNotRefundable):
        await shop.refunds(order)
    assert await shop.is_proved()


@pytest.mark.parametrize("amount", [0, -1, 2**53])
async def test_an_amount_that_is_none_is_refused(shop: Shop, amount: int) -> None:
    order = await sold(shop)

    with pytest.raises(InvalidField):
        await shop.refunds(order, amount)
