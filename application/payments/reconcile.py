"""Compare what providers know with what we know, and mend the difference.

Webhooks get lost: a provider gives up after an hour, an endpoint is down for days. So everything
that happened since is pulled from the provider and run through the very steps that webhooks take.
Whatever those would still do is drift; doing it is the repair.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from attrs import Factory, define, frozen

from application.audit_steps import entry
from application.payments.event_effects import EventEffects
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from application.ports.provider import Capability, Provider, Providers
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.errors import BillingError
from domain.payments.errors import ChannelUnknown
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderStatus
from domain.payments.provider_event import ProviderEvent
from domain.subscriptions.ids import SubscriptionId

AT_ONCE = 100


@frozen(kw_only=True)
class Reconcile:
    """Compare one channel, or all, from an instant on; repair only if that is asked for."""

    channel: Channel | None = None
    since: datetime
    is_to_be_applied: bool
    reason: str
    actor: Actor


@frozen(kw_only=True)
class Drift:
    """One difference: what it is about, and what mending it does, or why that cannot be done.

    `proposal` says in words what was done if `is_applied`, else what would be done.
    """

    channel: Channel
    about: str
    proposal: tuple[str, ...]
    problem: str | None
    is_applied: bool


@define(kw_only=True)
class Reconciled:
    """How many facts were compared, and every difference that was found."""

    compared: int = 0
    drift: list[Drift] = Factory(list)


@frozen(kw_only=True)
class _Fact:
    """Something a provider knows, by a name; `event` where it comes as one of its events."""

    about: str
    facts: tuple[ProviderEvent, ...]
    event: InboxEvent | None = None


@frozen(kw_only=True)
class Reconciling:
    """Pull events, then look at what is still open here: checkouts, and live subscriptions.

    Refusals: ChannelUnknown, CapabilityMissing, ProviderUnavailable.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId

    async def __call__(self, command: Reconcile) -> Reconciled:
        found = Reconciled()
        for provider in self._asked(command.channel):
            for facts in (self._pulled(provider, command.since), self._open(provider)):
                async for fact in facts:
                    found.compared += 1
                    drift = await self._compared(provider.channel, fact, command)
                    if drift is not None:
                        found.drift.append(drift)
        return found

    def _asked(self, channel: Channel | None) -> tuple[Provider, ...]:
        if channel is None:
            able = self.providers.values()
            return tuple(each for each in able if Capability.READ in each.capabilities)
        if channel not in self.providers:
            raise ChannelUnknown(channel=channel, configured=tuple(sorted(self.providers)))
        return (self.providers[channel],)

    async def _pulled(self, provider: Provider, since: datetime) -> AsyncIterator[_Fact]:
        async for event in provider.pull(since):
            async with self.read() as work:
                known = await work.inbox.find(event.channel, event.event_id)
            if known is None or not known.is_settled:
                yield _Fact(
                    about=f"{event.type} {event.event_id}",
                    facts=await provider.translate(event),
                    event=event,
                )

    async def _open(self, provider: Provider) -> AsyncIterator[_Fact]:
        async for session_id in self._open_checkouts(provider.channel):
            facts = await provider.read_checkout(session_id)
            yield _Fact(about=f"checkout {session_id}", facts=facts)
        async for reference in self._live_subscriptions(provider.channel):
            report = await provider.read_subscription(reference)
            yield _Fact(about=f"subscription {reference}", facts=(report,))

    async def _open_checkouts(self, channel: Channel) -> AsyncIterator[str]:
        where = OrderFilter(status=OrderStatus.PENDING)
        request = PageRequest(limit=AT_ONCE)
        while True:
            async with self.read() as work:
                page = await work.orders.search(where, request)
            for order in page.items:
                if order.channel == channel and order.session_id is not None:
                    yield order.session_id
            if page.next is None:
                return
            request = PageRequest(limit=AT_ONCE, after=page.next)

    async def _live_subscriptions(self, channel: Channel) -> AsyncIterator[str]:
        after: SubscriptionId | None = None
        while True:
            async with self.read() as work:
                found = await work.subscriptions.live_at_provider(channel, after, AT_ONCE)
            for subscription in found:
                if subscription.provider_subscription_id is not None:
                    yield subscription.provider_subscription_id
            if len(found) < AT_ONCE:
                return
            after = found[-1].id

    async def _compared(self, channel: Channel, fact: _Fact, command: Reconcile) -> Drift | None:
        try:
            effects = await self._effects(channel, fact, command)
        except BillingError as refusal:
            return Drift(
                channel=channel,
                about=fact.about,
                proposal=(),
                problem=f"{refusal.code}: {refusal}",
                is_applied=False,
            )
        if not effects:
            return None
        return Drift(
            channel=channel,
            about=fact.about,
            proposal=effects,
            problem=None,
            is_applied=command.is_to_be_applied,
        )

    async def _effects(self, channel: Channel, fact: _Fact, command: Reconcile) -> tuple[str, ...]:
        """Do what the fact causes, and leave it undone unless it is to be applied."""
        async with self.begin() as work:
            now = self.clock()
            caused = EventEffects(work=work, channel=channel, now=now, new_id=self.new_id)
            effects = await caused.of_all(fact.facts)
            if not command.is_to_be_applied:
                return effects
            if fact.event is not None:
                event = fact.event
                if not await work.inbox.add(event):
                    event = await work.inbox.take(event.channel, event.event_id)
                await work.inbox.save(event.applied(effects, now))
            if effects:
                await work.audit_log.add(
                    entry(
                        self.new_id,
                        now,
                        command.actor,
                        "reconcile.apply",
                        f"{channel}:{fact.about}",
                        after=list(effects),
                        reason=command.reason,
                    )
                )
            await work.commit()
        return effects
