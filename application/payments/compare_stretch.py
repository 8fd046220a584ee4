"""Compare a provider by and by: a stretch at a time, in one process after another, never in two."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import Factory, define, frozen

from application.payments.steps.comparison import Comparison, Found
from application.payments.steps.findings import Walk
from application.payments.steps.following import HEARD_LONG_AGO
from application.payments.steps.last_heard import last_heard
from application.ports.provider import Provider, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.payments.comparison_round import LEASE, ComparisonRound, Part, Track
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation

REASON = "scheduled"
_ACTOR = Actor(id="system")
_RUN_REASONS = {Track.NEWS: f"{REASON}: events", Track.STANDING: f"{REASON}: all that is open"}


@frozen(kw_only=True)
class CompareStretch:
    """Go on with a channel's round of a track, asking the provider at most so many times.

    Events are pulled to their end: to go through those that are settled takes next to nothing.
    """

    channel: Channel
    track: Track
    questions_max: int


@frozen(kw_only=True)
class StretchCompared:
    """The differences found in this stretch, the first ones of very many.

    `present` is the round as it stands, in whatever process it was last worked on; None where
    another process is at it, or where it could not be noted how far it has come.
    """

    drift: tuple[Drift, ...] = ()
    present: ComparisonRound | None = None


@frozen(kw_only=True)
class ComparingStretch:
    """Go on with the present round, or begin the one that is due; mend whatever differs.

    A round begins no sooner than `pace` after the one before began, and is over when everything has
    been looked at, however long that takes. It is claimed first, by a name that nobody else has: a
    process that is silent for longer than a lease has lost it, and what it mended stays mended.
    Where the provider does not answer, the round is put off for a while, and goes on from there.
    Whenever a round ends or is put off, what it found is kept as a run. `wall_clock` is the real
    time, in which providers live.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    pace: timedelta
    clock: Clock
    wall_clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall

    async def __call__(self, command: CompareStretch) -> StretchCompared:
        present, is_ours = await self._claimed(command)
        if not is_ours or present is None:
            return StretchCompared(present=present)
        stretch = _Stretch(present=present, claimed_at=self.wall_clock(), after=present.after)
        try:
            await self._go_on(stretch, command)
        except _ClaimLost:
            return StretchCompared(drift=tuple(stretch.found.drift))
        return StretchCompared(drift=tuple(stretch.found.drift), present=await self._told(stretch))

    async def _claimed(self, command: CompareStretch) -> tuple[ComparisonRound | None, bool]:
        channel, track, now = command.channel, command.track, self.wall_clock()
        async with self.read() as work:
            latest = await work.comparison_rounds.find(channel, track)
        if latest is not None and not latest.is_due(now, self.pace):
            return latest, False
        since = now if latest is not None else await last_heard(self.read, channel, now)
        async with self.begin() as work:
            if latest is None:
                present = ComparisonRound.first(channel, track, since, now)
                if not await work.comparison_rounds.begin(present):
                    return None, False
            else:
                present = await work.comparison_rounds.take(channel, track)
                if not present.is_due(now, self.pace):
                    return present, False
                if present.ended_at is not None:
                    present = present.next(now)
            claimed = present.claimed(self.new_id(), now)
            await work.comparison_rounds.save(claimed)
            await work.commit()
        return claimed, True

    async def _go_on(self, stretch: _Stretch, command: CompareStretch) -> None:
        """Compare, and bring what waits to an end however far that came. Raises _ClaimLost.

        The round goes on behind what was looked at and never comes back to it, so that what waited
        must be in the inbox by then. Where it cannot be brought there, the stretch counts for
        nothing: the round goes on from where it was before.
        """
        comparison = self._comparison(stretch)
        try:
            await self._compare(self.providers[command.channel], stretch, comparison, command)
        except _ClaimLost:
            raise
        except Exception as fault:  # noqa: BLE001 - told with what was found; it is tried again
            stretch.break_off(comparison, fault)
        try:
            await comparison.finish()
        except Exception as fault:  # noqa: BLE001 - told with what was found; it is tried again
            stretch.break_off(comparison, fault)
            stretch.after = stretch.present.after

    def _comparison(self, stretch: _Stretch) -> Comparison:
        async def pause() -> None:
            if self.wall_clock() - stretch.claimed_at > LEASE / 2:
                await self._claim_again(stretch)

        return Comparison(
            begin=self.begin,
            clock=self.clock,
            new_id=self.new_id,
            alarm=self.alarm,
            shortfall=self.shortfall,
            channel=stretch.present.channel,
            is_to_be_applied=True,
            reason=REASON,
            actor=_ACTOR,
            found=stretch.found,
            pause=pause,
        )

    async def _compare(
        self,
        provider: Provider,
        stretch: _Stretch,
        comparison: Comparison,
        command: CompareStretch,
    ) -> None:
        present = stretch.present
        walk = Walk(
            provider=provider,
            since=present.since_at,
            unheard_since=present.begun_at - HEARD_LONG_AGO,
            read=self.read,
        )
        if present.part is Part.EVENTS:
            async for finding in walk.events():
                await comparison.see(finding)
            return
        left = command.questions_max
        while left > 0:
            leg = await walk.leg(present.part, stretch.after, command.questions_max)
            await comparison.look_at(leg)
            stretch.after = leg.next
            if leg.next is None:
                return
            left -= max(leg.asked, 1)

    async def _claim_again(self, stretch: _Stretch) -> None:
        present = stretch.present
        async with self.begin() as work:
            found = await work.comparison_rounds.take(present.channel, present.track)
            if found.claim is None or found.claim != present.claim:
                raise _ClaimLost
            stretch.claimed_at = self.wall_clock()
            await work.comparison_rounds.save(found.claimed(found.claim, stretch.claimed_at))
            await work.commit()

    async def _told(self, stretch: _Stretch) -> ComparisonRound | None:
        """Keep how far the round has come, and the run where it has ended or is put off.

        What was mended stands in any case, so that a store which takes neither is but told of.
        Then the round goes on from where it was before, once the claim is over.
        """
        now = self.wall_clock()
        try:
            return await self._noted(stretch, now)
        except Exception as fault:  # noqa: BLE001 - what was mended stands, and has to be told
            self.alarm("a comparison with the providers cannot be kept", fault)
            return None

    async def _noted(self, stretch: _Stretch, now: datetime) -> ComparisonRound | None:
        present, found = stretch.present, stretch.found
        async with self.begin() as work:
            after = await work.comparison_rounds.take(present.channel, present.track)
            if after.claim != present.claim:
                return None
            after = after.found(found.compared, found.drift, found.counts)
            if stretch.is_broken_off:
                after = after.put_off(stretch.after, now)
            else:
                after = after.advanced(stretch.after, now)
            if stretch.is_broken_off or after.ended_at is not None:
                # In the same commit: what was found is counted anew from here on, or never again.
                await work.reconciliations.add(self._run(after, now), after.drift)
            await work.comparison_rounds.save(after.told() if stretch.is_broken_off else after)
            await work.commit()
        return after

    def _run(self, present: ComparisonRound, now: datetime) -> Reconciliation:
        return Reconciliation(
            id=ReconciliationId(self.new_id()),
            began_at=present.begun_at,
            ended_at=now,
            started_by=_ACTOR.id,
            request_id=_ACTOR.request_id,
            reason=_RUN_REASONS[present.track],
            mends=True,
            channels=(present.channel,),
            unread=(present.channel,) if present.is_unread else (),
            compared=present.compared,
            mended=present.mended,
            open=present.open,
            needs_person=present.needs_person,
        )


@define(kw_only=True)
class _Stretch:
    """What is known of a stretch while it is worked on."""

    present: ComparisonRound
    claimed_at: datetime
    found: Found = Factory(Found)
    after: str | None
    is_broken_off: bool = False

    def break_off(self, comparison: Comparison, fault: Exception) -> None:
        """Note that the round cannot go on now, and why."""
        self.is_broken_off = True
        comparison.note(f"everything since {self.present.since_at:%Y-%m-%dT%H:%M:%SZ}", fault)


class _ClaimLost(Exception):
    """Another process has gone on with the round meanwhile."""
