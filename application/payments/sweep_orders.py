"""Give up orders whose checkout has run out, and give their coupon slots back."""

from __future__ import annotations

from attrs import frozen

from application.events.steps.raised_events import raise_order
from application.one_by_one import one_by_one
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.promotions.steps.coupon_slots import release_slots
from application.worked_on import note
from domain.payments.ids import OrderId
from domain.payments.order import OrderStatus


@frozen(kw_only=True)
class SweepOrders:
    """Look at no more than so many orders."""

    orders_max: int = 200


@frozen(kw_only=True)
class OrdersSwept:
    """How many orders were given up; what was paid meanwhile, or given up elsewhere, is not.

    `looked_at` is how many were due; fewer than asked for means that none is left.
    """

    expired: int
    looked_at: int


@frozen(kw_only=True)
class SweepingOrders:
    """Expire unpaid orders one by one. Money that still arrives is honoured later."""

    begin: BeginWork
    read: BeginRead
    clock: Clock
    new_id: NewId

    async def __call__(self, command: SweepOrders) -> OrdersSwept:
        async with self.read() as work:
            overdue = await work.orders.overdue(self.clock(), command.orders_max)
        expired = await one_by_one(overdue, self._expire)
        return OrdersSwept(expired=sum(expired), looked_at=len(overdue))

    async def _expire(self, order_id: OrderId) -> bool:
        note("order_id", order_id)
        async with self.begin() as work:
            order = await work.orders.take(order_id)
            note("account_id", order.account_id)
            # It may have been paid since it was listed.
            if not order.is_unpaid:
                return False
            expired = order.become(OrderStatus.EXPIRED)
            await work.orders.save(expired)
            now = self.clock()
            await raise_order(work, self.new_id, now, expired)
            await release_slots(work, order_id, now)
            await work.commit()
        return True
