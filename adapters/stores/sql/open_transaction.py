"""One open database transaction, as the files of the areas see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Executable, Row, Select, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

AnyRow = Row[*tuple[Any, ...]]
Rows = Sequence[AnyRow]
Values = dict[str, Any]
"""The values of a row by the names of their columns."""

Insert = PostgresInsert | SqliteInsert
"""An insert that can say what to do about a conflict; each engine has its own."""

Selected = TypeVar("Selected", bound=Select[*tuple[Any, ...]])


class OpenTransaction(Protocol):
    """A transaction on either engine. Whoever opened it ends it; undone unless committed.

    What the database says no to is raised as WriteRefused, and what it does not answer as
    OutcomeUnknown.
    """

    @property
    def may_write(self) -> bool:
        """Say whether this transaction was opened to change anything."""
        ...

    async def run(self, statement: Executable, parameters: Sequence[Values] | None = None) -> Rows:
        """Run a statement, once or for each set of parameters, and return its rows."""
        ...

    def insert(self, table: Table) -> Insert:
        """Begin an insert in the engine's own dialect."""
        ...

    def locked(self, query: Selected) -> Selected:
        """Return a query that locks what it finds, if this transaction may write."""
        ...

    async def commit(self) -> None:
        """Make everything done so far durable. At most once, as the last thing."""
        ...


Open = Callable[[], AbstractAsyncContextManager[OpenTransaction]]
"""Open a transaction."""
