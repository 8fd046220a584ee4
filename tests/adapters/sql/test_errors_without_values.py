"""What a failing statement was to write stays out of its error, and so out of the log."""

import io
import traceback
from collections.abc import Awaitable, Callable

import asyncpg
import pytest
import structlog

from adapters.stores.sql.postgres import PostgresStore
from adapters.stores.sql.postgres_errors import judging
from application.ports.credits import OutcomeUnknown, WriteRefused
from domain.credits.ids import AccountId
from tests.adapters.sql.databases import Psql, SqlStore
from tests.adapters.stores.steps import batch_of, commit, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import granted

CANARY = "canary-4711"
NAME = AccountId(CANARY)

Attempt = Callable[[SqlStore], Awaitable[object]]


async def _change_schema(store: SqlStore, on_postgres: str, on_sqlite: str) -> None:
    if isinstance(store, PostgresStore):
        await Psql(store.dsn).rows(on_postgres)
    else:
        await store.writer.alone(lambda raw: raw.execute(on_sqlite))


async def _forbid_rows(store: SqlStore, table: str) -> None:
    """Put a rule on a table that no row keeps."""
    await _change_schema(
        store,
        f"ALTER TABLE {table} ADD CONSTRAINT no_row CHECK (false) NOT VALID",
        f"CREATE TRIGGER no_row BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no_row'); END",
    )


async def _write_what_the_ledger_forbids(store: SqlStore) -> None:
    wallet = await load(store, NAME)
    await _forbid_rows(store, "wallets")
    await store.ledger.write(batch_of(granted(wallet)))


async def _write_what_a_table_forbids(store: SqlStore) -> None:
    await _forbid_rows(store, "accounts")
    await commit(store, lambda work: work.accounts.save(an_account(id=NAME, email=CANARY)))


async def _write_to_a_table_that_is_gone(store: SqlStore) -> None:
    gone = "ALTER TABLE accounts RENAME TO accounts_gone"
    await _change_schema(store, gone, gone)
    await commit(store, lambda work: work.accounts.save(an_account(id=NAME, email=CANARY)))


ATTEMPTS: tuple[Attempt, ...] = (
    _write_what_the_ledger_forbids,
    _write_what_a_table_forbids,
    _write_to_a_table_that_is_gone,
)


def _logged(fault: BaseException) -> str:
    """Return what the service logs about a fault."""
    written = io.StringIO()
    structlog.wrap_logger(
        structlog.PrintLogger(written),
        processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    ).error("store_silent", exc_info=fault)
    return written.getvalue()


def _everything_said(fault: BaseException) -> str:
    return "".join((str(fault), *traceback.format_exception(fault), _logged(fault)))


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__.strip("_"))
async def test_an_error_of_the_store_does_not_say_what_was_to_be_written(
    sql_store: SqlStore, attempt: Attempt
) -> None:
    with pytest.raises((WriteRefused, OutcomeUnknown)) as refused:
        await attempt(sql_store)

    assert CANARY not in _everything_said(refused.value)


def test_data_that_postgres_cannot_read_is_not_repeated() -> None:
    with pytest.raises(WriteRefused) as refused, judging():
        raise asyncpg.DataError(f"invalid input for query argument $1: {CANARY!r}")

    assert CANARY not in _everything_said(refused.value)
    assert "22000" in str(refused.value)
