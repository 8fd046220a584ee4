"""Money without a checkout of its own, kept under an order as it came; it brings no credits.

Plain steps, handed an open unit of work; they never commit. What a change of plan cost is kept so,
and what was collected beyond an agreement or after its end: then a person is asked. Money of a
subscription that is known here has an order, however it came, so that a refund of it finds one.
"""

from __future__ import annotations

from attrs import evolve

from application.events.steps.raised_events import raise_order
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import Granting
from domain.credits.ids import AccountId
from domain.money import Money
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderLine
from domain.payments.payment import Payment


def order_of(
    payment: Payment, account_id: AccountId, id: OrderId, line: OrderLine, bought: str
) -> Order:
    """Return an order for money of which only the amount is known, and roughly what it is for."""
    return Order(
        id=id,
        account_id=account_id,
        line=evolve(
            line,
            name=f"{line.name}: {bought}",
            price_minor=payment.net_minor,
            currency=payment.currency,
            credits=0,
        ),
        channel=payment.channel,
        total_minor=payment.total_minor,
        created_at=payment.paid_at,
    )


async def book(granting: Granting, order: Order, payment: Payment) -> Order:
    """Keep an order that a payment, which nobody has taken before, has paid; return it as kept."""
    work = granting.work
    paid = await number_receipt(work, order.paid_by(payment, granting.now))
    await work.orders.add(paid)
    await raise_order(work, granting.new_id, granting.now, paid)
    await work.payments.add(payment, paid.id)
    return paid


async def number_receipt(work: UnitOfWork, order: Order) -> Order:
    """Return the order with the number of its receipt, if money has come in for it.

    Taken after every lock that others may hold, since payments of all accounts meet here.
    """
    if not order.lacks_receipt:
        return order
    return order.receipted(await work.orders.next_receipt_number())


def is_agreed(payment: Payment, price: Money) -> bool:
    """Say whether a further payment is no more than it was to be; it may be less by a discount."""
    return payment.currency == price.currency and payment.net_minor <= price.amount_minor


def paid_otherwise(agreed: Money, payment: Payment) -> str:
    """Say to a person what was agreed upon, what was paid, and what there is to do about it."""
    return (
        f"{agreed.amount_minor} {agreed.currency} was agreed upon and {payment.net_minor} "
        f"{payment.currency} was paid (in minor units, before tax), so it brought no credits: look "
        "at the provider what was bought, then grant by hand what the customer wanted of it, or "
        "refund it"
    )
