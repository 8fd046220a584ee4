"""Money of a second subscription, which did not begin here because another of its group was live.

One whose first payment was of another amount than agreed is treated alike. Plain steps, handed an
open unit of work; they never commit. The order that paid for it knows it by the provider's id. What
it goes on being charged for is honoured like that first payment, each with an order of its own, and
a person is asked to end it. Where nothing is in its way any more, the next payment begins it here,
and nobody is asked to end it any longer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from attrs import evolve

from application.payments.steps.booking import book, is_agreed, order_of, paid_otherwise
from application.payments.steps.fulfilment import (
    Effects,
    Fulfilled,
    ProviderSide,
    fulfil_payment,
)
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import Granting
from domain.money import Money
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid

_AT_ONCE = 100


async def order_beside(work: UnitOfWork, channel: Channel, reference: str) -> Order | None:
    """Return the order that first paid for a second subscription, or None for any other."""
    found = await work.orders.beside(channel, reference, None, 1)
    return found[0] if found else None


async def orders_beside(work: UnitOfWork, order: Order) -> AsyncIterator[Order]:
    """Yield all orders that paid for an order's second subscription, in id order, unlocked.

    They are one matter to a person. None, where the order paid for no second subscription.
    """
    reference, after = order.second_subscription_id, None
    while reference is not None:
        found = await work.orders.beside(order.channel, reference, after, _AT_ONCE)
        for each in found:
            yield each
        if len(found) < _AT_ONCE:
            return
        after = found[-1].id


async def fulfil_further(granting: Granting, first: Order, event: PeriodPaid) -> Fulfilled:
    """Take a further payment of a second subscription, which nobody has taken before.

    What is more than the subscription was sold for is kept for a person to judge: its plan there
    has changed, or its price was never that of here, and what it would bring is not known here.
    The same holds for any other sum where the first payment was not the one agreed upon either: no
    discount is known of that could make up the difference.
    """
    line, payment = first.line, event.payment
    agreed = {line.price_minor, first.due_minor}
    is_of_agreed = first.beyond_minor == 0 or payment.net_minor in agreed
    if not is_of_agreed or not is_agreed(payment, Money(line.price_minor, line.currency)):
        order = await _book_otherwise(granting, first, payment)
        return Fulfilled(order=order, effects=(f"order {order.id} paid",))
    # Orders are taken by id, and before whatever else a beginning takes.
    asking = await _take_asking(granting.work, first)
    order = await _added(granting, first, line, payment, line.price_minor - payment.net_minor)
    side = ProviderSide(
        subscription_id=event.provider_subscription_id,
        period=event.period,
        paid_at=payment.paid_at,
    )
    fulfilled = await fulfil_payment(granting, order, payment, side)
    begun = fulfilled.order.subscription_id
    if begun is None:
        return fulfilled
    said = await _ask_no_more_to_end_it(granting.work, asking, begun)
    return evolve(fulfilled, effects=(*fulfilled.effects, *said))


async def book_change(granting: Granting, first: Order, payment: Payment) -> Order:
    """Keep what a change of a second subscription cost, for a person to give back."""
    concern = (
        f"it paid for a change of a second subscription ({_there(first)}): cancel that at the "
        "provider, and refund what the customer did not want"
    )
    return await _book(granting, first, payment, "change of plan", concern)


async def _book_otherwise(granting: Granting, first: Order, payment: Payment) -> Order:
    agreed = Money(first.line.price_minor, first.line.currency)
    concern = (
        f"{paid_otherwise(agreed, payment)}; it paid for a subscription that did "
        f"not begin here ({_there(first)}): cancel that at the provider, if nobody wants it"
    )
    return await _book(granting, first, payment, "further period", concern)


async def _book(
    granting: Granting, first: Order, payment: Payment, bought: str, concern: str
) -> Order:
    """Keep a payment of a second subscription as it is, without credits, for a person to judge."""
    order_id = OrderId(granting.new_id())
    order = evolve(
        order_of(payment, first.account_id, order_id, first.line, bought),
        second_subscription_id=first.second_subscription_id,
        concern=concern,
    )
    return await book(granting, order, payment)


async def _take_asking(work: UnitOfWork, first: Order) -> Sequence[Order]:
    """Take the orders of this matter about which a person is still asked."""
    return [
        await work.orders.take(each.id)
        async for each in orders_beside(work, first)
        if each.concern is not None
    ]


async def _ask_no_more_to_end_it(
    work: UnitOfWork, asking: Sequence[Order], subscription_id: str
) -> Effects:
    """Ask only whether earlier money goes back: to end it would end what the customer lives on.

    Where an order was paid nothing, as a trial's is, there is nothing left to ask.
    """
    effects: Effects = ()
    for order in asking:
        concern = (
            f"it paid for a subscription ({_there(order)}) that has since begun here as "
            f"{subscription_id}: refund it if it was not wanted; do not cancel the subscription"
        )
        needs_person = order.total_minor > 0
        await work.orders.save(evolve(order, concern=concern if needs_person else None))
        effects += (f"order {order.id} asks for no cancellation any more",)
    return effects


def _there(order: Order) -> str:
    return f"{order.second_subscription_id} at {order.channel}"


async def _added(
    granting: Granting, first: Order, line: OrderLine, payment: Payment, discount_minor: int
) -> Order:
    order = Order(
        id=OrderId(granting.new_id()),
        account_id=first.account_id,
        line=line,
        channel=first.channel,
        discount_minor=discount_minor,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
    )
    await granting.work.orders.add(order)
    return await granting.work.orders.take(order.id)
