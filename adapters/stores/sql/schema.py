"""The state of a database's schema, and bringing it up to what this code knows.

Whoever only looks loads nothing of Alembic, which is as large as the ledger's own driver: a service
that finds its schema in place never needs it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from adapters.stores.sql.tables.all_tables import ALL_TABLES
from application.ports.store import SchemaMismatch, SchemaState

_STEPS = "adapters.stores.sql.migrations.versions"
_STEP = re.compile(r"r(?P<number>[0-9]{4})_\w+\.py")
_VERSIONS = "alembic_version"
# One statement, as reading every table through SQLAlchemy takes a hundred of them.
_COLUMNS = {
    "sqlite": (
        "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c "
        "WHERE m.type = 'table'"
    ),
    "postgresql": (
        "SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a "
        "ON a.attrelid = c.oid WHERE c.relnamespace = current_schema()::regnamespace "
        "AND a.attnum > 0 AND NOT a.attisdropped"
    ),
}


@cache
def steps() -> tuple[str, ...]:
    """Return the names of all steps, first to last: each stands in the name of its file."""
    found = (_STEP.fullmatch(each.name) for each in files(_STEPS).iterdir())
    return tuple(sorted(step["number"] for step in found if step is not None))


def revision_of(connection: Connection) -> str | None:
    """Return the step that a database's schema has come to, or None if it has none of ours."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar_one_or_none()  # noqa: S608 -- our own name


def state_of(connection: Connection) -> SchemaState:
    """Compare a database's schema with this code."""
    revision = revision_of(connection)
    if revision == steps()[-1]:
        return SchemaState.CURRENT if _is_complete(connection) else SchemaState.INCOMPLETE
    is_ours = revision is None or revision in steps()
    return SchemaState.BEHIND if is_ours else SchemaState.AHEAD


def _is_complete(connection: Connection) -> bool:
    """Say whether every column that this code knows is there."""
    found = {
        (row[0], row[1]) for row in connection.execute(text(_COLUMNS[connection.dialect.name]))
    }
    return all((table.name, column.name) in found for table in ALL_TABLES for column in table.c)


def refuse_earlier(revision: str, database: str) -> None:
    """Raise SchemaMismatch for a step before the last; a later one is another version's matter."""
    if revision in steps()[:-1]:
        raise SchemaMismatch(database, SchemaState.BEHIND)


def upgrade(connection: Connection, database: str) -> None:
    """Run the steps that are missing, in the open transaction.

    Raises SchemaMismatch if the database is ahead or incomplete: no step would mend that.
    """
    state = state_of(connection)
    if state in (SchemaState.AHEAD, SchemaState.INCOMPLETE):
        raise SchemaMismatch(database, state)
    if state is SchemaState.BEHIND:
        from adapters.stores.sql.upgrading import take_steps

        take_steps(connection)
