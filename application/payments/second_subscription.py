"""Money of a second subscription, which never began here because another of its group was live.

Plain steps, handed an open unit of work; they never commit. The order that paid for it knows it by
the provider's id. What it goes on being charged for is honoured like that first payment, each with
an order of its own, and a person is asked to end it. Where nothing is in its way any more, the next
payment begins it here.
"""

from __future__ import annotations

from attrs import evolve

from application.granting import Granting
from application.payments.fulfilment import (
    Fulfilled,
    ProviderSide,
    fulfil_payment,
    number_receipt,
)
from application.ports.unit_of_work import UnitOfWork
from application.raised_events import raise_order
from domain.payments.errors import PaymentMismatch
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine
from domain.payments.payment import Payment
from domain.payments.provider_event import PeriodPaid


async def order_beside(work: UnitOfWork, channel: Channel, reference: str) -> Order | None:
    """Return the order that first paid for a second subscription, or None for any other."""
    found = await work.orders.beside(channel, reference, None, 1)
    return found[0] if found else None


async def fulfil_further(granting: Granting, first: Order, event: PeriodPaid) -> Fulfilled:
    """Take a further payment of a second subscription, which nobody has taken before.

    Raises PaymentMismatch if it is more than the subscription was sold for.
    """
    line, net_minor = first.line, event.payment.net_minor
    if net_minor > line.price_minor:
        raise PaymentMismatch(
            order_id=first.id,
            differs="amount",
            ordered=str(line.price_minor),
            reported=str(net_minor),
        )
    order = await _added(granting, first, line, event.payment, line.price_minor - net_minor)
    side = ProviderSide(
        subscription_id=event.provider_subscription_id,
        period=event.period,
        paid_at=event.payment.paid_at,
    )
    return await fulfil_payment(granting, order, event.payment, side)


async def book_change(granting: Granting, first: Order, payment: Payment) -> Order:
    """Keep what a change of a second subscription cost, for a person to give back."""
    line = evolve(
        first.line,
        name=f"{first.line.name}: change of plan",
        price_minor=payment.net_minor,
        credits=0,
    )
    work = granting.work
    added = await _added(granting, first, line, payment, 0)
    there = f"{first.second_subscription_id} at {first.channel}"
    order = evolve(
        added.paid_by(payment, granting.now),
        second_subscription_id=first.second_subscription_id,
        concern=f"it paid for a change of a second subscription ({there}): cancel that at the "
        "provider, and refund what the customer did not want",
    )
    await work.payments.add(payment, order.id)
    order = await number_receipt(work, order)
    await work.orders.save(order)
    await raise_order(work, granting.new_id, granting.now, order)
    return order


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
