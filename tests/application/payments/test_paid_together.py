"""A period and a change of plan that were collected together, and what becomes of that money."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import permutations

import pytest

from domain.payments.errors import RefundTooLarge
from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    RefundReported,
    RefundStatus,
)
from domain.payments.refund import RefundState
from domain.period import Period, add_months
from tests.application.shop import Shop, paid
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

SECOND = Period(add_months(NOON, 1), add_months(NOON, 2))
PERIOD, CHANGE = 990, 330
BOTH = PERIOD + CHANGE
TOGETHER = "in_2"
HOUR = timedelta(hours=1)


def part(id: str, net_minor: int) -> Payment:
    return Payment(
        channel=SANDBOX,
        provider_payment_id=id,
        net_minor=net_minor,
        currency="USD",
        paid_at=SECOND.start_at,
        part_of=TOGETHER,
    )


PAID: tuple[ProviderEvent, ...] = (
    PeriodPaid(provider_subscription_id="sub_1", payment=part(TOGETHER, PERIOD), period=SECOND),
    ChangePaid(provider_subscription_id="sub_1", payment=part(f"{TOGETHER}:change", CHANGE)),
)


async def renewed(shop: Shop) -> tuple[Order, Order]:
    """Renew a subscription, a change of plan collected with it; return the orders of both."""
    await shop.offers(plan := a_plan())
    first = await shop.buys(plan)
    await shop.hears(paid(first, subscription="sub_1", period=Period(NOON, SECOND.start_at)), "1")
    shop.clock.now = SECOND.start_at
    await shop.hears(PAID, "2")
    return await both(shop)


async def both(shop: Shop) -> tuple[Order, Order]:
    """Return the order of the period and that of the change, as they stand."""
    period = next(each for each in shop.orders() if each.provider_payment_id == TOGETHER)
    change = next(each for each in shop.orders() if each.line.credits == 0)
    return period, change


async def stands(shop: Shop) -> list[tuple[OrderStatus, int]]:
    """Return how both orders stand, and how much of each has gone back."""
    return [(each.status, each.refunded_minor) for each in await both(shop)]


def back(
    amount_minor: int = BOTH,
    refund_id: str = "re_1",
    status: RefundStatus = RefundStatus.SUCCEEDED,
    key: str | None = None,
) -> RefundReported:
    """Return the news that so much of the one payment goes back."""
    return RefundReported(
        channel=SANDBOX,
        refund_id=refund_id,
        payment_ids=(TOGETHER,),
        amount_minor=amount_minor,
        currency="USD",
        status=status,
        as_of=SECOND.start_at,
        key=key,
    )


def contested(status: DisputeStatus, as_of: timedelta = timedelta(0)) -> DisputeReported:
    """Return the news that a bank asks for the one payment, or what it decided."""
    return DisputeReported(
        channel=SANDBOX,
        dispute_id="dp_1",
        payment_ids=(TOGETHER,),
        amount_minor=BOTH,
        currency="USD",
        status=status,
        as_of=SECOND.start_at + as_of,
    )


async def test_a_period_and_a_change_that_were_paid_at_once_are_two_orders(shop: Shop) -> None:
    period, change = await renewed(shop)

    assert (period.total_minor, change.total_minor) == (PERIOD, CHANGE)
    assert [period.receipt_number, change.receipt_number] == [2, 3]


@pytest.mark.parametrize("is_period", [True, False])
async def test_either_is_refunded_by_itself(shop: Shop, *, is_period: bool) -> None:
    orders = await renewed(shop)
    mine, other = orders if is_period else orders[::-1]

    refund = await shop.refunds(mine)
    await shop.hears(back(refund.amount_minor, "re_1", key=refund.id))

    assert refund.state is RefundState.SUCCEEDED
    assert refund.amount_minor == mine.collected_minor
    (asked,) = shop.provider.refunds
    assert asked.provider_payment_id == mine.provider_payment_id
    assert (await shop.order(mine.id)).status is OrderStatus.REFUNDED
    assert (await shop.order(other.id)).status is OrderStatus.PAID
    assert await shop.balance() == (0 if is_period else 1000)
    assert await shop.is_proved()


async def test_all_of_the_payment_given_back_there_is_all_of_both_orders(shop: Shop) -> None:
    await renewed(shop)

    event = await shop.hears(back())
    await shop.hears(back(), "once-more")

    assert event.status is InboxStatus.APPLIED
    assert await stands(shop) == [(OrderStatus.REFUNDED, PERIOD), (OrderStatus.REFUNDED, CHANGE)]
    assert await shop.balance() == 0
    for order, amount in zip(await both(shop), (PERIOD, CHANGE), strict=True):
        (refund,) = (await shop.inspected(order)).refunds
        assert (refund.amount_minor, refund.provider_refund_id) == (amount, "re_1")
    assert await shop.is_proved()


async def test_a_part_of_the_payment_falls_on_both_by_what_came_in_for_each(shop: Shop) -> None:
    await renewed(shop)

    await shop.hears(back(BOTH // 2))

    assert await stands(shop) == [
        (OrderStatus.PARTIALLY_REFUNDED, PERIOD // 2),
        (OrderStatus.PARTIALLY_REFUNDED, CHANGE // 2),
    ]
    assert await shop.balance() == 500


async def test_what_is_left_of_the_payment_is_left_of_its_orders(shop: Shop) -> None:
    _, change = await renewed(shop)
    refund = await shop.refunds(change)
    await shop.hears(back(CHANGE, "re_1", key=refund.id))

    await shop.hears(back(PERIOD, "re_2"))

    assert await stands(shop) == [(OrderStatus.REFUNDED, PERIOD), (OrderStatus.REFUNDED, CHANGE)]
    assert await shop.balance() == 0


async def test_no_more_is_promised_of_an_order_than_is_left_of_the_payment(shop: Shop) -> None:
    period, change = await renewed(shop)
    for n in range(3):
        # A cent falls on the dearer one.
        await shop.hears(back(1, f"there_{n}"))
    await shop.hears(back(CHANGE, "there_3"))
    left = sum(each.collected_minor - each.refunded_minor for each in await both(shop))
    assert left == PERIOD - 3

    for order in (period, change):
        with pytest.raises(RefundTooLarge):
            await shop.refunds(order, order.collected_minor)
        await shop.refunds(order)

    assert [status for status, _ in await stands(shop)] == [OrderStatus.REFUNDED] * 2
    assert sum(gone or 0 for gone in shop.provider.gone_back.values()) == left


async def test_more_than_came_in_for_both_is_refused(shop: Shop) -> None:
    await renewed(shop)

    event = await shop.hears(back(BOTH + 1))

    assert event.status is InboxStatus.FAILED
    assert event.error is not None
    assert "refunded amount" in event.error


NEWS: Mapping[str, ProviderEvent] = {
    "a third": back(BOTH // 3, "re_1"),
    "all failed": back(BOTH, "re_3", RefundStatus.FAILED),
    "all": back(BOTH, "re_3", RefundStatus.PENDING),
    "opened": contested(DisputeStatus.OPEN),
    "won": contested(DisputeStatus.WON, HOUR),
}


async def test_any_order_of_news_about_the_payment_ends_in_the_same_state() -> None:
    endings: set[tuple[tuple[OrderStatus, int], tuple[OrderStatus, int], int, int]] = set()
    for names in permutations(NEWS):
        shop = Shop()
        await renewed(shop)
        shop.clock.advance(seconds=7200)
        for name in names:
            await shop.hears(NEWS[name], name)
        first, second = await stands(shop)
        endings.add((first, second, await shop.balance(), (await shop.wallet()).overdrawn))
        assert await shop.is_proved()

    [(period, change, balance, overdrawn)] = endings
    assert period[1] + change[1] == BOTH // 3
    assert {period[0], change[0]} == {OrderStatus.PARTIALLY_REFUNDED}
    assert (balance, overdrawn) == (1000 - 1000 * period[1] // PERIOD, 0)


async def test_a_dispute_is_about_both_orders_and_freezes_what_they_brought(shop: Shop) -> None:
    await renewed(shop)

    await shop.hears(contested(DisputeStatus.OPEN), "opened")
    assert [status for status, _ in await stands(shop)] == [OrderStatus.DISPUTED] * 2
    wallet = await shop.wallet()
    assert (wallet.balance(shop.clock()), wallet.available(shop.clock())) == (1000, 0)

    await shop.hears(contested(DisputeStatus.LOST, HOUR), "lost")
    assert await stands(shop) == [(OrderStatus.REFUNDED, PERIOD), (OrderStatus.REFUNDED, CHANGE)]
    assert await shop.balance() == 0


async def test_what_a_person_decides_about_a_dispute_holds_for_all_of_it(shop: Shop) -> None:
    _, change = await renewed(shop)
    await shop.hears(contested(DisputeStatus.OPEN), "opened")
    (dispute,) = (await shop.inspected(change)).disputes

    await shop.resolves(dispute, DisputeStatus.WON)

    assert [status for status, _ in await stands(shop)] == [OrderStatus.PAID] * 2
    assert (await shop.wallet()).available(shop.clock()) == 1000
