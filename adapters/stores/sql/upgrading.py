"""Taking the steps of the schema that a database lacks: the one place where Alembic is run."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    """Return what Alembic needs to work on a connection."""
    settings = Config()
    settings.set_main_option("script_location", "adapters.stores.sql:migrations")
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def take_steps(connection: Connection) -> None:
    """Take every step that is missing, in the open transaction."""
    command.upgrade(configuration(connection), "head")
