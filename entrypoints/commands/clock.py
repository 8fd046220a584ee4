"""`billing clock`: the time machine of a running service, asked by the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from domain.errors import InvalidField
from entrypoints.commands.reach import running_service
from entrypoints.commands.refusals import CommandRefused
from entrypoints.settings import Settings

# A year is gone in steps, so that each request stays short and every step is shown.
_STEP = timedelta(days=31)


@frozen(kw_only=True)
class ClockShown:
    """The billing clock of a running service, and how far it is ahead of the real time."""

    now: datetime
    is_virtual: bool
    ahead: timedelta


@frozen(kw_only=True)
class StepGone:
    """One step of the way: where it ended, and how much happened."""

    now: datetime
    instants: int
    happened: int


async def shown(settings: Settings, admin_key: str | None) -> ClockShown:
    """Return what time it is for billing. Raises CommandRefused."""
    answer = await running_service(settings, admin_key).ask("GET", "/admin/clock")
    return ClockShown(
        now=_instant(answer["now"]),
        is_virtual=answer["is_virtual"],
        ahead=timedelta(seconds=answer["ahead_seconds"]),
    )


async def advance(
    settings: Settings,
    admin_key: str | None,
    to: str | None,
    by: timedelta | None,
    show: Callable[[StepGone], None],
) -> None:
    """Move the clock step by step, and show each when all that was due on it has happened.

    Every step names its instant, so that one whose answer was lost is not gone twice. Raises
    CommandRefused, InvalidField.
    """
    if (to is None) is (by is None):
        raise CommandRefused("say how far: one of --days, --seconds and --to")
    service = running_service(settings, admin_key)
    now = _instant((await service.ask("GET", "/admin/clock"))["now"])
    target = now + by if by is not None else _said(to or "")
    while True:
        # Time goes on while we ask: a step that is short ends with the target.
        step = min(target, now + _STEP)
        answer: Mapping[str, Any] = await service.ask(
            "POST", "/admin/clock/advance", {"to": step.isoformat()}
        )
        now = _instant(answer["now"])
        show(StepGone(now=now, instants=answer["instants"], happened=answer["happened"]))
        if now >= target:
            return


def _said(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        problem = "must be a day (2027-01-31) or an instant (2027-01-31T12:00Z)"
        raise InvalidField(path="--to", problem=problem) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
