"""Take a provider's webhook in: verified, stored, acknowledged, and then applied."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from attrs import frozen

from application.ports.payments import ApplyDelivered
from application.ports.provider import Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginWork
from domain.payments.errors import ChannelUnknown
from domain.payments.ids import Channel, InboxId
from domain.payments.inbox import FIRST_TRY, InboxEvent

APPLY_SECONDS_MAX = FIRST_TRY.total_seconds()


@frozen(kw_only=True)
class ReceiveEvent:
    """A webhook as it came: its raw bytes, and its headers by lower-case name."""

    channel: Channel
    body: bytes
    headers: Mapping[str, str]


@frozen(kw_only=True)
class EventReceived:
    """The event lies in the inbox; `is_new` is False for a repeated delivery."""

    event_id: str
    is_new: bool


@frozen(kw_only=True)
class ReceivingEvent:
    """Keep a webhook durably before it is acknowledged, then try to apply it at once.

    The provider of the webhook waits meanwhile, so that is given up in time to acknowledge it. What
    hangs is the channel's own, which takes note of that: soon nobody waits for it any more.

    Refusals: ChannelUnknown, SignatureRefused, WebhookUnreadable. Whatever goes wrong after the
    event is stored is not the provider's matter: the worker tries again.
    """

    begin: BeginWork
    providers: Providers
    apply: ApplyDelivered
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, command: ReceiveEvent) -> EventReceived:
        provider = self.providers.get(command.channel)
        if provider is None:
            raise ChannelUnknown(channel=command.channel, configured=tuple(sorted(self.providers)))
        now = self.clock()
        signed = provider.verify(command.body, command.headers, now)
        event = InboxEvent(
            id=InboxId(self.new_id()),
            channel=command.channel,
            event_id=signed.event_id,
            type=signed.type,
            body=command.body,
            received_at=now,
            next_try_at=now + FIRST_TRY,
        )
        async with self.begin() as work:
            is_new = await work.inbox.add(event)
            await work.commit()
        await self._apply(event)
        return EventReceived(event_id=event.event_id, is_new=is_new)

    async def _apply(self, event: InboxEvent) -> None:
        try:
            async with asyncio.timeout(APPLY_SECONDS_MAX):
                await self.apply(event.channel, event.event_id)
        except Exception as fault:  # noqa: BLE001 - stored already; the worker tries again
            self.alarm(f"event {event.channel}:{event.event_id} waits for the worker", fault)
