"""What PostgreSQL's errors mean: its own verdict on a statement, or no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from application.ports.credits import OutcomeUnknown, WalletLocked, WriteRefused

# Classes of SQLSTATE in which the server judges the statement itself: data, integrity, syntax and
# rights, a limit of the program, a function's own error. Deadlocks, serialisation, shutdowns, full
# disks and lost connections are none of the statement's fault.
_VERDICTS = frozenset({"22", "23", "42", "54", "P0"})

# The class of data that cannot be read or kept: its sentences quote the data.
_DATA = "22"
_LOCK_NOT_AVAILABLE = "55P03"


def is_verdict(state: str | None) -> bool:
    """Say whether an SQLSTATE is the server's verdict on the statement."""
    return state is not None and state[:2] in _VERDICTS


def is_locked(state: str | None) -> bool:
    """Say whether an SQLSTATE means that a lock was not to be had in time; nothing was done."""
    return state == _LOCK_NOT_AVAILABLE


@contextmanager
def judging_locks() -> Iterator[None]:
    """Raise errors as `judging` does, but a lock that was not to be had as WalletLocked.

    For the ledger alone: it waits so briefly that this says who is in the way, not that the store
    is in trouble.
    """
    with judging():
        try:
            yield
        except asyncpg.PostgresError as error:
            if is_locked(error.sqlstate):
                raise WalletLocked(str(error)) from error
            raise


@contextmanager
def judging() -> Iterator[None]:
    """Raise the drivers' errors as what they mean: WriteRefused or OutcomeUnknown.

    An error that quotes what was to be written is left out of theirs: they end up in the log.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _meaning(error) from (None if _quotes_values(error) else error)
    except DBAPIError as wrapped:
        # SQLAlchemy's error has the driver's as cause of the one that it wraps.
        cause = None if wrapped.orig is None else wrapped.orig.__cause__
        if isinstance(cause, asyncpg.PostgresError):
            raise _meaning(cause) from (None if _quotes_values(cause) else wrapped)
        raise OutcomeUnknown(str(wrapped.orig)) from wrapped
    except (asyncpg.InterfaceError, asyncpg.InternalClientError, PoolTimeout) as silence:
        raise OutcomeUnknown(str(silence)) from silence
    except (OSError, TimeoutError) as silence:
        raise OutcomeUnknown(str(silence) or "the database did not answer in time") from silence


def _meaning(error: asyncpg.PostgresError) -> WriteRefused | OutcomeUnknown:
    said = _said(error)
    return WriteRefused(said) if is_verdict(error.sqlstate) else OutcomeUnknown(said)


def _said(error: asyncpg.PostgresError) -> str:
    """Return what the server says without what it quotes: the DETAIL, a value it cannot read."""
    code = f"SQLSTATE {error.sqlstate}"
    if _is_about_data(error):
        return code
    sentence = "".join(str(error.args[0]).splitlines()[:1]) if error.args else ""
    return f"{sentence} ({code})" if sentence else code


def _quotes_values(error: asyncpg.PostgresError) -> bool:
    return _is_about_data(error) or bool(getattr(error, "detail", None))


def _is_about_data(error: asyncpg.PostgresError) -> bool:
    return (error.sqlstate or "").startswith(_DATA)
