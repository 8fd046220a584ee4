"""Apply a stored provider event: translate it, and do all it causes in one commit."""

from __future__ import annotations

from attrs import frozen

from application.payments.steps.concerns import raise_alarms
from application.payments.steps.event_effects import EventEffects
from application.ports.provider import Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.worked_on import note, one_piece_of_work
from domain.credits.claw_back import Shortfall
from domain.errors import BillingError
from domain.payments.errors import ChannelUnknown
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.provider_event import ProviderEvent


@frozen(kw_only=True)
class ApplyEvent:
    """Apply one event of the inbox, unless it is settled.

    One that is not due is left as it is, but for one that its provider has delivered just now.
    """

    channel: Channel
    event_id: str
    is_delivered: bool = False


@frozen(kw_only=True)
class EventApplied:
    """The event as it stands in the inbox now, and whether it was tried for that."""

    event: InboxEvent
    is_tried: bool = True


@frozen(kw_only=True)
class ApplyingEvent:
    """Bring one event to its effects, or note in the inbox why that failed.

    The provider may be asked what the event means, so that happens before the unit of work. What
    waits is claimed before, so that any number of processes ask no more often, and use up its tries
    no faster, than one. What its provider delivers just now is tried at once, by the one that it
    was delivered to, and uses up a try the first time alone.

    Two events about one purchase wait for each other at the wallet, and the second finds the
    effects done. Refusals: EventNotFound.
    """

    begin: BeginWork
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall

    async def __call__(self, command: ApplyEvent) -> EventApplied:
        with one_piece_of_work():
            note("event_id", command.event_id)
            return await self._brought(command)

    async def due(self, channel: Channel, event_id: str) -> bool:
        """Apply an event if it is due; say whether it was tried."""
        return (await self(ApplyEvent(channel=channel, event_id=event_id))).is_tried

    async def delivered(self, channel: Channel, event_id: str) -> bool:
        """Apply an event that came in just now; say whether it was tried."""
        command = ApplyEvent(channel=channel, event_id=event_id, is_delivered=True)
        return (await self(command)).is_tried

    async def _brought(self, command: ApplyEvent) -> EventApplied:
        async with self.begin() as work:
            event = await work.inbox.take(command.channel, command.event_id)
            now = self.clock()
            if event.is_settled or not (command.is_delivered or event.is_due(now)):
                return EventApplied(event=event, is_tried=False)
            if not command.is_delivered:
                event = event.claimed(now)
                await work.inbox.save(event)
                await work.commit()
        try:
            return await self._applied(command, await self._translated(event))
        except BillingError as refusal:
            return await self._set_aside(command, event, refusal, f"{refusal.code}: {refusal}")
        except Exception as fault:  # noqa: BLE001 - one poisonous event must not hold up others
            self.alarm(f"event {command.channel}:{command.event_id} failed", fault)
            return await self._set_aside(command, event, fault, type(fault).__name__)

    async def _translated(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        provider = self.providers.get(event.channel)
        if provider is None:
            raise ChannelUnknown(channel=event.channel, configured=tuple(sorted(self.providers)))
        return await provider.translate(event)

    async def _applied(self, command: ApplyEvent, facts: tuple[ProviderEvent, ...]) -> EventApplied:
        async with self.begin() as work:
            event = await work.inbox.take(command.channel, command.event_id)
            # It may have been applied while the provider was asked.
            if event.is_settled:
                return EventApplied(event=event)
            now = self.clock()
            caused = EventEffects(
                work=work,
                channel=event.channel,
                now=now,
                new_id=self.new_id,
                shortfall=self.shortfall,
            )
            done = event.applied(await caused.of_all(facts), now)
            await work.inbox.save(done)
            await work.commit()
        raise_alarms(self.alarm, event.channel, caused.concerns)
        return EventApplied(event=done)

    async def _set_aside(
        self, command: ApplyEvent, seen: InboxEvent, fault: Exception, error: str
    ) -> EventApplied:
        """Count the try, unless it took so long that the event is somebody else's by now."""
        async with self.begin() as work:
            event = await work.inbox.take(seen.channel, seen.event_id)
            is_repeated = command.is_delivered and seen.tries > 0
            if is_repeated or not event.is_still(seen):
                return EventApplied(event=event)
            failed = event.failed(error, self.clock())
            await work.inbox.save(failed)
            await work.commit()
        if failed.status is InboxStatus.DEAD:
            self.alarm(f"event {failed.channel}:{failed.event_id} needs a person", fault)
        return EventApplied(event=failed)
