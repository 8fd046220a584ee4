"""The SQLite file: held by one process at a time, backed up before it is migrated."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

from adapters.stores.sql.schema import revision_of, state_of, upgrade
from application.ports.credits import OutcomeUnknown
from application.ports.store import SchemaMismatch, SchemaState, StoreInUse

_LOG = logging.getLogger(__name__)
_BUSY_S = 5.0
_CHECKPOINT_PAGES = 4000
_CACHE_KIB = 16_384

# Between these releases two connections that write or checkpoint in the same moment can corrupt
# a file. Ours has one connection that does either.
_WAL_FAULT_FIRST = (3, 7, 0)
_WAL_FAULT_LAST = (3, 51, 2)
_WAL_FAULT_FIXED = frozenset({(3, 44, 6), (3, 50, 7)})


def has_wal_fault(version: tuple[int, ...]) -> bool:
    """Say whether a release of SQLite is one of those with the known fault."""
    return _WAL_FAULT_FIRST <= version <= _WAL_FAULT_LAST and version not in _WAL_FAULT_FIXED


def warn_of_wal_fault() -> None:
    """Note a release of SQLite with the known fault, which one writing connection does not meet."""
    if has_wal_fault(sqlite3.sqlite_version_info):
        _LOG.warning(
            "SQLite %s can corrupt a file that several connections write at once. This service "
            "writes through one: let no other program write to the file while it runs.",
            sqlite3.sqlite_version,
        )


@contextmanager
def held(path: str) -> Iterator[None]:
    """Hold the file for this process while the block is open.

    Raises StoreInUse, IsADirectoryError.
    """
    _refuse_folder(path)
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise StoreInUse(path, os.pread(descriptor, 20, 0).decode().strip()) from taken
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def connect_for_writing(path: str) -> sqlite3.Connection:
    """Open the connection that writes; each commit it acknowledges survives a power failure.

    Raises OutcomeUnknown for a file that is none of SQLite's, or cannot be opened.
    """
    with _naming(path):
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_S, cached_statements=512
        )
        try:
            _prepare_for_writing(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare_for_writing(connection: sqlite3.Connection) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # Without this a REPLACE would delete rows past the triggers that refuse it.
        "recursive_triggers = ON",
        # A group of spends touches some 200 pages here and there: by SQLite's own thousand, every
        # few groups would wait until all of them have been copied into the file, and flushed.
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        f"cache_size = -{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def address_for_reading(path: str) -> str:
    """Return the address under which the file is opened to be read only."""
    return f"file:{quote(path)}?mode=ro"


def connect_for_reading(path: str) -> sqlite3.Connection:
    """Open a connection that cannot write, nor checkpoint. Raises OutcomeUnknown."""
    with _naming(path):
        return sqlite3.connect(
            address_for_reading(path),
            uri=True,
            isolation_level=None,
            timeout=_BUSY_S,
            cached_statements=512,
        )


def state_of_file(path: str) -> SchemaState:
    """Compare the schema of a file with this code; a file that is not there is behind.

    Raises OutcomeUnknown for a file that is none of SQLite's, IsADirectoryError.
    """
    if not Path(path).exists():
        return SchemaState.BEHIND
    _refuse_folder(path)
    with closing(connect_for_reading(path)) as connection, _naming(path), _core(connection) as core:
        return state_of(core)


def migrate_file(path: str) -> None:
    """Bring a file to this code's schema in one transaction, after writing a backup of it.

    Raises StoreInUse, SchemaMismatch if the file is newer than this code or incomplete, and
    OutcomeUnknown if it is none of SQLite's.
    """
    with held(path):
        _make(path)
        with closing(connect_for_writing(path)) as connection, _core(connection) as core:
            with _naming(path):
                state = state_of(core)
                revision = revision_of(core)
            if state is SchemaState.CURRENT:
                return
            if state is not SchemaState.BEHIND:
                raise SchemaMismatch(path, state)
            core.rollback()
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None:
                _back_up(connection, f"{path}.backup-{revision or 'unversioned'}")
            connection.execute("BEGIN IMMEDIATE")
            upgrade(core, path)
            core.commit()


def _back_up(connection: sqlite3.Connection, path: str) -> None:
    """Copy the database as it is to a file that appears under its name only when it is whole."""
    unfinished = Path(f"{path}.part")
    unfinished.unlink(missing_ok=True)
    _make(str(unfinished))
    with closing(sqlite3.connect(unfinished)) as copy:
        connection.backup(copy)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(path)


@contextmanager
def _core(connection: sqlite3.Connection) -> Iterator[Connection]:
    """Give the connection as SQLAlchemy sees it."""
    engine = create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, hide_parameters=True
    )
    with engine.connect() as core:
        yield core


def _make(path: str) -> None:
    """Make the file where there is none, for its owner alone; SQLite's own beside it follow it."""
    # Never opened where it exists: closing it again would end the locks SQLite has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _refuse_folder(path: str) -> None:
    if Path(path).is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Raise what SQLite says while a file is opened as OutcomeUnknown that names the file."""
    try:
        yield
    except sqlite3.Error as fault:
        raise OutcomeUnknown(f"{path}: {fault}") from fault
    except DBAPIError as wrapped:
        raise OutcomeUnknown(f"{path}: {wrapped.orig}") from wrapped
