"""Whoever is cancelled leaves no transaction open and no lock, and loses nothing acknowledged."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from adapters.stores.sql.postgres import PostgresStore
from adapters.stores.sql.sqlite import SqliteStore
from domain.access.audit import AuditEntry
from domain.credits.ids import AccountId
from tests.adapters.sql.databases import Psql, SqlStore
from tests.adapters.stores.steps import batch_of, commit, funded, load
from tests.support.builders.access import an_account, an_audit_entry
from tests.support.builders.credits import SOMEBODY, granted, spent

_UNITS = 150
_AT_ONCE = 15


async def test_units_of_work_cancelled_anywhere_keep_what_they_acknowledged(
    sql_store: SqlStore,
) -> None:
    chance = random.Random(20260112)
    acknowledged: list[AuditEntry] = []

    async def unit(entry: AuditEntry) -> None:
        async with sql_store.begin() as work:
            await work.wallets.take(SOMEBODY)
            await work.audit_log.add(entry)
            await work.commit()
        acknowledged.append(entry)

    for _ in range(_UNITS // _AT_ONCE):
        entries = [an_audit_entry(target="cancelled") for _ in range(_AT_ONCE)]
        tasks = [asyncio.create_task(unit(entry)) for entry in entries]
        for task in tasks:
            await asyncio.sleep(chance.random() * 0.004)
            if chance.random() < 0.6:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async with asyncio.timeout(10):
        stored = await commit(sql_store, lambda work: work.audit_log.of_target("cancelled", _UNITS))
    assert 0 < len(acknowledged) < _UNITS
    assert {entry.id for entry in acknowledged} <= {entry.id for entry in stored}


async def _cancel_amid(work: Awaitable[object], begun: asyncio.Event) -> None:
    task = asyncio.ensure_future(work)
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_a_cancelled_unit_of_work_holds_nothing(sql_store: SqlStore) -> None:
    await funded(sql_store)
    begun = asyncio.Event()

    async def unit() -> None:
        async with sql_store.begin() as work:
            await work.wallets.save(spent(await work.wallets.take(SOMEBODY), 10))
            begun.set()
            await asyncio.sleep(60)

    await _cancel_amid(unit(), begun)

    async with asyncio.timeout(5), sql_store.begin() as work:
        assert (await work.wallets.take(SOMEBODY)).posted == 100
        await work.commit()


async def test_cancelled_work_leaves_no_transaction_open_on_postgres(
    postgres_store: PostgresStore,
) -> None:
    look = Psql(postgres_store.dsn)
    wallet = await funded(postgres_store)
    begun = asyncio.Event()

    async def waits_for_a_lock(call: Callable[[], Awaitable[object]]) -> None:
        begun.set()
        await call()

    async with postgres_store.begin() as work:
        await work.wallets.take(SOMEBODY)
        for call in (
            lambda: postgres_store.ledger.write(batch_of(spent(wallet))),
            lambda: postgres_store.ledger.exclusively([SOMEBODY], lambda _: batch_of()),
            lambda: commit(postgres_store, lambda other: other.wallets.take(SOMEBODY)),
        ):
            task = asyncio.create_task(waits_for_a_lock(call))
            await asyncio.sleep(0.05)
            assert not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await work.commit()

    await look.until_no_transaction_is_open()
    async with asyncio.timeout(5):
        assert (await load(postgres_store, SOMEBODY)).version <= wallet.version + 1
        await postgres_store.ledger.write(batch_of(granted(await load(postgres_store, SOMEBODY))))


async def test_a_cancelled_group_ends_before_the_next_one_begins_on_sqlite(
    sqlite_store: SqliteStore,
) -> None:
    for turn in range(30):
        account_id = AccountId(f"user-{turn}")
        write = asyncio.create_task(
            sqlite_store.ledger.write(batch_of(granted(await load(sqlite_store, account_id))))
        )
        await asyncio.sleep(0)
        write.cancel()
        await commit(sqlite_store, lambda work: work.accounts.save(an_account()))
        await asyncio.gather(write, return_exceptions=True)

        assert (await load(sqlite_store, account_id)).posted in {0, 100}
