"""Where use cases stop and wait to be let on: at every call of a port, and at every taken lock."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Sequence
from contextvars import ContextVar
from typing import Any

from attrs import Factory, define

from domain.errors import BillingError
from tests.prove.interleavings.loop import SteppingLoop

STEPS_MAX = 2000
"""A schedule that is longer than this goes round in circles."""


class Stuck(Exception):
    """Nobody can go on: locks are held in a circle, or something awaited never comes."""


class Endless(Exception):
    """The actors go on for ever."""


@define(eq=False)
class Parked:
    """Somebody who waits to be let on, and what they will do then."""

    what: str
    who: int
    gate: asyncio.Future[None]


Choose = Callable[[Sequence[Parked], int], int]
"""Say which of those who wait goes on; the second argument is who went on last, 0 at first."""

# Which actor something is done for: the tasks that an actor starts inherit it.
_ACTOR = ContextVar("_ACTOR", default=0)


@define(eq=False)
class Locks:
    """Locks on rows, each held by one unit of work until it ends, given on in the order asked."""

    holders: dict[Hashable, object] = Factory(dict)
    queues: dict[Hashable, deque[tuple[object, asyncio.Future[None]]]] = Factory(dict)

    async def take(self, name: Hashable, unit: object) -> bool:
        """Lock a row for a unit of work; say whether that had to wait."""
        holder = self.holders.setdefault(name, unit)
        if holder is unit:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queues.setdefault(name, deque()).append((unit, turn))
        await turn
        return True

    def release(self, unit: object) -> None:
        """Let go of all that a unit of work holds."""
        for name in [name for name, holder in self.holders.items() if holder is unit]:
            del self.holders[name]
            queue = self.queues.get(name, deque())
            while queue:
                following, turn = queue.popleft()
                if not turn.done():
                    self.holders[name] = following
                    turn.set_result(None)
                    break

    @property
    def awaited(self) -> Sequence[Hashable]:
        """The locks that somebody waits for."""
        return [
            name for name, queue in self.queues.items() if any(not turn.done() for _, turn in queue)
        ]


@define(eq=False)
class Steps:
    """One schedule: who waits, who holds what, and what has been done so far.

    While it `is_free` nobody is stopped: that is how a scenario is prepared and judged.
    """

    loop: SteppingLoop
    locks: Locks = Factory(Locks)
    parked: list[Parked] = Factory(list)
    trace: list[str] = Factory(list)
    is_free: bool = True

    async def step(self, what: str) -> None:
        """Wait to be let on."""
        if self.is_free:
            return
        gate: asyncio.Future[None] = self.loop.create_future()
        self.parked.append(Parked(what, _ACTOR.get(), gate))
        await gate

    def run(self, actors: Sequence[Coroutine[Any, Any, object]], choose: Choose) -> list[object]:
        """Step actors until all are done, and return what became of each.

        A refusal is what an actor came to; any other exception is a fault and is raised.
        Raises Stuck, Endless.
        """
        self.is_free = False
        tasks = [
            self.loop.create_task(_outcome(place, actor)) for place, actor in enumerate(actors, 1)
        ]
        try:
            self._drive(tasks, choose)
            return [task.result() for task in tasks]
        finally:
            self.is_free = True
            self._clear_away(tasks)

    def free(self, act: Coroutine[Any, Any, object]) -> None:
        """Run something from beginning to end, without stopping it."""
        task = self.loop.create_task(act)
        self.loop.settle()
        if not task.done():
            self._clear_away([task])
            raise Stuck("what should run by itself waits for somebody")
        task.result()

    def _drive(self, tasks: Sequence[asyncio.Task[object]], choose: Choose) -> None:
        loop, parked = self.loop, self.parked
        last = 0
        loop.settle()
        while True:
            if parked:
                chosen = parked.pop(choose(parked, last) if len(parked) > 1 else 0)
                last = chosen.who
                self.trace.append(f"actor {last}: {chosen.what}")
                chosen.gate.set_result(None)
                if len(self.trace) > STEPS_MAX:
                    raise Endless(f"more than {STEPS_MAX} steps")
            elif all(task.done() for task in tasks):
                return
            elif self.locks.awaited:
                raise Stuck(f"locks awaited in a circle: {self.locks.awaited}")
            elif not loop.pass_time():
                raise Stuck("something is awaited that never comes")
            loop.settle()

    def _clear_away(self, tasks: Sequence[asyncio.Task[object]]) -> None:
        for waiting in self.parked:
            waiting.gate.cancel()
        self.parked.clear()
        for task in tasks:
            task.cancel()
        self.loop.settle()


async def _outcome(place: int, actor: Coroutine[Any, Any, object]) -> object:
    _ACTOR.set(place)
    try:
        return await actor
    except BillingError as refusal:
        return refusal
