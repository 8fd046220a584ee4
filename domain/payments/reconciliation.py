"""A comparison with the payment providers that was made: when, by whom, and what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum

from attrs import field, frozen
from attrs.converters import optional

from domain.payments.ids import Channel, ReconciliationId
from domain.storable_text import all_storable, storable


class DriftKind(Enum):
    """What has become of a difference: mended, left open because nobody asked, or for a person."""

    MENDED = "mended"
    OPEN = "open"
    NEEDS_PERSON = "needs_person"


@frozen(kw_only=True)
class Drift:
    """One difference: what it is about, and what mending it does, or why that cannot be done.

    `proposal` says in words what was done if `is_applied`, else what would be done. `names` are the
    ids of what was worked on when it was found, for the log. Texts are made `storable`:
    a provider wrote some of them.
    """

    channel: Channel
    about: str = field(converter=storable)
    proposal: tuple[str, ...] = field(default=(), converter=all_storable)
    problem: str | None = field(default=None, converter=optional(storable))
    is_applied: bool = False
    names: Mapping[str, str] = field(factory=dict, eq=False)

    @property
    def kind(self) -> DriftKind:
        """Say what has become of it."""
        if self.problem is not None:
            return DriftKind.NEEDS_PERSON
        return DriftKind.MENDED if self.is_applied else DriftKind.OPEN


@frozen(kw_only=True)
class Reconciliation:
    """One run, kept when it has ended. Its instants are of the real time, in which providers live.

    `started_by` is the worker itself (`system`), or whoever asked by command, console or API, in
    the request named; `mends` says whether differences were to be mended. `compared` things were
    looked at on `channels`; those that were not read to the end are `unread`. Differences are
    counted by what became of them; the first ones are kept beside the run.
    """

    id: ReconciliationId
    began_at: datetime
    ended_at: datetime
    started_by: str
    request_id: str
    reason: str
    mends: bool
    channels: tuple[Channel, ...]
    unread: tuple[Channel, ...] = ()
    compared: int
    mended: int = 0
    open: int = 0
    needs_person: int = 0

    @property
    def drift_total(self) -> int:
        """How many differences it found."""
        return self.mended + self.open + self.needs_person

    @property
    def is_clean(self) -> bool:
        """Say whether everything agreed, as far as every channel could be read."""
        return self.drift_total == 0 and not self.unread


def counted(drift: Iterable[Drift]) -> dict[DriftKind, int]:
    """Return how many differences there are of each kind."""
    counts = dict.fromkeys(DriftKind, 0)
    for each in drift:
        counts[each.kind] += 1
    return counts


DRIFT_KEPT_MAX = 1000
"""So many differences of a run are kept, the first ones; all of them are counted."""


def kept(drift: Sequence[Drift]) -> tuple[Drift, ...]:
    """Return the differences that are kept beside their run."""
    return tuple(drift[:DRIFT_KEPT_MAX])
