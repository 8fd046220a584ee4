"""How a provider is asked about a checkout or a refund of ours, and what it answers is noted.

The provider is asked outside every unit of work; what it answers is noted in one of its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen

from application.payments.steps.concerns import raise_alarms
from application.payments.steps.event_effects import EventEffects
from application.payments.steps.money_back import MoneyBack
from application.ports.provider import Provider
from application.ports.provider_calls import RefundReason, RefundRequest
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from domain.credits.claw_back import Shortfall
from domain.errors import Conflict
from domain.payments.errors import CapabilityMissing, ProviderRefused
from domain.payments.order import Order
from domain.payments.refund import Refund


@frozen(kw_only=True)
class AskingProvider:
    """Asks what has become of something here, and for refunds, as often as it takes."""

    begin: BeginWork
    clock: Clock
    new_id: NewId
    shortfall: Shortfall

    async def for_refund(self, provider: Provider, order: Order, refund: Refund) -> None:
        """Ask for a refund that was written down, and note the answer.

        The key is the refund's id, so that asking again gives back nothing more.
        Raises ProviderRefused and CapabilityMissing, once noted, and ProviderUnavailable.
        """
        try:
            taken = await provider.refund(_request(order, refund))
        except (ProviderRefused, CapabilityMissing) as refusal:
            failure = _failure(refusal)
            await self._note(lambda work: self._back(work).refund_refused(refund, failure))
            raise
        await self._note(
            lambda work: self._back(work).refund_taken(refund, taken.refund_id, taken.status)
        )

    async def about_checkout(self, provider: Provider, order: Order, alarm: Alarm) -> None:
        """Ask what has become of an order's page, and do what its webhook will cause.

        What does not fit the order does nothing, and the operator is told.
        Raises ProviderRefused, CapabilityMissing, ProviderUnavailable.
        """
        assert order.session_id is not None, "a page that was opened has an id"
        facts = await provider.read_checkout(order.session_id)
        if not facts:
            return
        try:
            async with self.begin() as work:
                caused = self._effects(work, order)
                await caused.of_all(facts)
                await work.commit()
        except Conflict as mismatch:
            alarm(f"order {order.id} cannot be confirmed", mismatch)
        else:
            raise_alarms(alarm, order.channel, caused.concerns)

    async def about_payment(self, provider: Provider, order: Order) -> None:
        """Ask how the refunds of an order's payment stand, and take up the answer.

        Raises ProviderRefused, CapabilityMissing, ProviderUnavailable.
        """
        assert order.provider_payment_id is not None, "what is refunded was paid at a provider"
        facts = await provider.read_payment(order.provider_payment_id)
        await self._note(lambda work: self._effects(work, order).of_all(facts))

    def _effects(self, work: UnitOfWork, order: Order) -> EventEffects:
        return EventEffects(
            work=work,
            channel=order.channel,
            now=self.clock(),
            new_id=self.new_id,
            shortfall=self.shortfall,
        )

    async def _note(self, step: Callable[[UnitOfWork], Awaitable[object]]) -> None:
        async with self.begin() as work:
            await step(work)
            await work.commit()

    def _back(self, work: UnitOfWork) -> MoneyBack:
        return MoneyBack(work=work, now=self.clock(), new_id=self.new_id, shortfall=self.shortfall)


def _request(order: Order, refund: Refund) -> RefundRequest:
    assert order.provider_payment_id is not None, "what cost money was paid at a provider"
    return RefundRequest(
        key=refund.id,
        provider_payment_id=order.provider_payment_id,
        amount_minor=refund.amount_minor,
        reason=RefundReason(refund.kind.value),
    )


def _failure(refusal: ProviderRefused | CapabilityMissing) -> str:
    return refusal.reason if isinstance(refusal, ProviderRefused) else "it cannot do this"
