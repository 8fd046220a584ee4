"""Events fetched instead of awaited: what a webhook that never came would have said."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from stripe.params import EventListParams

from adapters.providers.stripe.calls import StripeCalls
from adapters.providers.stripe.events import opened
from adapters.providers.stripe.meaning import TYPES_NEEDED
from adapters.providers.stripe.refusals import unavailable
from adapters.providers.stripe.signature import CHANNEL
from application.ports.system import Clock, NewId
from domain.payments.errors import WebhookUnreadable
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent

PAGE = 50
PAGES_MAX = 2000


@frozen(kw_only=True)
class _EventList:
    data: Sequence[msgspec.Raw]
    has_more: bool = False


@frozen(kw_only=True)
class StripePulling:
    """Lists events, delivered or not, under the ids that their webhooks have."""

    calls: StripeCalls
    clock: Clock
    new_id: NewId
    is_live: bool

    async def since(self, instant: datetime) -> AsyncIterator[InboxEvent]:
        """Yield the events since an instant, newest first; Stripe keeps them for about 30 days.

        Raises ProviderUnavailable, also where there are more than can be read: what was yielded
        until then is true, but not all.
        """
        after: str | None = None
        for _ in range(PAGES_MAX):
            page = await self._page(instant, after)
            for raw in page.data:
                event = self._taken(raw)
                after = event.event_id
                yield event
            if not page.has_more or not page.data:
                return
        raise unavailable()

    async def _page(self, instant: datetime, after: str | None) -> _EventList:
        params: EventListParams = {
            "created": {"gte": int(instant.timestamp())},
            "types": list(TYPES_NEEDED),
            "limit": PAGE,
        }
        if after is not None:
            params["starting_after"] = after
        return await self.calls.ask(lambda stripe: stripe.v1.events.list_async(params), _EventList)

    def _taken(self, raw: msgspec.Raw) -> InboxEvent:
        try:
            event = opened(raw, self.is_live)
        except WebhookUnreadable as fault:
            # Said by Stripe itself, asked by us: not somebody's webhook.
            raise unavailable() from fault
        now = self.clock()
        return InboxEvent(
            id=InboxId(self.new_id()),
            channel=CHANNEL,
            event_id=event.id,
            type=event.type,
            body=bytes(raw),
            received_at=now,
            next_try_at=now,
        )
