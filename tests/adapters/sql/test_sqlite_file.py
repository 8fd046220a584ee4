"""One process holds an SQLite file, and a backup or a copy of it is complete."""

import asyncio
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from adapters.stores.sql.sqlite import SqliteStore, migrate_sqlite, open_sqlite
from adapters.stores.sql.sqlite_file import connect_for_writing, has_wal_fault
from application.ports.credits import OutcomeUnknown
from application.ports.store import StoreInUse
from domain.credits.posting import Posting
from tests.adapters.stores.steps import batch_of, commit, funded, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, spent

_LONG = "x" * 100_000

_HOLD = """
import asyncio, sys
from adapters.stores.sql.sqlite import open_sqlite

async def hold():
    async with open_sqlite(sys.argv[1]):
        print("held", flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


async def test_a_second_store_on_a_file_is_refused_by_name(sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path):
        with pytest.raises(StoreInUse) as refused:
            async with open_sqlite(sqlite_path):
                pass

    assert sqlite_path in str(refused.value)
    assert str(os.getpid()) in str(refused.value)


async def test_a_file_that_is_in_use_is_not_migrated(sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path):
        with pytest.raises(StoreInUse):
            await migrate_sqlite(sqlite_path)


async def test_a_file_is_free_again_once_its_store_is_closed(sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path) as store:
        await funded(store)

    async with open_sqlite(sqlite_path) as store:
        assert (await load(store, SOMEBODY)).posted == 100


async def test_another_process_that_was_killed_holds_nothing(sqlite_path: str) -> None:
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLD, sqlite_path, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await asyncio.wait_for(other.stdout.readline(), 20) == b"held\n"
    with pytest.raises(StoreInUse, match=str(other.pid)):
        async with open_sqlite(sqlite_path):
            pass

    other.kill()
    await other.wait()

    async with open_sqlite(sqlite_path) as store:
        await funded(store)


async def test_a_closed_file_is_complete_without_the_files_beside_it(
    sqlite_path: str, tmp_path: Path
) -> None:
    async with open_sqlite(sqlite_path) as store:
        await funded(store)

    copy = str(shutil.copy(sqlite_path, tmp_path / "copy.db"))

    async with open_sqlite(copy) as store:
        assert (await load(store, SOMEBODY)).posted == 100


def test_the_writing_connection_flushes_every_commit_and_checks_every_reference(
    sqlite_path: str,
) -> None:
    with closing(connect_for_writing(sqlite_path)) as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


async def test_what_reads_cannot_write(sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path) as store:
        with pytest.raises(Exception, match="readonly"):
            store.reader.rows("DELETE FROM wallets", ())


@pytest.mark.parametrize(
    ("version", "is_faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_releases_with_the_known_fault_are_told_from_others(
    version: tuple[int, ...], is_faulty: bool
) -> None:
    assert has_wal_fault(version) is is_faulty


async def test_a_release_with_the_known_fault_is_noted_and_used(
    sqlite_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_sqlite(sqlite_path):
        noted = "can corrupt a file" in caplog.text

    assert noted is has_wal_fault(sqlite3.sqlite_version_info)


async def test_a_full_disk_is_said_at_once_and_forgotten_when_there_is_room_again(
    sqlite_path: str,
) -> None:
    async with open_sqlite(sqlite_path) as store:
        wallet = await funded(store)
        await store.writer.hop(lambda: _limit_pages(store, 1))

        with pytest.raises(OutcomeUnknown, match="full"):
            await store.ledger.write(batch_of(_with_a_long_cause(spent(wallet))))
        with pytest.raises(OutcomeUnknown, match="full"):
            await commit(store, lambda work: work.accounts.save(an_account(email=_LONG)))

        assert await load(store, SOMEBODY) == wallet
        await store.writer.hop(lambda: _limit_pages(store, 1_000_000))
        assert (await store.ledger.write(batch_of(spent(wallet)))).written == {SOMEBODY}


def _with_a_long_cause(posting: Posting) -> Posting:
    (line,) = posting.transactions
    return evolve(posting, transactions=(evolve(line, cause=_LONG),))


def _limit_pages(store: SqliteStore, pages: int) -> None:
    """Let the file grow to so many pages, or to as many as it has, if those are more."""
    store.writer.raw.execute(f"PRAGMA max_page_count = {pages}")
