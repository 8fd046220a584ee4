"""The state of a database's schema, and bringing it up to what this code knows."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from application.ports.store import SchemaMismatch, SchemaState


def configuration(connection: Connection) -> Config:
    """Return what Alembic needs to work on a connection."""
    settings = Config()
    settings.set_main_option("script_location", "adapters.stores.sql:migrations")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def revision_of(connection: Connection) -> str | None:
    """Return the step that a database's schema has come to, or None if it has none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


def state_of(connection: Connection) -> SchemaState:
    """Compare a database's schema with this code."""
    steps = ScriptDirectory.from_config(configuration(connection))
    revision = revision_of(connection)
    if revision == steps.get_current_head():
        return SchemaState.CURRENT
    if revision is None:
        return SchemaState.BEHIND
    try:
        steps.get_revision(revision)
    except CommandError:
        return SchemaState.AHEAD
    return SchemaState.BEHIND


@cache
def earlier_steps() -> frozenset[str]:
    """Name every step of the history but the last: a database that stands there is behind."""
    settings = Config()
    settings.set_main_option("script_location", "adapters.stores.sql:migrations")
    settings.set_main_option("path_separator", "os")
    steps = ScriptDirectory.from_config(settings)
    return frozenset(each.revision for each in steps.walk_revisions()) - set(steps.get_heads())


def refuse_earlier(revision: str, database: str) -> None:
    """Raise SchemaMismatch for a step before the last; a later one is another version's matter."""
    if revision in earlier_steps():
        raise SchemaMismatch(database, SchemaState.BEHIND)


def upgrade(connection: Connection, database: str) -> None:
    """Run the steps that are missing, in the open transaction. Raises SchemaMismatch if ahead."""
    state = state_of(connection)
    if state is SchemaState.AHEAD:
        raise SchemaMismatch(database, state)
    if state is SchemaState.BEHIND:
        command.upgrade(configuration(connection), "head")
