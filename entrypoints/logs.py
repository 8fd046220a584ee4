"""What the service logs: one line an event, on the standard error, and never a secret."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import structlog

from application.worked_on import about, worked_on

REQUEST_ID_LOGGED: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is served here, or the run of a job: whatever is logged meanwhile names it."""


def configure(level: int = logging.INFO, *, as_json: bool | None = None) -> None:
    """Log from this level on: in colour for a person at a terminal, else as a JSON object a line.

    Tracebacks show lines of code and no values: a frame of the sign-in holds credentials.
    """
    is_json = not sys.stderr.isatty() if as_json is None else as_json
    ending: list[structlog.types.Processor]
    if is_json:
        ending = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        ending = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
        processors=[
            *WHAT_FOR,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *ending,
        ],
    )


def _with_request_id(
    _logger: Any, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    request_id = REQUEST_ID_LOGGED.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def _with_work(
    _logger: Any, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    for name, value in worked_on().items():
        event.setdefault(name, value)
    return event


WHAT_FOR: Sequence[structlog.types.Processor] = (
    structlog.contextvars.merge_contextvars,
    _with_request_id,
    _with_work,
)
"""What adds to every line for whom and about what it was written."""


def log_alarm(message: str, fault: BaseException) -> None:
    """Tell the operator about a fault that no caller hears of: of several, each on its own line."""
    log = structlog.get_logger("billing")
    for each in _apart(fault):
        log.error(message, exc_info=each, **about(each))


def _apart(fault: BaseException) -> Iterator[BaseException]:
    if isinstance(fault, BaseExceptionGroup):
        for each in fault.exceptions:
            yield from _apart(each)
    else:
        yield fault
