"""An inbox that knows events apart, but not payments."""

from attrs import frozen
from dependency_injector.providers import Singleton

from application.payments.apply_event import ApplyEvent, ApplyingEvent, EventApplied
from application.payments.steps.event_effects import EventEffects
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import begin_granting
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.payments.ids import OrderId
from domain.payments.provider_event import CheckoutPaid, ProviderEvent


@frozen(kw_only=True)
class CreditingByEventId(ApplyingEvent):
    """Credit each event once: two events about one payment credit it twice."""

    async def _applied(self, command: ApplyEvent, facts: tuple[ProviderEvent, ...]) -> EventApplied:
        async with self.begin() as work:
            event = await work.inbox.take(command.channel, command.event_id)
            if event.is_settled:
                return EventApplied(event=event)
            now = self.clock()
            caused = EventEffects(
                work=work,
                channel=command.channel,
                now=now,
                new_id=self.new_id,
                shortfall=self.shortfall,
            )
            for fact in facts:
                is_credited = isinstance(fact, CheckoutPaid) and await self._credited(
                    work, fact.order_id, command.event_id
                )
                if not is_credited:
                    await caused.of(fact)
            done = event.applied((), now)
            await work.inbox.save(done)
            await work.commit()
        return EventApplied(event=done)

    async def _credited(self, work: UnitOfWork, order_id: OrderId, event_id: str) -> bool:
        """Credit an order that was paid before once more, for this event."""
        order = await work.orders.find(order_id)
        if not order.was_paid:
            return False
        granting = await begin_granting(work, order.account_id, self.clock(), self.new_id)
        terms = GrantTerms(
            amount=order.line.credits,
            source=GrantSource.PURCHASE,
            category=CATEGORY_OF[GrantSource.PURCHASE],
            cause=f"order:{order.id}",
        )
        await granting.once(f"event:{event_id}", terms, "Purchase")
        await granting.save()
        return True


def crediting_by_event_id(honest: Singleton[ApplyingEvent]) -> Singleton[ApplyingEvent]:
    """Return the wrong way to apply events, made of what the right one is made of."""
    return Singleton(CreditingByEventId, **honest.kwargs)
