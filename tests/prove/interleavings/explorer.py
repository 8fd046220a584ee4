"""Scenarios played in every order there is, or in many drawn ones, and judged after each."""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Protocol, TypeVar

from attrs import Factory, define, field

from tests.prove.interleavings.loop import SteppingLoop
from tests.prove.interleavings.stage import (
    Actor,
    Prepared,
    Stage,
    Violations,
    a_bare_stage,
    as_prepared,
)
from tests.prove.interleavings.steps import Choose, Endless, Parked, Stuck

SWITCHES_MAX = 8

End = TypeVar("End")


class Scenario(Protocol):
    """Something that several do at once, and what must be true whoever comes first."""

    async def prepare(self, stage: Stage) -> None:
        """Bring about how things stand beforehand."""
        ...

    def actors(self, stage: Stage) -> Sequence[Actor]:
        """Return who does something: two to eight."""
        ...

    async def judge(self, stage: Stage, outcomes: Sequence[Any]) -> Violations:
        """Return what is wrong afterwards, given what each actor came to."""
        ...


@define(eq=False)
class Drawn:
    """One schedule, drawn: somebody goes on until it is somebody else's turn.

    How many turns there are at most is drawn first, so that both few and many are tried.
    """

    chance: random.Random
    switches_max: int
    switches: int = field()

    @switches.default
    def _switches(self) -> int:
        return self.chance.randint(0, self.switches_max)

    def __call__(self, parked: Sequence[Parked], last: int) -> int:
        """Choose who goes on."""
        going_on = [place for place, waiting in enumerate(parked) if waiting.who == last]
        if going_on:
            if not self.switches or self.chance.random() < 0.5:
                return going_on[0]
            self.switches -= 1
        return self.chance.randrange(len(parked))


@define(eq=False)
class Counted:
    """One schedule of all there are: choices are counted like the digits of a number."""

    digits: list[int] = Factory(list)
    sizes: list[int] = Factory(list)

    def __call__(self, parked: Sequence[Parked], last: int) -> int:
        """Choose as counted so far, and from there on whoever waits longest."""
        place = len(self.sizes)
        if place == len(self.digits):
            self.digits.append(0)
        self.sizes.append(len(parked))
        return self.digits[place]

    def following(self) -> "Counted | None":
        """Return the next schedule, or None after the last."""
        digits = list(self.digits)
        while digits:
            if digits[-1] + 1 < self.sizes[len(digits) - 1]:
                digits[-1] += 1
                return Counted(digits)
            digits.pop()
        return None


@define(kw_only=True)
class Explored:
    """How many schedules were played, and what the first wrong one showed."""

    schedules: int = 0
    steps: int = 0
    violations: Violations = Factory(list)

    def __str__(self) -> str:
        return f"{self.schedules} schedules, {self.steps} steps"


@define(kw_only=True)
class Explorer:
    """Plays a scenario over and over. `unlocked` are calls that forget their lock."""

    scenario: Scenario
    unlocked: tuple[str, ...] = ()
    loop: SteppingLoop = field(init=False)
    prepared: Prepared = field(init=False)

    def draw(
        self, seed: int, numbers: Iterable[int], *, switches_max: int = SWITCHES_MAX
    ) -> Explored:
        """Play drawn schedules until one is wrong; seed and number name one for ever.

        Without switches the actors come one after another, in a drawn order.
        """
        found = Explored()
        with self._ready():
            for number in numbers:
                name = f"{seed} {number}"
                self._play(found, Drawn(random.Random(name), switches_max), name)
                if found.violations:
                    break
        return found

    def exhaust(self, schedules_max: int) -> Explored:
        """Play every schedule there is, until one is wrong."""
        found = Explored()
        counted: Counted | None = Counted()
        with self._ready():
            while counted is not None and not found.violations:
                assert found.schedules < schedules_max, "there are more schedules than expected"
                self._play(found, counted, f"{counted.digits}")
                counted = counted.following()
        return found

    @contextmanager
    def _ready(self) -> Iterator[None]:
        with closing(SteppingLoop()) as self.loop, self.loop.running():
            stage = a_bare_stage(self.loop)
            stage.steps.free(self.scenario.prepare(stage))
            self.prepared = as_prepared(stage)
            yield

    def _play(self, found: Explored, choose: Choose, name: str) -> None:
        stage = self.prepared.stage(self.loop, self.unlocked)
        violations: Violations = []
        try:
            outcomes = stage.steps.run(self.scenario.actors(stage), choose)
            stage.steps.free(_judged(self.scenario, stage, outcomes, violations))
        except (Stuck, Endless) as fault:
            violations.append(f"{type(fault).__name__}: {fault}")
        except Exception as fault:  # noqa: BLE001 - whatever an actor stumbled over is a finding
            violations.append(f"somebody failed: {fault!r}")
        violations += self.loop.faults
        self.loop.faults.clear()
        found.schedules += 1
        found.steps += len(stage.steps.trace)
        if violations:
            scenario = type(self.scenario).__name__
            found.violations = [f"{scenario}, schedule {name}", *violations, *stage.steps.trace]


async def _judged(
    scenario: Scenario, stage: Stage, outcomes: Sequence[Any], violations: Violations
) -> None:
    violations += await scenario.judge(stage, outcomes)
    violations += await stage.broken_rules()


def came_to(kind: type[End], outcomes: Sequence[Any]) -> list[End]:
    """Return the outcomes of a kind, of actors that came to one or to several."""
    ends = [end for each in outcomes for end in (each if isinstance(each, list) else [each])]
    return [end for end in ends if isinstance(end, kind)]


def unless(is_so: bool, complaint: str) -> Violations:
    """Return the complaint unless all is as it must be."""
    return [] if is_so else [complaint]
