"""What PostgreSQL's errors mean: its own verdict on a statement, or no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from application.ports.credits import OutcomeUnknown, WriteRefused

# Classes of SQLSTATE in which the server judges the statement itself: data, integrity, syntax and
# rights, a limit of the program, a function's own error. Deadlocks, serialisation, shutdowns, full
# disks and lost connections are none of the statement's fault.
_VERDICTS = frozenset({"22", "23", "42", "54", "P0"})


def is_verdict(state: str | None) -> bool:
    """Say whether an SQLSTATE is the server's verdict on the statement."""
    return state is not None and state[:2] in _VERDICTS


@contextmanager
def judging() -> Iterator[None]:
    """Raise the drivers' errors as what they mean: WriteRefused or OutcomeUnknown."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if is_verdict(error.sqlstate):
            raise WriteRefused(str(error)) from error
        raise OutcomeUnknown(str(error)) from error
    except DBAPIError as wrapped:
        if is_verdict(getattr(wrapped.orig, "sqlstate", None)):
            raise WriteRefused(str(wrapped.orig)) from wrapped
        raise OutcomeUnknown(str(wrapped.orig)) from wrapped
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, PoolTimeout) as silence:
        raise OutcomeUnknown(str(silence)) from silence
    except (OSError, TimeoutError) as silence:
        raise OutcomeUnknown(str(silence) or "the database did not answer in time") from silence
