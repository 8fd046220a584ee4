"""Refunds of which nobody knows yet: their providers are asked, and no money goes back twice."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.order import Order
from domain.payments.provider_event import RefundStatus
from domain.payments.refund import ASKED_OFTEN, FIRST_WAIT, Refund, RefundState
from tests.application.payments.going_back import refunded, sold
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX
from tests.support.fake_provider import Silence


async def refunds_of(shop: Shop, order: Order) -> list[Refund]:
    return list((await shop.inspected(order)).refunds)


async def stuck(shop: Shop, silence: Silence = Silence.AFTER) -> Order:
    """Let the answer to a refund of a whole order be lost."""
    order = await sold(shop)
    shop.provider.silences.append(silence)
    with pytest.raises(ProviderUnavailable):
        await shop.refunds(order)
    return order


@pytest.mark.parametrize("silence", Silence)
async def test_a_refund_whose_answer_was_lost_is_asked_for_again_under_its_own_key(
    shop: Shop, silence: Silence
) -> None:
    order = await stuck(shop, silence)
    assert await shop.chases_refunds() == 0
    shop.clock.advance(minutes=5)

    assert await shop.chases_refunds() == 1

    (refund,) = await refunds_of(shop, order)
    assert refund.state is RefundState.SUCCEEDED
    assert {request.key for request in shop.provider.refunds} == {refund.id}
    assert shop.provider.gone_back == {refund.id: 500}
    assert await shop.balance() == 0
    assert await shop.chases_refunds() == 0
    assert await shop.is_proved()


async def test_64_workers_at_once_ask_once(shop: Shop) -> None:
    await stuck(shop)
    shop.clock.advance(minutes=5)

    asked = await asyncio.gather(*[shop.chases_refunds() for _ in range(64)])

    assert sum(asked) == 1
    assert len(shop.provider.refunds) == 2


async def test_what_became_of_one_that_is_on_its_way_is_read_from_its_payment(
    shop: Shop,
) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = RefundStatus.PENDING
    await shop.refunds(order)
    shop.clock.advance(minutes=5)
    shop.provider.reversals[f"payment-of-{order.id}"] = (refunded(order),)

    await shop.chases_refunds()

    (refund,) = await refunds_of(shop, order)
    assert refund.state is RefundState.SUCCEEDED
    assert len(shop.provider.refunds) == 1


async def test_questions_come_further_and_further_apart_and_then_a_person_is_called(
    shop: Shop,
) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = RefundStatus.PENDING
    await shop.refunds(order)
    began_at, asked_after = shop.clock(), list[timedelta]()

    for _ in range(ASKED_OFTEN):
        (refund,) = await refunds_of(shop, order)
        assert refund.ask_at is not None
        assert shop.alarms == []
        shop.clock.now = refund.ask_at
        asked_after.append(shop.clock() - began_at)
        await shop.chases_refunds()

    gaps = [later - earlier for earlier, later in pairwise(asked_after)]
    assert asked_after[0] == FIRST_WAIT
    assert gaps == sorted(gaps)
    assert max(gaps) <= timedelta(days=1)
    assert "refund" in shop.alarms[0][0]


async def test_a_provider_that_refuses_ends_it_and_calls_a_person(shop: Shop) -> None:
    order = await stuck(shop, Silence.BEFORE)
    shop.clock.advance(minutes=5)
    shop.provider.refund_answer = ProviderRefused(channel=SANDBOX, reason="it is too old")

    await shop.chases_refunds()

    (refund,) = await refunds_of(shop, order)
    assert (refund.state, refund.failure) == (RefundState.FAILED, "it is too old")
    assert len(shop.alarms) == 1
    assert await shop.balance() == 500


async def test_a_silent_provider_is_not_asked_over_and_over(shop: Shop) -> None:
    await stuck(shop, Silence.BEFORE)
    shop.clock.advance(minutes=5)
    shop.provider.silences.append(Silence.BEFORE)

    with pytest.raises(ExceptionGroup):
        await shop.chases_refunds()

    assert await shop.chases_refunds() == 0


@pytest.mark.parametrize("is_told_first", [False, True])
async def test_a_refund_that_failed_can_be_tried_again_under_the_same_name_of_the_provider_s(
    shop: Shop, is_told_first: bool
) -> None:
    order = await sold(shop)
    shop.provider.refund_answer = RefundStatus.PENDING
    failed = await shop.refunds(order)
    await shop.hears(refunded(order, status=RefundStatus.FAILED, refund_id="re_1"))
    # This provider names no refunds: every try at the same money has the same id.
    shop.provider.gone_back.clear()
    shop.provider.refund_answer = RefundStatus.SUCCEEDED
    if is_told_first:
        shop.provider.silences.append(Silence.AFTER)
        with pytest.raises(ProviderUnavailable):
            await shop.refunds(order)
        await shop.hears(refunded(order, refund_id="re_1"))
        shop.clock.advance(minutes=5)
        await shop.chases_refunds()
    else:
        await shop.refunds(order)
        await shop.hears(refunded(order, refund_id="re_1"))

    first, again = await refunds_of(shop, order)
    assert (first.id, first.state) == (failed.id, RefundState.FAILED)
    assert (again.state, again.provider_refund_id) == (RefundState.SUCCEEDED, "re_1")
    assert await shop.balance() == 0
    assert (await shop.order(order.id)).refunded_minor == 500


async def test_our_own_refund_told_under_its_key_is_the_same_one_whatever_else_is_open(
    shop: Shop,
) -> None:
    order = await sold(shop)
    shop.provider.silences.extend([Silence.AFTER, Silence.AFTER])
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await shop.refunds(order, 100)
    older, newer = await refunds_of(shop, order)

    await shop.hears(refunded(order, 100, refund_id="re_2", key=newer.id))
    await shop.hears(refunded(order, 100, refund_id="re_1", key=older.id))

    assert [(each.id, each.provider_refund_id) for each in await refunds_of(shop, order)] == [
        (older.id, "re_1"),
        (newer.id, "re_2"),
    ]
    assert (await shop.order(order.id)).refunded_minor == 200
