"""When SQLite does not answer whoever only reads: said as such, and the next one is answered."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from adapters.stores.sql.sqlite import SqliteStore, open_sqlite
from application.ports.credits import OutcomeUnknown
from tests.support.builders.credits import SOMEBODY

_READERS = 4


async def test_whoever_waits_too_long_for_a_turn_to_read_is_told_that_nothing_answers(
    sqlite_path: str,
) -> None:
    async with SqliteStore(sqlite_path, wait_seconds=0.05) as store:
        async with AsyncExitStack() as held:
            for _ in range(_READERS):
                work = await held.enter_async_context(store.read())
                await work.accounts.find(SOMEBODY)

            with pytest.raises(OutcomeUnknown):
                async with store.read():
                    pass

        async with store.read() as work:
            assert await work.accounts.find(SOMEBODY) is None


async def test_many_who_read_at_once_take_turns(sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path) as store:

        async def reads() -> object:
            async with store.read() as work:
                return await work.accounts.find(SOMEBODY)

        async with asyncio.timeout(10):
            assert await asyncio.gather(*(reads() for _ in range(50))) == [None] * 50


async def test_a_file_that_cannot_be_opened_for_reading_does_not_answer(sqlite_path: str) -> None:
    elsewhere = Path(f"{sqlite_path}-elsewhere")
    async with open_sqlite(sqlite_path) as store:
        Path(sqlite_path).rename(elsewhere)

        with pytest.raises(OutcomeUnknown):
            async with store.read() as work:
                await work.accounts.find(SOMEBODY)

        elsewhere.rename(sqlite_path)
        async with store.read() as work:
            assert await work.accounts.find(SOMEBODY) is None
