"""Compare what providers know with what we know, and mend the difference.

Webhooks get lost: a provider gives up after an hour, an endpoint is down for days. So everything
that happened since is pulled from the provider and run through the very steps that webhooks take.
Whatever those would still do is drift; doing it is the repair.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import Factory, define, frozen

from application.payments.steps.comparison import Comparison, Found
from application.payments.steps.findings import Walk
from application.payments.steps.following import HEARD_LONG_AGO
from application.payments.steps.last_heard import last_heard
from application.ports.provider import Capability, Provider, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.payments.comparison_round import Part, Track, parts_of
from domain.payments.errors import CapabilityMissing, ChannelUnknown
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import Reconciliation, kept

AT_ONCE = 100


@frozen(kw_only=True)
class Reconcile:
    """Compare one channel, or all that can be read, from an instant on; repair only if asked to.

    Without an instant it is a week ago, or further back if nothing has been heard for longer. One
    `is_polling` looks every few seconds: it is kept in the list of runs only if it found something.
    """

    channel: Channel | None = None
    since: datetime | None = None
    is_to_be_applied: bool
    reason: str
    actor: Actor
    is_polling: bool = False


@define(kw_only=True)
class Reconciled(Found):
    """How much was compared, and what was found.

    `since` is from when on each channel was read, `unread` are those not read to the end. `run_id`
    is what it is kept under, None where a look in passing found nothing, and where it `is_lost`:
    it could not be kept, though what was mended is.
    """

    since: dict[Channel, datetime] = Factory(dict)
    unread: list[Channel] = Factory(list)
    run_id: ReconciliationId | None = None
    is_lost: bool = False


@frozen(kw_only=True)
class Reconciling:
    """Pull events, then look at what is open here: checkouts, live subscriptions, disputes.

    All of it at one go, as a person asks for it; the worker does it by and by (`compare_stretch`).
    A provider that does not answer is one difference with its problem; the others are compared all
    the same. `wall_clock` is the real time, in which providers live.
    Refusals: ChannelUnknown, CapabilityMissing.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    wall_clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall

    async def __call__(self, command: Reconcile) -> Reconciled:
        found, began_at = Reconciled(), self.wall_clock()
        for provider in self._asked(command.channel):
            since = command.since or await last_heard(
                self.read, provider.channel, self.wall_clock()
            )
            found.since[provider.channel] = since
            comparison = Comparison(
                begin=self.begin,
                clock=self.clock,
                new_id=self.new_id,
                alarm=self.alarm,
                shortfall=self.shortfall,
                channel=provider.channel,
                is_to_be_applied=command.is_to_be_applied,
                reason=command.reason,
                actor=command.actor,
                found=found,
            )
            try:
                await self._compare(provider, since, comparison)
            except Exception as fault:  # noqa: BLE001 - one provider must not hold up another
                found.unread.append(provider.channel)
                comparison.note(f"everything since {since:%Y-%m-%dT%H:%M:%SZ}", fault)
            await self._finish(comparison, found)
        try:
            found.run_id = await self._keep(command, found, began_at)
        except Exception as fault:  # noqa: BLE001 - what was mended stands, and has to be told
            self.alarm("a comparison with the providers cannot be kept", fault)
            found.is_lost = True
        return found

    async def _finish(self, comparison: Comparison, found: Reconciled) -> None:
        try:
            await comparison.finish()
        except Exception as fault:  # noqa: BLE001 - one provider must not hold up another
            if comparison.channel not in found.unread:
                found.unread.append(comparison.channel)
            comparison.note("what waited for something else", fault)

    async def _keep(
        self, command: Reconcile, found: Reconciled, began_at: datetime
    ) -> ReconciliationId | None:
        """Keep the run, that a list may tell of it later; return its id."""
        if command.is_polling and not found.drift and not found.unread:
            return None
        run = Reconciliation(
            id=ReconciliationId(self.new_id()),
            began_at=began_at,
            ended_at=self.wall_clock(),
            started_by=command.actor.id,
            request_id=command.actor.request_id,
            reason=command.reason,
            mends=command.is_to_be_applied,
            channels=tuple(found.since),
            unread=tuple(found.unread),
            compared=found.compared,
            mended=found.mended,
            open=found.open,
            needs_person=found.needs_person,
        )
        async with self.begin() as work:
            await work.reconciliations.add(run, kept(found.drift))
            await work.commit()
        return run.id

    def _asked(self, channel: Channel | None) -> Sequence[Provider]:
        if channel is None:
            able = self.providers.values()
            return [each for each in able if Capability.READ in each.capabilities]
        provider = self.providers.get(channel)
        if provider is None:
            raise ChannelUnknown(channel=channel, configured=tuple(sorted(self.providers)))
        if Capability.READ not in provider.capabilities:
            raise CapabilityMissing(channel=channel, capability=Capability.READ.value)
        return [provider]

    async def _compare(self, provider: Provider, since: datetime, comparison: Comparison) -> None:
        walk = Walk(
            provider=provider,
            since=since,
            unheard_since=(
                self.wall_clock() - HEARD_LONG_AGO if provider.lists_subscriptions else None
            ),
            read=self.read,
        )
        async for finding in walk.events():
            await comparison.see(finding)
        for part in parts_of(Track.STANDING):
            await self._gone_through(walk, part, comparison)

    async def _gone_through(self, walk: Walk, part: Part, comparison: Comparison) -> None:
        after: str | None = None
        while True:
            leg = await walk.leg(part, after, AT_ONCE)
            await comparison.look_at(leg)
            after = leg.next
            if after is None:
                return
