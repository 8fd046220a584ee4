"""What SQLite's errors mean, and refusing what PostgreSQL would refuse."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from application.ports.credits import OutcomeUnknown, WriteRefused

_encode = msgspec.json.Encoder().encode
_ESCAPED_NUL = b"\\u0000"

# What SQLite says about the statement itself; the rest is about the file, the disk or a lock.
_VERDICTS = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    OverflowError,
    UnicodeEncodeError,
)


@contextmanager
def judging() -> Iterator[None]:
    """Raise SQLite's errors as what they mean: WriteRefused or OutcomeUnknown."""
    try:
        yield
    except _VERDICTS as refusal:
        raise WriteRefused(str(refusal)) from refusal
    except (sqlite3.Error, PoolTimeout) as silence:
        raise OutcomeUnknown(str(silence)) from silence
    except DBAPIError as wrapped:
        if isinstance(wrapped.orig, _VERDICTS):
            raise WriteRefused(str(wrapped.orig)) from wrapped
        raise OutcomeUnknown(str(wrapped.orig)) from wrapped


def refuse_nul(values: Iterable[Any]) -> None:
    """Refuse text with a NUL in it, which PostgreSQL cannot keep, wherever it stands.

    Raises WriteRefused.
    """
    for value in values:
        if isinstance(value, str):
            if "\x00" in value:
                raise WriteRefused("text must not contain the character NUL")
        elif isinstance(value, (tuple, list, dict)):
            refuse_nul(value.values() if isinstance(value, dict) else value)


def refuse_nul_in_rows(rows: Sequence[tuple[Any, ...]]) -> None:
    """Refuse rows of plain values with a NUL in a text, looking at all of them at once.

    A NUL needs an escape to be written down, and hardly any row has that one; texts that merely
    look like it are gone through one by one. Raises WriteRefused.
    """
    if _ESCAPED_NUL in _encode(rows):
        refuse_nul(rows)


def refuse_nul_through(engine: Engine) -> None:
    """Let every statement that goes through the engine refuse text with a NUL in it."""
    event.listen(engine, "before_cursor_execute", _refuse_nul, named=True)


def _refuse_nul(**statement: Any) -> None:
    refuse_nul(statement["parameters"])
