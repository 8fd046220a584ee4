"""What a failing statement was to write stays out of its error, and so out of the log."""

import io
import traceback
from collections.abc import Awaitable, Callable

import pytest
import structlog
from attrs import evolve

from adapters.stores.sql.postgres import PostgresStore
from application.ports.credits import OutcomeUnknown, WriteRefused
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.wallet import Posting
from tests.adapters.sql.databases import Psql, SqlStore
from tests.adapters.stores.steps import batch_of, commit, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import granted

CANARY = "canary-4711"
TOO_LARGE = 47_110_815_000_000_000_000_000
NAME = AccountId(CANARY)

Attempt = Callable[[SqlStore], Awaitable[object]]


async def _broken(store: SqlStore) -> Posting:
    """Return a change of the wallet whose line breaks a rule of the schema."""
    posting = granted(await load(store, NAME))
    return evolve(
        posting, transactions=tuple(evolve(line, balance_after=-1) for line in posting.transactions)
    )


async def _write_broken_line(store: SqlStore) -> None:
    await store.ledger.write(batch_of(await _broken(store)))


async def _write_broken_line_in_a_unit_of_work(store: SqlStore) -> None:
    broken = await _broken(store)

    async def save(work: UnitOfWork) -> None:
        await work.wallets.take(NAME)
        await work.wallets.save(broken)

    await commit(store, save)


async def _write_too_large_a_number(store: SqlStore) -> None:
    posting = granted(await load(store, NAME))
    large = tuple(evolve(line, amount=TOO_LARGE) for line in posting.transactions)
    await store.ledger.write(batch_of(evolve(posting, transactions=large)))


async def _write_to_a_table_that_is_gone(store: SqlStore) -> None:
    statement = "ALTER TABLE accounts RENAME TO accounts_gone"
    if isinstance(store, PostgresStore):
        await Psql(store.dsn).rows(statement)
    else:
        await store.writer.alone(lambda raw: raw.execute(statement))
    await commit(store, lambda work: work.accounts.save(an_account(id=NAME, email=CANARY)))


ATTEMPTS: tuple[Attempt, ...] = (
    _write_broken_line,
    _write_broken_line_in_a_unit_of_work,
    _write_too_large_a_number,
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


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.__name__.strip("_"))
async def test_an_error_of_the_store_does_not_say_what_was_to_be_written(
    sql_store: SqlStore, attempt: Attempt
) -> None:
    with pytest.raises((WriteRefused, OutcomeUnknown)) as refused:
        await attempt(sql_store)

    said = "".join((str(refused.value), *traceback.format_exception(refused.value)))
    said += _logged(refused.value)
    assert CANARY not in said
    assert str(TOO_LARGE) not in said
