"""`billing clock` as it is called; what the commands do lies in `entrypoints/commands/clock.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from entrypoints.invocation import AdminKey, beside_up, log_to_standard_error, run

if TYPE_CHECKING:
    from entrypoints.commands.clock import StepGone

clock = App(name="clock", help="The billing clock of the running service; a virtual one moves.")

_SECONDS_MAX = 10 * 366 * 86_400
Days = Annotated[int, Parameter(validator=Number(gte=1, lte=10 * 366))]
Seconds = Annotated[int, Parameter(validator=Number(gte=1, lte=_SECONDS_MAX))]


@clock.command(name="show")
def show(*, key: AdminKey = None) -> None:
    """Show what time it is for billing."""
    from entrypoints.commands.clock import shown

    log_to_standard_error("ERROR")
    found = run(shown(beside_up(), key))
    kind = f"virtual, ahead by {found.ahead}" if found.is_virtual else "the real time"
    print(f"{found.now.isoformat()} ({kind})")


@clock.command(name="advance")
def advance(
    *,
    days: Days | None = None,
    seconds: Seconds | None = None,
    to: str | None = None,
    key: AdminKey = None,
) -> None:
    """Move the virtual clock, and wait until everything due on the way has happened.

    Parameters
    ----------
    days
        By so many days of 24 hours.
    seconds
        By so many seconds.
    to
        To an instant (2027-01-31T12:00Z), or to the first one of a day (2027-01-31), in UTC.
    """
    from entrypoints.commands.clock import advance as move

    log_to_standard_error("ERROR")
    by = None
    if days is not None or seconds is not None:
        by = timedelta(days=days or 0, seconds=seconds or 0)
    run(move(beside_up(), key, to, by, _show_step))


def _show_step(step: StepGone) -> None:
    print(
        f"{step.now.isoformat()}: {step.happened} things happened at {step.instants} instants",
        flush=True,
    )
