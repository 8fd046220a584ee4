"""Say that what needed a person about an order is settled."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from application.access.steps.auditing import entry, must_say_why
from application.payments.steps.paid_together import hold_together
from application.payments.steps.second_subscription import orders_beside
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from domain.access.audit import Actor
from domain.payments.ids import OrderId
from domain.payments.order import Order


@frozen(kw_only=True)
class SettleOrder:
    """Stop asking for a person about an order, and say why."""

    order_id: OrderId
    reason: str
    actor: Actor
    key: RequestKey | None = None

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class OrderSettled:
    """The order, which needs nobody any more."""

    order: Order
    is_replay: bool = False


@frozen(kw_only=True)
class SettlingOrder:
    """Take the concern off an order, in one commit with the audit entry that keeps it.

    Nothing else changes: money and credits are as they were. An order that needs nobody stays as
    it is. All orders that paid for one second subscription are settled together.
    Refusals: OrderNotFound, KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: SettleOrder) -> OrderSettled:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    order = await work.orders.find(OrderId(first.id))
                    return OrderSettled(order=order, is_replay=True)
            now = self.clock()
            held = await hold_together(work, command.order_id, now, self.new_id)
            after = await self._settled(work, held.order, command, now)
            async for other in orders_beside(work, held.order):
                if other.id != command.order_id:
                    await self._settled(work, await work.orders.take(other.id), command, now)
            if command.key is not None:
                await work.answers.keep(command.key, AnswerAbout(id=after.id))
            await work.commit()
        return OrderSettled(order=after)

    async def _settled(
        self, work: UnitOfWork, before: Order, command: SettleOrder, now: datetime
    ) -> Order:
        after = evolve(before, concern=None)
        if after == before:
            return after
        await work.orders.save(after)
        await work.audit_log.add(
            entry(
                self.new_id,
                now,
                command.actor,
                "order.settle",
                f"order:{before.id}",
                before=before.concern,
                reason=command.reason,
            )
        )
        return after
