"""What only a person can settle, and how that person hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from application.ports.system import Alarm
from application.worked_on import tell_about, worked_on
from domain.payments.ids import Channel


@frozen
class NeedsPerson(Exception):
    """Something differs from what a provider says, and cannot be mended by itself."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@frozen(kw_only=True)
class Concern:
    """One such thing: what it is about, and what is wrong with it, in words.

    `names` are the ids of what was worked on when it was come upon, for the log.
    """

    about: str
    problem: str
    names: Mapping[str, str] = field(factory=worked_on, eq=False)


def raise_alarms(alarm: Alarm, channel: Channel, concerns: Iterable[Concern]) -> None:
    """Tell the operator of every concern. To be called once what raised them is committed."""
    for concern in concerns:
        fault = NeedsPerson(concern.problem)
        tell_about(fault, concern.names)
        alarm(f"{channel}: {concern.about} needs a person", fault)
