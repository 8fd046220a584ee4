"""The inbox: what providers told us, what it caused, and applying it anew."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.payments.replay_events import (
    ListEvents,
    ListingEvents,
    ReadEvent,
    ReadingEvent,
    ReplayEvent,
    ReplayingEvents,
)
from application.ports.payments import InboxFilter
from domain.access.role import Right
from domain.errors import BillingError
from domain.payments.errors import EventNotFound
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import InboxEvent, InboxStatus
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import choice_of, filters_of, from_day, page_of, to_day
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_webhooks import ReplayBody, WholeWebhookView

_FILTERS = ("channel", "status", "from", "to")


@frozen(kw_only=True)
class WebhookPages:
    """Events of all channels; `channels` are those that are configured."""

    list_events: ListingEvents
    read_event: ReadingEvent
    replay_events: ReplayingEvents
    channels: Sequence[Channel]

    def pages(self) -> Sequence[Page]:
        """Return the list, one event, and its replay."""
        one = "/webhook"
        return (
            Page(method="GET", path="/webhooks", handler=self.get_events, right=Right.READ),
            Page(method="GET", path=one, handler=self.get_event, right=Right.READ),
            Page(method="POST", path=one, handler=self.post_replay, right=Right.CREDIT),
        )

    async def get_events(self, visit: Visit) -> web.Response:
        """Show a page of the inbox."""
        named = visit.query.get("channel", "")
        where = InboxFilter(
            channel=Channel(named) if named in self.channels else None,
            status=choice_of(visit, "status", InboxStatus),
            from_at=from_day(visit),
            to_at=to_day(visit),
        )
        return visit.shown(
            "webhooks.html",
            page=await self.list_events(ListEvents(where=where, page=page_of(visit))),
            filters=filters_of(visit, *_FILTERS),
            statuses=InboxStatus,
            channels=self.channels,
        )

    async def get_event(self, visit: Visit) -> web.Response:
        """Show one event with its body and its effects."""
        return self._event(visit, await self._found(visit), Filled(values={}))

    async def post_replay(self, visit: Visit) -> web.Response:
        """Apply the event anew."""
        given, event = await visit.given(), await self._found(visit)
        reading = Reading(given)
        try:
            body = reading.body(ReplayBody, {"reason": reading.text("reason")})
            await self.replay_events.one(
                ReplayEvent(inbox_id=event.id, reason=body.reason, actor=visit.actor)
            )
        except BillingError as refusal:
            return self._event(visit, event, refused(given, refusal, fields=("reason",)), 400)
        return visit.go("/webhook", notice="replayed", id=event.id)

    async def _found(self, visit: Visit) -> InboxEvent:
        inbox_id = InboxId(id_of(visit, lambda given: EventNotFound(event_id=given)))
        return await self.read_event(ReadEvent(inbox_id=inbox_id))

    def _event(
        self, visit: Visit, event: InboxEvent, form: Filled, status: int = 200
    ) -> web.Response:
        return visit.shown(
            "webhook.html",
            status=status,
            event=event,
            body=_readable(WholeWebhookView.of(event).body),
            form=form,
            may_replay=visit.may(Right.CREDIT),
        )


def _readable(body: str) -> str:
    """Return a body as people read it: JSON with its lines broken, anything else as it came."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
