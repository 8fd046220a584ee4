"""Move the virtual clock, and let everything that is due on the way happen in order of time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.clock.steps.virtual_time import keep_ahead
from application.ports.idempotency import RequestKey
from application.ports.sandbox import Sandbox
from application.ports.system import Alarm, NewId, VirtualClock
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.audit import Actor
from domain.virtual_time import ClockIsMoving, ClockIsReal, ClockIsStuck, target_of

# What is due at one instant: so many rounds, each a batch of every kind. A round in which nothing
# happened, but a webhook is still on its way, waits a little for it.
ROUNDS_MAX = 600
WAIT_SECONDS = 0.1

DueStep = Callable[[], Awaitable[int]]
"""Do a batch of one kind of due work, and say how much of it there was."""


@frozen(kw_only=True)
class AdvanceClock:
    """Go to an instant, or so far from now: one of the two is said."""

    actor: Actor
    to: datetime | None = None
    by: timedelta | None = None
    key: RequestKey | None = None


@frozen(kw_only=True)
class ClockAdvanced:
    """The clock has arrived. `instants` is how many there were at which something was due."""

    from_at: datetime
    to_at: datetime
    instants: int
    happened: int
    is_replayed: bool = False


@frozen(kw_only=True)
class AdvancingClock:
    """Step from due instant to due instant, and go on from the last when nothing is left to do.

    At every instant the clock stands still, so that whatever happens there happens exactly then:
    what lapses first, then what begins. How far it has come is kept before anything happens there,
    so that a service that is stopped on the way goes on from that instant and never from before
    it. The worker's own jobs of billing time wait meanwhile: `turn` is theirs and ours.
    Refusals: ClockIsReal, ClockIsMoving, ClockIsStuck, ClockTargetRefused, InvalidField.
    """

    begin: BeginWork
    read: BeginRead
    clock: VirtualClock | None
    new_id: NewId
    sandbox: Sandbox | None
    steps: Sequence[DueStep]
    turn: asyncio.Lock
    alarm: Alarm

    async def __call__(self, command: AdvanceClock) -> ClockAdvanced:
        clock = self.clock
        if clock is None:
            raise ClockIsReal
        first = await self._answered(command)
        if first is not None:
            return first
        if clock.bound_for is not None:
            raise ClockIsMoving
        now = clock()
        target = target_of(now, to=command.to, by=command.by)
        clock.stand_at(now, bound_for=target)
        try:
            async with self.turn:
                instants, happened = await self._travel(clock, target)
            advanced = ClockAdvanced(
                from_at=now, to_at=target, instants=instants, happened=happened
            )
            await self._note(command, clock, advanced)
        finally:
            # Where it has come to: there it goes on at its own pace, whatever happened.
            clock.go_on()
        return advanced

    async def _travel(self, clock: VirtualClock, target: datetime) -> tuple[int, int]:
        """Visit every instant at which something is due, and the target itself at the end."""
        instants, happened = 0, await self._settled(clock())
        while (following := await self._next_after(clock())) is not None and following < target:
            happened += await self._visit(clock, following, target)
            instants += 1
        return instants, happened + await self._visit(clock, target, target)

    async def _visit(self, clock: VirtualClock, at: datetime, target: datetime) -> int:
        async with self.begin() as work:
            await keep_ahead(work, clock.ahead_at(at))
            await work.commit()
        clock.stand_at(at, bound_for=target)
        return await self._settled(at)

    async def _next_after(self, instant: datetime) -> datetime | None:
        async with self.read() as work:
            billing = await work.agenda.next_after(instant)
        sandbox = None if self.sandbox is None else await self.sandbox.next_due_after(instant)
        return min((due for due in (billing, sandbox) if due is not None), default=None)

    async def _settled(self, at: datetime) -> int:
        """Do everything that is due, round by round, until a round finds nothing."""
        happened = 0
        for _ in range(ROUNDS_MAX):
            done = 0
            for step in self.steps:
                done += await self._done(step)
            happened += done
            if done == 0:
                if self.sandbox is None or not await self.sandbox.is_telling():
                    return happened
                await asyncio.sleep(WAIT_SECONDS)
        raise ClockIsStuck(at=at)

    async def _done(self, step: DueStep) -> int:
        try:
            return await step()
        except Exception as fault:  # noqa: BLE001 - told to the operator, tried again later
            self.alarm("something due could not be done while the clock was moved", fault)
            return 0

    async def _answered(self, command: AdvanceClock) -> ClockAdvanced | None:
        """Return the first answer to a repeated request, which moves nothing."""
        if command.key is None:
            return None
        async with self.begin() as work:
            first = await work.answers.claim(command.key, ClockAdvanced)
        return None if first is None else evolve(first, is_replayed=True)

    async def _note(
        self, command: AdvanceClock, clock: VirtualClock, advanced: ClockAdvanced
    ) -> None:
        """Keep the answer and the audit line, and how far the clock is ahead in the end."""
        async with self.begin() as work:
            if command.key is not None:
                await work.answers.claim(command.key, ClockAdvanced)
                await work.answers.keep(command.key, advanced)
            await keep_ahead(work, clock.ahead_at(advanced.to_at))
            line = entry(
                self.new_id,
                advanced.to_at,
                command.actor,
                "clock.advance",
                "clock",
                before=advanced.from_at.isoformat(),
                after=advanced.to_at.isoformat(),
            )
            await work.audit_log.add(line)
            await work.commit()
