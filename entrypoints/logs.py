"""What the service logs: one line an event, on the standard error, and never a secret."""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

REQUEST_ID_LOGGED: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that is being served here: whatever is logged meanwhile names it."""


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
            structlog.contextvars.merge_contextvars,
            _with_request_id,
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


def log_alarm(message: str, fault: BaseException) -> None:
    """Tell the operator about a fault that no caller hears of."""
    structlog.get_logger("billing").error(message, exc_info=fault)
