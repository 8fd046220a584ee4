"""What every command shares: how it runs, logs, refuses, and by which key it asks a service.

Whatever is heavy is imported by the command that needs it, so that `billing --help` is quick.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

from cyclopts import Parameter

if TYPE_CHECKING:
    from entrypoints.settings import Settings

T = TypeVar("T")

_REFUSED = 2
# What a shell reports of a process that SIGTERM has ended.
_TERMINATED = 128 + signal.SIGTERM

AdminKey = Annotated[
    str | None,
    Parameter(
        name="--key",
        env_var="BILLING_ADMIN_KEY",
        show_default=False,
        help="An API key with the role owner, for asking a running service.",
    ),
]


def end_on_sigterm() -> None:
    """End the process at once when it is told to leave, as Linux ends any but a container's first.

    That one ignores SIGTERM unless it handles it, and would be waited for until it is killed.
    A service puts its own calm way out in this one's place.
    """
    signal.signal(signal.SIGTERM, lambda _signal, _frame: os._exit(_TERMINATED))


def beside_up() -> Settings:
    """Return the settings of the environment, or of the `billing up` that runs beside us."""
    from entrypoints.commands.development import settings_beside_up

    return settings_beside_up(os.environ)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work on the quickest loop there is."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(work)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def log_to_standard_error(level: str) -> None:
    """Keep the standard output for what a command answers."""
    import logging

    from entrypoints.logs import configure

    least = logging.getLevelNamesMapping()[level]
    # What libraries tell about their doings is of no interest, what worries them is.
    logging.basicConfig(
        level=max(least, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(message)s"
    )
    configure(least)


def refuse(line: str) -> NoReturn:
    """End the process with one line on the standard error, and exit code 2."""
    print(f"billing: {line}", file=sys.stderr)
    sys.exit(_REFUSED)
