"""Send an endpoint a test event, to see whether it is reached and believes the signature."""

from __future__ import annotations

from attrs import frozen

from application.events.steps.endpoint_audit import audit
from application.events.steps.raised_events import endpoint_event
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.events.delivery import Delivery
from domain.events.errors import EndpointIsOff
from domain.events.ids import EndpointId
from domain.events.outgoing_event import EventType, KeptEvent


@frozen(kw_only=True)
class SendTestEvent:
    """Let one endpoint be tested."""

    endpoint_id: EndpointId
    actor: Actor


@frozen(kw_only=True)
class SendingTestEvent:
    """Raise a test event for this endpoint alone; it is delivered like any other.

    Refusals: EndpointNotFound, EndpointIsOff.
    """

    begin: BeginWork
    clock: Clock
    wall_clock: Clock
    new_id: NewId

    async def __call__(self, command: SendTestEvent) -> KeptEvent:
        async with self.begin() as work:
            endpoint = await work.endpoints.find(command.endpoint_id)
            if not endpoint.is_on:
                raise EndpointIsOff(endpoint_id=endpoint.id)
            event = endpoint_event(self.new_id, self.clock(), EventType.ENDPOINT_TEST, endpoint)
            now = self.wall_clock()
            await work.outbox.add(event)
            await work.deliveries.add(
                [Delivery(event_id=event.id, endpoint_id=endpoint.id, due_at=now)]
            )
            await work.outbox.settle([event.id])
            await audit(work, self.new_id, now, command.actor, "test", None, endpoint)
            await work.commit()
        return event.kept()
