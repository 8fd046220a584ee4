"""Several changes of plan within one period, and whose payment is whose."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import permutations

import pytest

from application.subscriptions.change_plan import PlanChanged
from domain.payments.order import Order
from domain.subscriptions.change import Change
from tests.application.subscriptions.changing import (
    PRO,
    STARTER,
    TEAM,
    THIRD,
    ChangingShop,
)
from tests.support.clock import NOON

AMOUNTS = (667, 2000)
"""What the two changes cost: from Starter to Pro, and on to Team."""


@pytest.fixture
async def shop() -> AsyncIterator[ChangingShop]:
    shop = ChangingShop()
    await shop.opens(STARTER, catalogue=(STARTER, PRO, TEAM))
    shop.clock.now = NOON + 2 * THIRD
    yield shop
    assert shop.alarms == []
    assert await shop.is_proved()


async def moves_up(shop: ChangingShop, *, apart: timedelta = timedelta(minutes=20)) -> list[Change]:
    """Move up twice, before any payment is told; return both changes, the earlier one first."""
    for plan, amount in zip((PRO, TEAM), AMOUNTS, strict=True):
        shop.clock.advance(seconds=apart.total_seconds())
        shop.provider.due_minor = amount
        changed: PlanChanged = await shop.changes(plan)
        assert changed.change.due_minor == amount
    first, second = shop.made()
    return [first, second]


async def brought_by(shop: ChangingShop, order: Order) -> list[int]:
    """Return how many credits the lots brought that name an order."""
    return [lot.amount for lot in await shop.grants() if lot.cause == order.cause]


@pytest.mark.parametrize("by", ["key", "instant"])
@pytest.mark.parametrize("turn", list(permutations((0, 1))))
async def test_each_payment_finds_the_lot_of_its_own_change(
    shop: ChangingShop, turn: tuple[int, ...], by: str
) -> None:
    changes = await moves_up(shop)

    orders: dict[int, Order] = {}
    for each in turn:
        change = changes[each]
        payment = shop.payment(AMOUNTS[each], f"invoice-{each}")
        if by == "key":
            orders[each] = await shop.hears_of_money(payment, key=change.id)
        else:
            at = change.at.replace(microsecond=0)
            orders[each] = await shop.hears_of_money(payment, at=(at,))

    assert [orders[each].id for each in (0, 1)] == [change.order_id for change in changes]
    for each in (0, 1):
        assert await brought_by(shop, orders[each]) == [changes[each].credits]
        assert orders[each].total_minor == AMOUNTS[each]


@pytest.mark.parametrize("refunded", [0, 1])
async def test_a_refund_of_one_change_leaves_the_credits_of_the_other(
    shop: ChangingShop, refunded: int
) -> None:
    changes = await moves_up(shop)
    orders = [await shop.collects(amount, change) for amount, change in _late_first(changes)]
    before = await shop.balance()

    await shop.refunds(next(e for e in orders if e.id == changes[refunded].order_id))

    assert await shop.balance() == before - changes[refunded].credits


async def test_a_payment_told_before_the_answer_finds_its_change_by_the_instant(
    shop: ChangingShop,
) -> None:
    quote = await shop.previews(PRO)

    async def meanwhile() -> None:
        at = quote.quote.at.replace(microsecond=0)
        await shop.hears_of_money(shop.payment(667, "invoice-1"), at=(at,))

    shop.provider.meanwhile = meanwhile
    change = (await shop.takes(quote.sealed)).change

    order = await shop.order(change.order_id)
    assert order.provider_payment_id == "invoice-1"
    assert await brought_by(shop, order) == [1333]


async def test_two_changes_of_one_second_are_told_apart_by_what_they_cost(
    shop: ChangingShop,
) -> None:
    changes = await moves_up(shop, apart=timedelta(0))
    at = (shop.clock.now,)

    late = await shop.hears_of_money(shop.payment(AMOUNTS[1], "invoice-2"), at=at)
    early = await shop.hears_of_money(shop.payment(AMOUNTS[0], "invoice-1"), at=at)

    assert [early.id, late.id] == [change.order_id for change in changes]


async def test_what_a_change_made_elsewhere_cost_takes_no_change_of_ours(
    shop: ChangingShop,
) -> None:
    change = (await shop.changes(PRO)).change

    elsewhere = await shop.hears_of_money(
        shop.payment(667, "portal-1"), at=(NOON + THIRD, NOON + 2 * THIRD - timedelta(days=1))
    )
    ours = await shop.collects(667)

    assert elsewhere.id != change.order_id == ours.id
    assert await brought_by(shop, elsewhere) == []
    assert await brought_by(shop, ours) == [1333]


async def test_one_payment_for_several_changes_finds_ours_among_them(shop: ChangingShop) -> None:
    change = (await shop.changes(PRO)).change
    instants = (NOON + THIRD, change.at.replace(microsecond=0))

    order = await shop.hears_of_money(shop.payment(900, "invoice-1"), at=instants)

    assert order.id == change.order_id


def _late_first(changes: list[Change]) -> list[tuple[int, Change]]:
    return list(zip(AMOUNTS, changes, strict=True))[::-1]
