"""Orders that one payment paid, taken together: money of it that goes back falls on all of them.

Plain steps, handed an open unit of work; they never commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import Granting, begin_granting
from application.worked_on import note
from domain.payments.dispute import Dispute
from domain.payments.ids import OrderId
from domain.payments.money_back import gone_of_each, shared_among
from domain.payments.order import Order
from domain.payments.refund import Refund


@frozen(kw_only=True)
class PaidTogether:
    """An order taken in this unit of work with all that its payment paid, their wallet before them.

    Nearly every payment pays one order. Where it paid a period and a change of plan, `orders` are
    both, `order` among them, each time in the same sequence.
    """

    granting: Granting
    order: Order
    orders: Sequence[Order]

    @property
    def collected_minor(self) -> int:
        """The money that came in for all of them."""
        return sum(order.collected_minor for order in self.orders)

    def shares(self, amount_minor: int) -> Sequence[tuple[Order, int]]:
        """Return each order on which a part of this money falls, with that part: one at least."""
        collected = [order.collected_minor for order in self.orders]
        parts = shared_among(amount_minor, collected)
        shares = [(order, part) for order, part in zip(self.orders, parts, strict=True) if part]
        return shares or [(self.orders[0], amount_minor)]

    async def refunds(self, work: UnitOfWork) -> Sequence[Refund]:
        """Return the refunds of all of them, order by order, oldest first."""
        return [each for order in self.orders for each in await work.refunds.of_order(order.id)]

    async def disputes(self, work: UnitOfWork) -> Sequence[Dispute]:
        """Return the disputes about all of them, order by order, oldest first."""
        return [each for order in self.orders for each in await work.disputes.of_order(order.id)]


async def hold_together(
    work: UnitOfWork, order_id: OrderId, now: datetime, new_id: NewId
) -> PaidTogether:
    """Take an order and what was paid together with it, as locks are taken, after its wallet.

    All of them are the same account's, so that nobody can hold another one and want this.
    Raises OrderNotFound.
    """
    note("order_id", order_id)
    found = await work.orders.find(order_id)
    granting = await begin_granting(work, found.account_id, now, new_id)
    order = await work.orders.take(order_id)
    if order.provider_payment_id is None:
        return PaidTogether(granting=granting, order=order, orders=(order,))
    together = await work.payments.paid_together(order.channel, order.provider_payment_id)
    orders = [order if each == order_id else await work.orders.take(each) for each in together]
    return PaidTogether(granting=granting, order=order, orders=orders or (order,))


async def left_of(work: UnitOfWork, held: PaidTogether) -> int:
    """Return how much of the order that is meant can still be promised to go back."""
    refunds = [each for each in await held.refunds(work) if each.may_count]
    disputes = [each for each in await held.disputes(work) if each.is_lost]
    promised = _of_each(held, refunds, disputes)
    return held.order.collected_minor - promised[held.order.id]


def money_gone(
    held: PaidTogether, refunds: Sequence[Refund], disputes: Sequence[Dispute]
) -> Sequence[Order]:
    """Return the orders as their money stands by all refunds and disputes about them.

    `refunds` and `disputes` are those of all of them together.
    """
    counted = [each for each in refunds if each.counts]
    lost = [each for each in disputes if each.is_lost]
    gone = _of_each(held, counted, lost)
    given_back = {each.order_id for each in counted} | {each.order_id for each in lost}
    disputed = {each.order_id for each in disputes if each.is_open}
    return [
        order.with_money_back(
            gone[order.id],
            is_given_back=gone[order.id] > 0 or order.id in given_back,
            is_disputed=order.id in disputed,
        )
        for order in held.orders
    ]


def _of_each(
    held: PaidTogether, refunds: Sequence[Refund], lost: Sequence[Dispute]
) -> Mapping[OrderId, int]:
    """Return how much of the money that came in for each order these take, by order."""
    taken = dict.fromkeys((order.id for order in held.orders), 0)
    for refund in refunds:
        taken[refund.order_id] += refund.amount_minor
    for dispute in lost:
        taken[dispute.order_id] += dispute.amount_minor
    collected = [order.collected_minor for order in held.orders]
    gone = gone_of_each([taken[order.id] for order in held.orders], collected)
    return {order.id: part for order, part in zip(held.orders, gone, strict=True)}
