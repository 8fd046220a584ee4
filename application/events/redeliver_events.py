"""Send events again: one, or a range after an outage."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.access.steps.auditing import entry, must_say_why
from application.ports.events import EventFilter
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.access.audit import Actor
from domain.events.delivery import Delivery, DeliveryStatus
from domain.events.endpoint import Endpoint
from domain.events.errors import EndpointIsOff
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import KeptEvent

REDELIVERED_MAX = 500
_AT_ONCE = 100


@frozen(kw_only=True)
class RedeliverEvent:
    """Send one event again: to one endpoint, or to each that wants it."""

    event_id: EventId
    endpoint_id: EndpointId | None
    reason: str
    actor: Actor

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class RedeliverEvents:
    """Send again the oldest `REDELIVERED_MAX` of the events a filter lets through.

    With `is_missing_only` those that an endpoint has taken are not sent to it again. `after` goes
    on behind an event, as the last answer has named it.
    """

    where: EventFilter
    after: EventId | None
    endpoint_id: EndpointId | None
    is_missing_only: bool
    reason: str
    actor: Actor

    def __attrs_post_init__(self) -> None:
        must_say_why(self.reason)


@frozen(kw_only=True)
class EventsRedelivered:
    """How many deliveries are on their way; `next` is the event to go on behind, or None."""

    deliveries: int
    next: EventId | None


@frozen(kw_only=True)
class RedeliveringEvents:
    """Let deliveries be due again, under the same event ids: a receiver sees that it knows them.

    Refusals: OutgoingEventNotFound, EndpointNotFound, EndpointIsOff.
    """

    begin: BeginWork
    read: BeginRead
    wall_clock: Clock
    new_id: NewId

    async def one(self, command: RedeliverEvent) -> Sequence[Delivery]:
        """Send one event again; return all its deliveries as they stand then."""
        async with self.begin() as work:
            event = await work.outbox.find(command.event_id)
            endpoints = await _endpoints(work, command.endpoint_id)
            await self._again(work, event, endpoints, is_missing_only=False)
            target = f"event:{event.id}"
            await self._audit(work, command.actor, target, command.reason)
            await work.commit()
        async with self.read() as work:
            return await work.deliveries.of_event(event.id)

    async def many(self, command: RedeliverEvents) -> EventsRedelivered:
        """Send a range again, oldest first, in several commits: repeating it continues it."""
        count, after, left = 0, command.after, REDELIVERED_MAX
        while left > 0:
            async with self.begin() as work:
                events = await work.outbox.oldest(command.where, after, min(left, _AT_ONCE))
                endpoints = await _endpoints(work, command.endpoint_id)
                if not events:
                    break
                for event in events:
                    count += await self._again(
                        work, event, endpoints, is_missing_only=command.is_missing_only
                    )
                target = f"events:{events[0].id}..{events[-1].id}"
                await self._audit(work, command.actor, target, command.reason)
                await work.commit()
            after = events[-1].id
            left -= len(events)
        async with self.read() as work:
            more = await work.outbox.oldest(command.where, after, 1)
        return EventsRedelivered(deliveries=count, next=after if more else None)

    async def _again(
        self,
        work: UnitOfWork,
        event: KeptEvent,
        endpoints: Sequence[Endpoint],
        *,
        is_missing_only: bool,
    ) -> int:
        now, count = self.wall_clock(), 0
        for endpoint in endpoints:
            known = await work.deliveries.take(event.id, endpoint.id)
            if known is None and not endpoint.wants(event.type):
                continue
            if known is None:
                fresh = Delivery(event_id=event.id, endpoint_id=endpoint.id, due_at=now)
                await work.deliveries.add([fresh])
            elif is_missing_only and known.status is DeliveryStatus.DELIVERED:
                continue
            else:
                await work.deliveries.save(known.again(now))
            count += 1
        return count

    async def _audit(self, work: UnitOfWork, actor: Actor, target: str, reason: str) -> None:
        now = self.wall_clock()
        await work.audit_log.add(
            entry(self.new_id, now, actor, "event.redeliver", target, reason=reason)
        )


async def _endpoints(work: UnitOfWork, endpoint_id: EndpointId | None) -> Sequence[Endpoint]:
    """Return the endpoint that was named, if it is on, or all that are."""
    if endpoint_id is None:
        return [endpoint for endpoint in await work.endpoints.every() if endpoint.is_on]
    endpoint = await work.endpoints.find(endpoint_id)
    if not endpoint.is_on:
        raise EndpointIsOff(endpoint_id=endpoint_id)
    return [endpoint]
