"""The outbox: what we told the product, to whom it went, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.events.read_endpoints import ListEndpoints, ListingEndpoints
from application.events.read_events import (
    ListingOutgoing,
    ListOutgoing,
    OutgoingRead,
    ReadingOutgoing,
    ReadOutgoing,
)
from application.events.redeliver_events import RedeliverEvent, RedeliveringEvents
from application.ports.events import EventFilter
from domain.access.role import Right
from domain.errors import BillingError
from domain.events.errors import OutgoingEventNotFound
from domain.events.ids import EndpointId, EventId
from domain.events.outgoing_event import EventType
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import (
    account_filter,
    choice_of,
    filters_of,
    from_day,
    page_of,
    to_day,
)
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_events import RedeliverBody

_FILTERS = ("type", "account", "from", "to")
_FIELDS = ("endpoint_id", "reason")


@frozen(kw_only=True)
class EventPages:
    """Events that were raised here, and every try to deliver them."""

    list_outgoing: ListingOutgoing
    read_outgoing: ReadingOutgoing
    redeliver_events: RedeliveringEvents
    list_endpoints: ListingEndpoints

    def pages(self) -> Sequence[Page]:
        """Return the list, one event, and sending it again."""
        one = "/event"
        return (
            Page(method="GET", path="/events", handler=self.get_events, right=Right.READ),
            Page(method="GET", path=one, handler=self.get_event, right=Right.READ),
            Page(method="POST", path=one, handler=self.post_event, right=Right.CREDIT),
        )

    async def get_events(self, visit: Visit) -> web.Response:
        """Show a page of the outbox."""
        chosen = choice_of(visit, "type", EventType)
        where = EventFilter(
            type=None if chosen is None else chosen.value,
            account_id=account_filter(visit),
            from_at=from_day(visit),
            to_at=to_day(visit),
        )
        return visit.shown(
            "events.html",
            page=await self.list_outgoing(ListOutgoing(where=where, page=page_of(visit))),
            filters=filters_of(visit, *_FILTERS),
            types=EventType,
        )

    async def get_event(self, visit: Visit) -> web.Response:
        """Show an event, what it says, and what became of it everywhere."""
        return await self._page(visit, Filled(values={}))

    async def post_event(self, visit: Visit) -> web.Response:
        """Send the event again, to one endpoint or to all that want it."""
        given, found = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(
                RedeliverBody,
                {"endpoint_id": reading.text("endpoint_id"), "reason": reading.text("reason")},
            )
            await self.redeliver_events.one(
                RedeliverEvent(
                    event_id=found.event.id,
                    endpoint_id=None if body.endpoint_id is None else EndpointId(body.endpoint_id),
                    reason=body.reason,
                    actor=visit.actor,
                )
            )
        except BillingError as refusal:
            return await self._page(visit, refused(given, refusal, fields=_FIELDS), 400)
        return visit.go("/event", notice="redelivered", id=found.event.id)

    async def _found(self, visit: Visit) -> OutgoingRead:
        event_id = id_of(visit, lambda given: OutgoingEventNotFound(event_id=EventId(given)))
        return await self.read_outgoing(ReadOutgoing(event_id=EventId(event_id)))

    async def _page(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        found = await self._found(visit)
        endpoints = await self.list_endpoints(ListEndpoints())
        return visit.shown(
            "event.html",
            status=status,
            event=found.event,
            deliveries=found.deliveries,
            body=json.dumps(json.loads(found.event.payload), indent=2, ensure_ascii=False),
            endpoints=[each for each in endpoints if each.is_on],
            addresses={each.id: each.url for each in endpoints},
            form=form,
            may_redeliver=visit.may(Right.CREDIT),
        )
