"""Books that tell repeats by the event's id alone: which payments were counted is forgotten."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from attrs import frozen

from application.ports.payments import Payments
from application.ports.unit_of_work import BeginWork, UnitOfWork
from domain.payments.ids import Channel, OrderId
from domain.payments.payment import Payment
from tests.providers.business import Business


@frozen
class _Forgetful(Payments):
    """Every payment is new."""

    payments: Payments

    async def order_paid_by(self, channel: Channel, provider_payment_id: str) -> OrderId | None:
        return None

    async def paid_together(self, channel: Channel, provider_payment_id: str) -> Sequence[OrderId]:
        return await self.payments.paid_together(channel, provider_payment_id)

    async def add(self, payment: Payment, order_id: OrderId) -> None:
        known = await self.payments.order_paid_by(payment.channel, payment.provider_payment_id)
        if known is None:
            await self.payments.add(payment, order_id)


@frozen
class _Work:
    """A unit of work as it is, but for its payments."""

    work: UnitOfWork

    @property
    def payments(self) -> Payments:
        return _Forgetful(self.work.payments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)


def forget_payments(business: Business) -> None:
    """Plant the bug. Refunds still find their payments: they are looked up elsewhere."""
    begin: BeginWork = business.store.begin

    @asynccontextmanager
    async def forgetful() -> AsyncIterator[UnitOfWork]:
        async with begin() as work:
            yield cast("UnitOfWork", _Work(work))

    business.container.begin.override(forgetful)
