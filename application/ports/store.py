"""A whole store: everything the service keeps, opened and closed as one."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Protocol, Self

from attrs import frozen

from application.ports.credits import Ledger, LedgerRecords, Statements
from application.ports.unit_of_work import BeginRead, BeginWork


class SchemaState(Enum):
    """How a database's schema compares with this code."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    INCOMPLETE = "incomplete"
    """It has taken every step, but lacks a table or a column: unreleased code made it."""


@frozen
class SchemaMismatch(Exception):
    """The database is not of this code's schema, so the service does not start."""

    database: str
    state: SchemaState

    def __str__(self) -> str:
        match self.state:
            case SchemaState.AHEAD:
                return (
                    f"The schema of {self.database} is newer than this version of the service; "
                    "start the newer version, or restore the backup made before its migration."
                )
            case SchemaState.INCOMPLETE:
                return (
                    f"The schema of {self.database} lacks a table or a column of its revision: "
                    "it was made by a version that was never released; make the database anew."
                )
            case _:
                return f"The schema of {self.database} is not up to date; run `billing migrate`."


@frozen
class StoreInUse(Exception):
    """Another process, or another part of this one, holds the store."""

    path: str
    holder: str

    def __str__(self) -> str:
        return (
            f"{self.path} is in use by process {self.holder or 'unknown'}. An SQLite file serves "
            "one process: stop that one first, ask it over HTTP, or use PostgreSQL."
        )


class Store(Protocol):
    """One kind of store, as a context: it is open inside.

    Entering raises StoreInUse, SchemaMismatch, or what the driver raises if it cannot be reached.
    """

    @property
    def ledger(self) -> Ledger: ...
    @property
    def statements(self) -> Statements: ...
    @property
    def records(self) -> LedgerRecords: ...
    @property
    def begin(self) -> BeginWork: ...
    @property
    def read(self) -> BeginRead: ...

    async def ping(self) -> None:
        """Ask the store something small. Raises if it does not answer, or lacks a migration."""
        ...

    async def read_clock(self) -> datetime | None:
        """Return what the store's own clock shows, or None where it has none but this machine's."""
        return None

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
