"""No account uses up what a provider may be asked for all: in between, the store answers."""

import pytest

from application.payments.confirm_checkout import ConfirmCheckout, ConfirmingCheckout
from application.payments.steps.provider_turns import AT_ONCE, PAUSE_SECONDS, ProviderTurns
from application.subscriptions.open_portal import OpeningPortal, OpenPortal
from domain.payments.errors import AskedTooOften, ProviderUnavailable
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderStatus
from tests.application.shop import ORIGINS, SUCCESS_URL, Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack

ORDERS = [OrderId(f"order-{number}") for number in range(100)]


class Seconds:
    """A stopwatch that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_account_may_ask_some_times_at_once_and_then_once_in_a_while() -> None:
    seconds = Seconds()
    turns = ProviderTurns(stopwatch=seconds)
    for _ in range(AT_ONCE):
        turns.take(SOMEBODY)

    with pytest.raises(AskedTooOften) as refused:
        turns.take(SOMEBODY)
    turns.take(SOMEBODY_ELSE)
    seconds.now += PAUSE_SECONDS
    turns.take(SOMEBODY)

    assert refused.value.retry_after_s == PAUSE_SECONDS
    with pytest.raises(AskedTooOften):
        turns.take(SOMEBODY)


@pytest.mark.parametrize("orders", [1, 7, 100])
def test_however_an_account_asks_in_a_minute_few_questions_reach_the_provider(orders: int) -> None:
    seconds = Seconds()
    turns = ProviderTurns(stopwatch=seconds)
    asked = 0

    for step in range(600):
        seconds.now = step / 10
        asked += turns.take_for_order(SOMEBODY, ORDERS[step % orders])

    assert 0 < asked <= AT_ONCE + 60 / PAUSE_SECONDS


async def _pending(shop: Shop) -> Order:
    await shop.offers(pack := a_pack())
    return await shop.buys(pack)


def _confirming(shop: Shop, seconds: Seconds) -> ConfirmingCheckout:
    return ConfirmingCheckout(
        begin=shop.store.begin,
        read=shop.store.read,
        providers=shop.providers,
        clock=shop.clock,
        new_id=shop.new_id,
        alarm=shop.alarm,
        shortfall=shop.shortfall,
        turns=ProviderTurns(stopwatch=seconds),
    )


async def test_a_page_that_asks_without_end_is_answered_from_the_store_in_between(
    shop: Shop,
) -> None:
    order, seconds = await _pending(shop), Seconds()
    assert order.session_id is not None
    confirming = _confirming(shop, seconds)
    wish = ConfirmCheckout(account_id=SOMEBODY, order_id=order.id)

    answers = [await confirming(wish) for _ in range(100)]
    shop.provider.sessions[order.session_id] = (paid(order),)
    still = await confirming(wish)
    seconds.now += PAUSE_SECONDS
    confirmed = await confirming(wish)

    assert shop.provider.questions == [order.session_id] * 2
    assert {each.status for each in (*answers, still)} == {OrderStatus.PENDING}
    assert confirmed.status is OrderStatus.PAID


async def test_a_question_without_an_answer_is_asked_again_as_often_as_the_account_may(
    shop: Shop,
) -> None:
    order = await _pending(shop)
    assert order.session_id is not None
    shop.provider.sessions[order.session_id] = ProviderUnavailable(channel=SANDBOX)
    confirming = _confirming(shop, Seconds())
    wish = ConfirmCheckout(account_id=SOMEBODY, order_id=order.id)

    for _ in range(AT_ONCE):
        with pytest.raises(ProviderUnavailable):
            await confirming(wish)
    refused = await confirming(wish)

    assert refused.status is OrderStatus.PENDING
    assert len(shop.provider.questions) == AT_ONCE


async def test_a_portal_is_opened_some_times_at_once_and_then_refused_for_a_while(
    shop: Shop,
) -> None:
    async with shop.store.begin() as work:
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.commit()
    opening = OpeningPortal(
        read=shop.store.read,
        providers=shop.providers,
        return_origins=ORIGINS,
        turns=ProviderTurns(stopwatch=Seconds()),
    )
    wish = OpenPortal(account_id=SOMEBODY, return_url=SUCCESS_URL)
    for _ in range(AT_ONCE):
        await opening(wish)

    with pytest.raises(AskedTooOften):
        await opening(wish)

    assert len(shop.provider.portals) == AT_ONCE
