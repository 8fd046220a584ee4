"""Compare what providers know with what we know, and mend the difference.

Webhooks get lost: a provider gives up after an hour, an endpoint is down for days. So everything
that happened since is pulled from the provider and run through the very steps that webhooks take.
Whatever those would still do is drift; doing it is the repair.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import Factory, define, field, frozen

from application.access.steps.auditing import entry
from application.payments.steps.concerns import Concern
from application.payments.steps.event_effects import EventEffects
from application.payments.steps.findings import Finding, findings
from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from application.ports.provider import Capability, Provider, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.worked_on import note, one_piece_of_work, worked_on
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.errors import BillingError, Busy, Conflict
from domain.payments.errors import CapabilityMissing, ChannelUnknown
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import Drift, DriftKind, Reconciliation, counted, kept

LOOK_BACK = timedelta(days=7)
SILENT_MAX = 3
"""After so many unanswered questions in a row a provider is left alone."""


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
class Reconciled:
    """How much was compared, and every difference found.

    `since` is from when on each channel was read, `unread` are those not read to the end. `run_id`
    is what it is kept under, None where a look in passing found nothing, and where it `is_lost`:
    it could not be kept, though what was mended is.
    """

    compared: int = 0
    drift: list[Drift] = Factory(list)
    since: dict[Channel, datetime] = Factory(dict)
    unread: list[Channel] = Factory(list)
    run_id: ReconciliationId | None = None
    is_lost: bool = False


@frozen(kw_only=True)
class Reconciling:
    """Pull events, then look at what is open here: checkouts, live subscriptions, disputes.

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
            since = command.since or await self._last_heard(provider.channel)
            found.since[provider.channel] = since
            comparison = _Comparison(
                begin=self.begin,
                clock=self.clock,
                new_id=self.new_id,
                alarm=self.alarm,
                shortfall=self.shortfall,
                channel=provider.channel,
                command=command,
                found=found,
            )
            try:
                await self._compare(provider, since, comparison)
            except Exception as fault:  # noqa: BLE001 - one provider must not hold up another
                found.unread.append(provider.channel)
                comparison.note(f"everything since {since:%Y-%m-%dT%H:%M:%SZ}", fault)
            await self._finish(comparison)
        try:
            found.run_id = await self._keep(command, found, began_at)
        except Exception as fault:  # noqa: BLE001 - what was mended stands, and has to be told
            self.alarm("a comparison with the providers cannot be kept", fault)
            found.is_lost = True
        return found

    async def _finish(self, comparison: _Comparison) -> None:
        try:
            await comparison.finish()
        except Exception as fault:  # noqa: BLE001 - one provider must not hold up another
            if comparison.channel not in comparison.found.unread:
                comparison.found.unread.append(comparison.channel)
            comparison.note("what waited for something else", fault)

    async def _keep(
        self, command: Reconcile, found: Reconciled, began_at: datetime
    ) -> ReconciliationId | None:
        """Keep the run, that a list may tell of it later; return its id."""
        if command.is_polling and not found.drift and not found.unread:
            return None
        counts = counted(found.drift)
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
            mended=counts[DriftKind.MENDED],
            open=counts[DriftKind.OPEN],
            needs_person=counts[DriftKind.NEEDS_PERSON],
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

    async def _last_heard(self, channel: Channel) -> datetime:
        a_week_ago = self.wall_clock() - LOOK_BACK
        async with self.read() as work:
            newest = await work.inbox.page(InboxFilter(channel=channel), PageRequest(limit=1))
        return min([a_week_ago, *(event.received_at for event in newest.items)])

    async def _compare(self, provider: Provider, since: datetime, comparison: _Comparison) -> None:
        silent = 0
        async for finding in findings(provider, since, self.read):
            comparison.found.compared += 1
            if finding is None:
                continue
            await comparison.take(finding)
            silent = silent + 1 if isinstance(finding.fault, Busy) else 0
            if silent == SILENT_MAX and finding.fault is not None:
                raise finding.fault


@define(kw_only=True)
class _Comparison:
    """One channel under comparison, finding by finding, in whatever order they come.

    What depends on something that has not been found yet waits until the end. Where nothing is to
    be applied, what was proposed before about the same purchase is done first, and undone with it.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall
    channel: Channel
    command: Reconcile
    found: Reconciled
    waiting: list[tuple[Finding, Conflict]] = field(factory=list)
    proposed: list[Finding] = field(factory=list)
    proposed_about: dict[str, list[int]] = field(factory=dict)

    async def take(self, finding: Finding) -> None:
        """Compare a finding; note what follows from it."""
        with one_piece_of_work():
            await self._take(finding)

    async def _take(self, finding: Finding) -> None:
        if finding.event is not None:
            note("event_id", finding.event.event_id)
        if finding.fault is not None:
            await self._give_up(finding, finding.fault)
            return
        if finding.concern is not None:
            self._concern(Concern(about=finding.about, problem=finding.concern))
            return
        try:
            effects = await self._effects(finding)
        except Conflict as refusal:
            self.waiting.append((finding, refusal))
        except Exception as fault:  # noqa: BLE001 - noted; one finding must not hold up others
            await self._give_up(finding, fault)
        else:
            self._propose(finding, effects)

    async def finish(self) -> None:
        """Compare again what waited, as long as that helps; note what is left as problems."""
        while self.waiting:
            tried, self.waiting = self.waiting, []
            for finding, _ in tried:
                await self.take(finding)
            if len(self.waiting) == len(tried):
                break
        for finding, refusal in self.waiting:
            with one_piece_of_work():
                await self._give_up(finding, refusal)

    def note(self, about: str, fault: Exception) -> None:
        """Note a difference that cannot be mended, and why."""
        if isinstance(fault, BillingError):
            problem = f"{fault.code}: {fault}"
        else:
            problem = type(fault).__name__
            self.alarm(f"{self.channel}: {about} cannot be compared", fault)
        drift = Drift(channel=self.channel, about=about, problem=problem, names=worked_on())
        self.found.drift.append(drift)

    def _concern(self, concern: Concern) -> None:
        """Note what only a person can settle, however often it is come upon."""
        drift = Drift(
            channel=self.channel, about=concern.about, problem=concern.problem, names=concern.names
        )
        if drift not in self.found.drift:
            self.found.drift.append(drift)

    def _propose(self, finding: Finding, effects: tuple[str, ...]) -> None:
        if not effects:
            return
        is_applied = self.command.is_to_be_applied
        if not is_applied:
            for name in finding.names:
                self.proposed_about.setdefault(name, []).append(len(self.proposed))
            self.proposed.append(finding)
        self.found.drift.append(
            Drift(
                channel=self.channel,
                about=finding.about,
                proposal=effects,
                is_applied=is_applied,
                names=worked_on(),
            )
        )

    async def _give_up(self, finding: Finding, fault: Exception) -> None:
        """Note the problem; an event that we never had goes to the inbox, which tries it again."""
        self.note(finding.about, fault)
        if finding.event is None or not self.command.is_to_be_applied:
            return
        error = self.found.drift[-1].problem or ""
        async with self.begin() as work:
            await work.inbox.add(finding.event.failed(error, self.clock()))
            await work.commit()

    async def _effects(self, finding: Finding) -> tuple[str, ...]:
        async with self.begin() as work:
            caused = EventEffects(
                work=work,
                channel=self.channel,
                now=self.clock(),
                new_id=self.new_id,
                shortfall=self.shortfall,
            )
            if not self.command.is_to_be_applied:
                for earlier in self._tied_to(finding):
                    await caused.of_all(earlier.facts)
                caused.concerns.clear()
                effects = await caused.of_all(finding.facts)
            else:
                effects = await self._applied(work, caused, finding)
        for concern in caused.concerns:
            self._concern(concern)
        return effects

    async def _applied(
        self, work: UnitOfWork, caused: EventEffects, finding: Finding
    ) -> tuple[str, ...]:
        event = finding.event
        if event is not None and not await work.inbox.add(event):
            event = await work.inbox.take(event.channel, event.event_id)
            if event.is_settled:
                # Its webhook came while we asked what it means.
                return ()
        effects = await caused.of_all(finding.facts)
        if event is not None:
            await work.inbox.save(event.applied(effects, caused.now))
        if effects:
            await work.audit_log.add(
                entry(
                    self.new_id,
                    caused.now,
                    self.command.actor,
                    "reconcile.apply",
                    f"{self.channel}:{finding.about}",
                    after=list(effects),
                    reason=self.command.reason,
                )
            )
        await work.commit()
        return effects

    def _tied_to(self, finding: Finding) -> Sequence[Finding]:
        """Return what was proposed before about the same purchase, in that order."""
        tied: set[int] = set()
        names = set(finding.names)
        seen: set[str] = set()
        while names:
            name = names.pop()
            seen.add(name)
            for at in self.proposed_about.get(name, ()):
                if at not in tied:
                    tied.add(at)
                    names |= self.proposed[at].names - seen
        return [self.proposed[at] for at in sorted(tied)]
