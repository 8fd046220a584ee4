"""One channel held against what we know, finding by finding; mended where that is asked.

Plain steps of whoever compares: at one go, or a stretch at a time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import Factory, define, field

from application.access.steps.auditing import entry
from application.payments.steps.concerns import Concern
from application.payments.steps.event_effects import EventEffects
from application.payments.steps.findings import Finding, Leg
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.worked_on import note, one_piece_of_work, worked_on
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.errors import BillingError, Busy, Conflict
from domain.payments.ids import Channel
from domain.payments.reconciliation import DRIFT_KEPT_MAX, Drift, DriftKind

SILENT_MAX = 3
"""After so many unanswered questions in a row a provider is left alone."""

WAITING_MAX = 1000
"""So many findings may wait for another; the inbox tries the events among all others again."""

PROPOSED_MAX = 5000
"""So many proposals are remembered for those that depend on them."""


@define(kw_only=True)
class Found:
    """How much was compared, and the differences: all are counted, the first ones are kept."""

    compared: int = 0
    drift: list[Drift] = Factory(list)
    counts: dict[DriftKind, int] = Factory(lambda: dict.fromkeys(DriftKind, 0))

    @property
    def drift_total(self) -> int:
        """How many differences were found."""
        return sum(self.counts.values())

    @property
    def mended(self) -> int:
        """How many of them were mended."""
        return self.counts[DriftKind.MENDED]

    @property
    def open(self) -> int:
        """How many could be mended, but were only to be shown."""
        return self.counts[DriftKind.OPEN]

    @property
    def needs_person(self) -> int:
        """How many no step can mend."""
        return self.counts[DriftKind.NEEDS_PERSON]

    def note(self, drift: Drift) -> None:
        """Count a difference, once; keep it if it is one of the first."""
        if drift.problem is not None and drift in self.drift:
            return
        self.counts[drift.kind] += 1
        if len(self.drift) < DRIFT_KEPT_MAX:
            self.drift.append(drift)


async def _at_once() -> None:
    """Go on without a pause."""


@define(kw_only=True)
class Comparison:
    """One channel under comparison, finding by finding, in whatever order they come.

    What depends on something that has not been found yet waits until the end; of very many, the
    last ones are given up at once. Where nothing is to be applied, what was proposed before about
    the same purchase is done first, and undone with it, as far as it is remembered. `pause` is
    awaited between two findings.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall
    channel: Channel
    is_to_be_applied: bool
    reason: str
    actor: Actor
    found: Found
    pause: Callable[[], Awaitable[None]] = _at_once
    silent: int = 0
    waiting: list[tuple[Finding, Conflict]] = field(factory=list)
    proposed: list[Finding] = field(factory=list)
    proposed_about: dict[str, list[int]] = field(factory=dict)

    async def see(self, finding: Finding | None) -> None:
        """Compare what was looked at; None is settled here.

        Raises the provider's own refusal where it has left several questions in a row unanswered.
        """
        self.found.compared += 1
        if finding is not None:
            await self.take(finding)
            self.silent = self.silent + 1 if isinstance(finding.fault, Busy) else 0
            if self.silent == SILENT_MAX and finding.fault is not None:
                raise finding.fault
        await self.pause()

    async def look_at(self, leg: Leg) -> None:
        """Look at everything of a leg. Raises what `see` does."""
        self.found.compared += leg.settled
        for look in leg.looks:
            await self.see(await look())
        await self.pause()

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
            if len(self.waiting) < WAITING_MAX:
                self.waiting.append((finding, refusal))
            else:
                await self._give_up(finding, refusal)
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

    def note(self, about: str, fault: Exception) -> str:
        """Note a difference that cannot be mended; return why, in words."""
        if isinstance(fault, BillingError):
            problem = f"{fault.code}: {fault}"
        else:
            problem = type(fault).__name__
            self.alarm(f"{self.channel}: {about} cannot be compared", fault)
        drift = Drift(channel=self.channel, about=about, problem=problem, names=worked_on())
        self.found.note(drift)
        return drift.problem or problem

    def _concern(self, concern: Concern) -> None:
        """Note what only a person can settle, however often it is come upon."""
        drift = Drift(
            channel=self.channel, about=concern.about, problem=concern.problem, names=concern.names
        )
        self.found.note(drift)

    def _propose(self, finding: Finding, effects: tuple[str, ...]) -> None:
        if not effects:
            return
        is_applied = self.is_to_be_applied
        if not is_applied and len(self.proposed) < PROPOSED_MAX:
            for name in finding.names:
                self.proposed_about.setdefault(name, []).append(len(self.proposed))
            self.proposed.append(finding)
        self.found.note(
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
        error = self.note(finding.about, fault)
        if finding.event is None or not self.is_to_be_applied:
            return
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
            if not self.is_to_be_applied:
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
                    self.actor,
                    "reconcile.apply",
                    f"{self.channel}:{finding.about}",
                    after=list(effects),
                    reason=self.reason,
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
