"""What is written for ever: the database itself refuses to change or delete it."""

import sqlite3
from contextlib import closing

import asyncpg
import pytest
from sqlalchemy import Executable, Table, delete, update

from adapters.stores.sql.sqlite import SqliteStore
from adapters.stores.sql.tables.access import audit_log
from adapters.stores.sql.tables.credits import transaction_texts, transactions
from adapters.stores.sql.tables.rates import rate_cards, rates
from adapters.stores.sql.unit_of_work import SqlUnitOfWork
from application.ports.credits import WriteRefused
from application.ports.paging import PageRequest
from tests.adapters.sql.databases import Psql, SqlStore
from tests.adapters.stores.steps import commit, funded
from tests.support.builders.access import an_audit_entry
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.rates import a_card

KEPT_FOR_EVER = (transactions, audit_log, rate_cards, rates)


async def _run(store: SqlStore, statement: Executable) -> None:
    async with store.begin() as work:
        assert isinstance(work, SqlUnitOfWork)
        await work.transaction.run(statement)
        await work.commit()


async def _keep_one_of_each(store: SqlStore) -> None:
    await funded(store)
    await commit(store, lambda work: work.audit_log.add(an_audit_entry()))
    await commit(store, lambda work: work.rate_cards.add(a_card()))


async def test_no_column_of_a_row_that_is_kept_for_ever_can_be_changed(
    sql_store: SqlStore,
) -> None:
    await _keep_one_of_each(sql_store)

    for table in KEPT_FOR_EVER:
        for column in table.columns:
            # A change to the very same value is a change, too; `cause` is NULL here.
            with pytest.raises(WriteRefused, match="never changed"):
                await _run(sql_store, update(table).values({column.name: column}))


@pytest.mark.parametrize("table", KEPT_FOR_EVER, ids=lambda table: str(table.name))
async def test_a_row_that_is_kept_for_ever_cannot_be_deleted(
    sql_store: SqlStore, table: Table
) -> None:
    await _keep_one_of_each(sql_store)

    with pytest.raises(WriteRefused, match="never deleted"):
        await _run(sql_store, delete(table))


async def test_the_text_of_a_transaction_can_be_erased(sql_store: SqlStore) -> None:
    await funded(sql_store)

    await _run(sql_store, delete(transaction_texts))

    (shown,) = (await sql_store.statements.page(SOMEBODY, PageRequest())).items
    (line,) = await sql_store.records.lines(SOMEBODY, 0, 10)
    assert (shown.description, shown.metadata) == ("", "")
    assert line.text is None
    assert len(line.text_digest) == 32


async def test_the_ledger_cannot_be_emptied_at_once_on_postgres(postgres_dsn: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="never deleted"):
        await Psql(postgres_dsn).rows("TRUNCATE transactions")


async def test_replacing_a_transaction_is_refused_on_sqlite(sqlite_store: SqliteStore) -> None:
    await funded(sqlite_store)

    def replace(connection: sqlite3.Connection) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute("INSERT OR REPLACE INTO transactions SELECT * FROM transactions")

    with pytest.raises(WriteRefused, match="never"):
        await sqlite_store.writer.alone(replace)
