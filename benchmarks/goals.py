"""The goals, each a ratio to a limit that is measured in the same rounds, or a bound by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen


@frozen(kw_only=True)
class Goal:
    """What is wanted of one figure.

    `floor` is what must never be missed, `target` what is meant to be reached, `stretch` what would
    be excellent. Figures are rates over rates unless `is_less_better`. One that is only told, with
    nothing to be reached, has no marks.
    """

    name: str
    floor: float
    target: float
    stretch: float
    is_less_better: bool = False
    unit: str = "×"
    has_marks: bool = True

    @property
    def marks(self) -> str:
        """What is wanted, from the floor on, with its unit."""
        if not self.has_marks:
            return "–"
        return f"{self.floor:g} · {self.target:g} · {self.stretch:g} {self.unit}"

    def verdict(self, figure: float) -> str:
        """Say how far a figure got."""
        if not self.has_marks:
            return "–"
        for mark, name in (
            (self.stretch, "stretch"),
            (self.target, "target"),
            (self.floor, "floor"),
        ):
            if figure <= mark if self.is_less_better else figure >= mark:
                return name
        return "missed"


def _more(name: str, floor: float, target: float, stretch: float) -> Goal:
    return Goal(name=name, floor=floor, target=target, stretch=stretch)


def _less(name: str, floor: float, target: float, stretch: float, unit: str = "×") -> Goal:
    return Goal(
        name=name, floor=floor, target=target, stretch=stretch, is_less_better=True, unit=unit
    )


def _told(name: str) -> Goal:
    return Goal(name=name, floor=0, target=0, stretch=0, has_marks=False)


_EVERY: Sequence[Goal] = (
    _more("P1", 0.30, 0.6, 1.0),
    _more("P2", 0.35, 0.75, 1.5),
    _more("P3", 0.5, 1.0, 1.5),
    _less("P4", 10, 6, 3),
    _less("P5", 4, 3, 2.5),
    _more("P6", 0.30, 0.50, 0.60),
    _more("P7", 0.20, 0.45, 0.60),
    _more("P8 PostgreSQL", 0.05, 0.08, 0.12),
    _more("P8 SQLite", 0.15, 0.25, 0.35),
    _less("P9", 6, 2.5, 1.8),
    _more("P11", 0.7, 1.7, 4),
    _more("P13", 0.25, 0.4, 0.8),
    _more("P14", 0.35, 0.5, 0.6),
    _more("P16", 0.5, 0.9, 1.0),
    _more("P17 balance", 0.5, 0.8, 0.95),
    _more("P17 page", 0.5, 0.8, 0.95),
    _more("P17 deep page", 0.5, 0.8, 0.95),
    _more("P17 replay", 0.5, 0.65, 0.95),
    _more("P18 spend", 0.5, 0.75, 0.9),
    _less("P18 WAL", 15_000, 6_000, 3_000, "B"),
    _less("P19 idle", 120, 80, 60, "MiB"),
    _less("P19 growth", 20, 5, 2, "%"),
    _told("P20"),
)

GOALS: Mapping[str, Goal] = {goal.name: goal for goal in _EVERY}


def goals_named(only: str) -> frozenset[str]:
    """Return the goals that a comma-separated list names; all of them if it is empty.

    `P8` means both of its figures. Raises ValueError for a name there is not.
    """
    wanted = [part.strip() for part in only.split(",") if part.strip()]
    found = {
        name: [goal for goal in GOALS if goal == name or goal.split()[0] == name] for name in wanted
    }
    unknown = [name for name, goals in found.items() if not goals]
    if unknown:
        raise ValueError(f"there is no goal {', '.join(unknown)}")
    return frozenset(goal for goals in found.values() for goal in goals) or frozenset(GOALS)
