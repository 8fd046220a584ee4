"""An inbox that knows events apart, but not payments."""

from attrs import frozen

from application.payments.apply_event import ApplyEvent, ApplyingEvent
from application.payments.steps.event_effects import EventEffects
from application.ports.payments import ApplyNow
from application.ports.provider import Providers
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.wallets.granting import begin_granting
from domain.credits.grant import CATEGORY_OF, GrantSource, GrantTerms
from domain.errors import BillingError
from domain.payments.ids import Channel, OrderId
from domain.payments.provider_event import CheckoutPaid


@frozen(kw_only=True)
class ApplyingByEventId:
    """Credit each event once: two events about one payment credit it twice."""

    honest: ApplyingEvent
    begin: BeginWork
    providers: Providers
    clock: Clock
    new_id: NewId

    async def __call__(self, channel: Channel, event_id: str) -> bool:
        """Apply an event, guarded by its id alone; set aside as ever what cannot be applied."""
        try:
            await self._applied(channel, event_id)
        except BillingError:
            await self.honest(ApplyEvent(channel=channel, event_id=event_id))
        return True

    async def _applied(self, channel: Channel, event_id: str) -> None:
        async with self.begin() as work:
            event = await work.inbox.take(channel, event_id)
            if event.is_settled:
                return
            now = self.clock()
            caused = EventEffects(
                work=work,
                channel=channel,
                now=now,
                new_id=self.new_id,
                shortfall=self.honest.shortfall,
            )
            for fact in await self.providers[channel].translate(event):
                is_credited = isinstance(fact, CheckoutPaid) and await self._credited(
                    work, fact.order_id, event_id
                )
                if not is_credited:
                    await caused.of(fact)
            done = event.applied((), now)
            await work.inbox.save(done)
            await work.commit()

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


def apply_by_event_id(
    honest: ApplyingEvent, begin: BeginWork, providers: Providers, clock: Clock, new_id: NewId
) -> ApplyNow:
    """Return the wrong way to apply events."""
    return ApplyingByEventId(
        honest=honest, begin=begin, providers=providers, clock=clock, new_id=new_id
    )
