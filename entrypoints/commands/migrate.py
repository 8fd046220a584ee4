"""`billing migrate`: bring the store to this code's schema, and say what was done."""

from __future__ import annotations

from pathlib import Path

from application.ports.store import SchemaMismatch, SchemaState
from entrypoints.adapter_table import migrate
from entrypoints.container import Container
from entrypoints.settings import Settings, StoreKind


async def migrate_store(settings: Settings) -> str:
    """Migrate, and return one line for the operator. Raises StoreInUse, SchemaMismatch."""
    if settings.store_kind is StoreKind.MEMORY:
        return "memory:// has no schema: there is nothing to do."
    store = settings.sqlite_path if settings.store_kind is StoreKind.SQLITE else "the database"
    if await _is_current(settings):
        return f"The schema of {store} is up to date: there is nothing to do."
    before = _backups(settings)
    await migrate(settings)
    made = sorted(_backups(settings) - before)
    if made:
        return f"The schema of {store} was brought up to date; as it was before: {made[-1]}."
    return f"The schema of {store} was brought up to date."


async def _is_current(settings: Settings) -> bool:
    try:
        async with Container(settings=settings).store():
            return True
    except SchemaMismatch as mismatch:
        if mismatch.state is not SchemaState.BEHIND:
            raise
        return False


def _backups(settings: Settings) -> set[Path]:
    if settings.store_kind is not StoreKind.SQLITE:
        return set()
    path = Path(settings.sqlite_path)
    return set(path.parent.glob(f"{path.name}.backup-*"))
