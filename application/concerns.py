"""What only a person can settle, and how that person hears of it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from application.ports.system import Alarm
from domain.payments.ids import Channel


@frozen
class NeedsPerson(Exception):
    """Something differs from what a provider says, and cannot be mended by itself."""

    problem: str

    def __str__(self) -> str:
        return self.problem


@frozen(kw_only=True)
class Concern:
    """One such thing: what it is about, and what is wrong with it, in words."""

    about: str
    problem: str


def raise_alarms(alarm: Alarm, channel: Channel, concerns: Iterable[Concern]) -> None:
    """Tell the operator of every concern. To be called once what raised them is committed."""
    for concern in concerns:
        alarm(f"{channel}: {concern.about} needs a person", NeedsPerson(concern.problem))
