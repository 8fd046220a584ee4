"""Webhooks: what payment providers tell us, believed by signature alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.payments.receive_event import ReceiveEvent, ReceivingEvent
from domain.payments.errors import ChannelUnknown, SignatureRefused, WebhookUnreadable
from domain.payments.ids import Channel
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Signature
from entrypoints.http.wire import read_raw, reply


@frozen(kw_only=True, slots=False)
class ReceivedView:
    """The event is kept; whatever becomes of it is our matter from here on."""

    received: bool


@frozen(kw_only=True)
class WebhooksApi:
    """Where payment providers post their events."""

    receive_event: ReceivingEvent

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the one route of all channels."""
        return (
            Endpoint(
                method="POST",
                path="/payment/webhook/{channel}",
                handler=self.post_webhook,
                policy=Signature(),
                tag="Payment",
                summary="Receive a provider's event",
                description=(
                    "For payment providers: the raw body is signed as the provider does it. The "
                    "event is stored before this answers; a repeated delivery has no second effect."
                ),
                response=ReceivedView,
                refusals=(ChannelUnknown, SignatureRefused, WebhookUnreadable),
            ),
        )

    async def post_webhook(self, request: web.Request) -> web.Response:
        """Keep the event, and answer once it is safe."""
        body = await read_raw(request)
        await self.receive_event(
            ReceiveEvent(
                channel=Channel(request.match_info["channel"]),
                body=body,
                headers=_headers(request),
            )
        )
        return reply(ReceivedView(received=True))


def _headers(request: web.Request) -> Mapping[str, str]:
    """Return the headers by lower-case name; one that came several times is one list of values.

    That is what HTTP makes of it (RFC 9110, 5.2), and it is no signature of any provider: which of
    two signatures counts must not depend on who reads them.
    """
    names = {name.lower() for name in request.headers}
    return {name: ",".join(request.headers.getall(name)) for name in names}
