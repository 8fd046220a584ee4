"""What a store remembers of a virtual clock: how far ahead it is, and which process holds it."""

from __future__ import annotations

from datetime import datetime, timedelta

from application.ports.sandbox import SandboxRecord
from application.ports.unit_of_work import UnitOfWork

_KIND = "clock"
_AHEAD = "ahead"
_HOLDER = "holder"
_MICROSECOND = timedelta(microseconds=1)


async def read_ahead(work: UnitOfWork) -> timedelta | None:
    """Return how far the clock is ahead of the real time, or None if it never was moved."""
    found = await work.sandbox.get(_KIND, _AHEAD)
    return None if found is None else int(found.body) * _MICROSECOND


async def keep_ahead(work: UnitOfWork, ahead: timedelta) -> None:
    """Keep how far the clock is ahead, for the next start."""
    body = str(ahead // _MICROSECOND)
    await work.sandbox.put(SandboxRecord(kind=_KIND, id=_AHEAD, body=body))


async def held_until(work: UnitOfWork, holder: str) -> datetime | None:
    """Return until when, by the real time, a process other than this one holds the clock."""
    found = await work.sandbox.get(_KIND, _HOLDER)
    return None if found is None or found.body == _text(holder) else found.due_at


async def hold(work: UnitOfWork, holder: str, until: datetime) -> None:
    """Let a process hold the clock until an instant of the real time."""
    record = SandboxRecord(kind=_KIND, id=_HOLDER, body=_text(holder), due_at=until)
    await work.sandbox.put(record)


def _text(holder: str) -> str:
    return f'"{holder}"'
