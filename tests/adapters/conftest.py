"""What tests of several adapters share."""

import sqlite3
from pathlib import Path

import pytest

from adapters.stores.sql.sqlite_file import migrate_file


@pytest.fixture(scope="session")
def empty_sqlite_file(tmp_path_factory: pytest.TempPathFactory, databases: set[str]) -> Path:
    """An SQLite file with our schema and nothing in it, to be copied."""
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    migrate_file(str(path))
    return path
