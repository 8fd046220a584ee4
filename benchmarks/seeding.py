"""A past written into an empty database, in bulk."""

from __future__ import annotations

import gc
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from itertools import islice
from typing import Any, TypeAlias

import asyncpg

from adapters.stores.sql.columns import instant_of, micros_of
from adapters.stores.sql.kept import AS_IT_IS, Kept
from adapters.stores.sql.ledger_rows import (
    GRANT,
    KEY,
    LINE,
    TEXT,
    WALLET,
    grant_row,
    key_row,
    line_row,
    text_row,
    wallet_row,
)
from adapters.stores.sql.postgres import migrate_postgres
from adapters.stores.sql.sqlite import migrate_sqlite
from adapters.system import system_clock
from application.figures.steps.tallies import LEDGER
from benchmarks.accounts import NOBODY, Range
from benchmarks.past import Past, Written
from domain.credits.proof_round import NIGHTLY

Rows: TypeAlias = list[tuple[Any, ...]]
Write: TypeAlias = Callable[[str, Sequence[str], Rows], Awaitable[None]]
Tell: TypeAlias = Callable[[int], None]

_AT_ONCE = 20_000
_MARK = ("name", "position")
_PROOF = ("due_at", "begun_at", "ended_at", "accounts", "lines", "breaches_total", "breaches")
_PAST_DAYS = 20
_IN_SQLITE = Kept(
    instant=micros_of,
    instant_from=instant_of,
    day=date.isoformat,
    day_from=date.fromisoformat,
)


def a_past(
    *,
    accounts: int,
    spends: int = 0,
    with_lots: Range = NOBODY,
    with_pages: Range = NOBODY,
) -> Past:
    """Return a past of so many accounts and spends, that began some days ago."""
    return Past(
        accounts=accounts,
        spends=spends,
        with_lots=with_lots,
        with_pages=with_pages,
        now=system_clock() - timedelta(days=_PAST_DAYS),
    )


async def seed_postgres(dsn: str, past: Past, tell: Tell) -> None:
    """Migrate an empty database, copy the past into it, and have it looked over as it will be."""
    await migrate_postgres(dsn)
    connection = await asyncpg.connect(dsn)

    async def copy(table: str, columns: Sequence[str], rows: Rows) -> None:
        await connection.copy_records_to_table(table, records=rows, columns=list(columns))

    try:
        await _write(past, AS_IT_IS, copy, tell)
        await connection.execute("VACUUM ANALYZE", timeout=600)
        await connection.execute("CHECKPOINT", timeout=600)
    finally:
        await connection.close()


async def seed_sqlite(path: str, past: Past, tell: Tell) -> None:
    """Make a file, and insert the past into it without waiting for the disk each time."""
    await migrate_sqlite(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA synchronous = OFF")

        async def insert(table: str, columns: Sequence[str], rows: Rows) -> None:
            marks = ", ".join("?" * len(columns))
            raw.execute("BEGIN")
            raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
            raw.execute("COMMIT")

        await _write(past, _IN_SQLITE, insert, tell)
        raw.execute("ANALYZE")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _write(past: Past, kept: Kept, write: Write, tell: Tell) -> None:
    with _nothing_collected():
        await _write_all(past, kept, write, tell)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Leave the collector out while wallets pile up: nothing here goes in circles.

    It would look through all of them again and again, for two fifths of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _write_all(past: Past, kept: Kept, write: Write, tell: Tell) -> None:
    lines, last_id = past.lines(), ""
    while some := list(islice(lines, _AT_ONCE)):
        last_id = some[-1].line.id
        for table, columns, rows in _rows_of(some, kept):
            await write(table, columns, rows)
        tell(len(some))
    wallets = [wallet_row(wallet, wallet.version, kept) for wallet in past.wallets.values()]
    await write("wallets", WALLET, wallets)
    await write("grants", GRANT, [grant_row(grant, kept) for grant in past.grants.values()])
    # A service with a past has counted it long ago, and proved it.
    await write("figure_marks", _MARK, [(LEDGER, last_id)])
    await write("proofs", _PROOF, [_proved(kept)])


def _proved(kept: Kept) -> tuple[Any, ...]:
    """Return a round of the proof that is over, and was the one due at the next hour of it.

    A run that crosses that hour meets no proof either.
    """
    now = system_clock()
    due_at = kept.instant(NIGHTLY.last_due_at(now) + timedelta(hours=NIGHTLY.every_hours))
    return (due_at, kept.instant(now), kept.instant(now), 0, 0, 0, "[]")


def _rows_of(some: Sequence[Written], kept: Kept) -> Iterator[tuple[str, Sequence[str], Rows]]:
    rows: dict[str, Rows] = defaultdict(list)
    for each in some:
        rows["transactions"].append(line_row(each.line, kept))
        rows["transaction_texts"].append(text_row(each.line))
        if each.keyed is not None:
            rows["ledger_keys"].append(key_row(each.keyed, kept))
    columns = {"transactions": LINE, "transaction_texts": TEXT, "ledger_keys": KEY}
    return ((table, columns[table], found) for table, found in rows.items())
