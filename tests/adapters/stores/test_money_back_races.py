"""Refunds and disputes told from all sides at once: each counts once, whatever the store."""

import random
from collections.abc import Awaitable, Callable

from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.payments.steps.fulfilment import NO_PROVIDER, fulfil_payment
from application.payments.steps.money_back import MoneyBack
from application.payments.steps.paid_together import hold_together
from application.ports.credits import WriteRefused
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.claw_back import Shortfall
from domain.credits.errors import InsufficientCredits
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    RefundReported,
    RefundStatus,
)
from tests.adapters.stores.steps import commit, load, look, outcomes
from tests.support.builders.credits import SOMEBODY, spent
from tests.support.builders.payments import a_payment, an_order
from tests.support.clock import NOON, fresh_id

Step = Callable[[UnitOfWork], Awaitable[object]]


async def sold(store: Store) -> Order:
    """Keep an order of 500 credits that was paid with 5.00."""
    order, payment = an_order(), a_payment(provider_payment_id=f"pay_{fresh_id()}")

    async def pay(work: UnitOfWork) -> None:
        await work.orders.add(order)
        held = await hold_together(work, order.id, NOON, fresh_id)
        await fulfil_payment(held.granting, held.order, payment, NO_PROVIDER)

    await commit(store, pay)
    return await look(store, lambda work: work.orders.find(order.id))


def back(work: UnitOfWork) -> MoneyBack:
    return MoneyBack(work=work, now=NOON, new_id=fresh_id, shortfall=Shortfall.OWE)


def refund(order: Order, refund_id: str, amount: int, status: RefundStatus) -> Step:
    event = RefundReported(
        channel=order.channel,
        refund_id=refund_id,
        payment_ids=(order.provider_payment_id or "",),
        amount_minor=amount,
        currency="USD",
        status=status,
        as_of=NOON,
    )
    return lambda work: back(work).refund_reported(event)


def dispute(order: Order, status: DisputeStatus) -> Step:
    event = DisputeReported(
        channel=order.channel,
        dispute_id="dp_1",
        payment_ids=(order.provider_payment_id or "",),
        amount_minor=500,
        currency="USD",
        status=status,
        as_of=NOON,
    )
    return lambda work: back(work).dispute_reported(event)


async def spend(work: UnitOfWork) -> None:
    wallet = await work.wallets.take(SOMEBODY)
    await work.wallets.save(spent(wallet, 1))


async def is_proved(store: Store) -> bool:
    return not (await VerifyingLedger(records=store.records)(VerifyLedger())).breaches


async def test_one_refund_told_64_times_at_once_counts_once(store: Store) -> None:
    order = await sold(store)
    told = [refund(order, "re_1", 100, RefundStatus.SUCCEEDED)] * 64

    ended = await outcomes(*(commit(store, step) for step in told))

    assert sum(bool(effects) for effects in ended) == 1
    after = await look(store, lambda work: work.orders.find(order.id))
    assert (after.status, after.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 100)
    assert len(await look(store, lambda work: work.refunds.of_order(order.id))) == 1
    assert (await load(store, SOMEBODY)).balance(NOON) == 400
    assert await is_proved(store)


async def test_all_kinds_of_news_at_once_beside_spends_end_in_one_state(store: Store) -> None:
    order = await sold(store)
    news: list[Step] = [
        refund(order, "re_1", 100, RefundStatus.PENDING),
        refund(order, "re_1", 100, RefundStatus.SUCCEEDED),
        refund(order, "re_2", 150, RefundStatus.SUCCEEDED),
        refund(order, "re_2", 150, RefundStatus.FAILED),
        dispute(order, DisputeStatus.OPEN),
        dispute(order, DisputeStatus.LOST),
        dispute(order, DisputeStatus.WON),
        spend,
    ] * 4
    random.Random(7).shuffle(news)

    ended = await outcomes(*(commit(store, step) for step in news))

    faults = [each for each in ended if isinstance(each, BaseException)]
    assert all(isinstance(each, InsufficientCredits) for each in faults), faults
    after = await look(store, lambda work: work.orders.find(order.id))
    assert (after.status, after.refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 100)
    wallet = await load(store, SOMEBODY)
    assert wallet.balance(NOON) == 400 - (4 - len(faults))
    assert wallet.overdrawn == 0
    assert not any(grant.is_frozen for grant in wallet.grants)
    assert await is_proved(store)


async def test_a_claimed_order_comes_back_as_it_was_settled(store: Store) -> None:
    order = await sold(store)
    await commit(store, spend)
    await commit(store, refund(order, "re_1", 500, RefundStatus.SUCCEEDED))

    after = await look(store, lambda work: work.orders.find(order.id))
    ((claim,), wallet) = after.claims, await load(store, SOMEBODY)
    assert (claim.taken, claim.owed, claim.taken_at) == (499, 1, NOON)
    assert (wallet.overdrawn, wallet.posted) == (1, -1)

    await commit(store, refund(order, "re_1", 500, RefundStatus.FAILED))
    assert (await look(store, lambda work: work.orders.find(order.id))).claims == ()
    assert (await load(store, SOMEBODY)).balance(NOON) == 499
    assert await is_proved(store)


async def test_what_a_refund_would_break_is_refused_with_all_of_it(store: Store) -> None:
    order = await sold(store)
    stray = an_order()

    async def half(work: UnitOfWork) -> None:
        await refund(order, "re_1", 100, RefundStatus.SUCCEEDED)(work)
        await work.payments.add(a_payment(), stray.id)

    (fault,) = await outcomes(commit(store, half))

    assert isinstance(fault, WriteRefused)
    assert await look(store, lambda work: work.refunds.of_order(order.id)) == []
    assert (await load(store, SOMEBODY)).balance(NOON) == 500
