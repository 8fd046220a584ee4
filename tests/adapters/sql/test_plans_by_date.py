"""What admins look for by its date is found by an index, however much there is."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.stores.sql.postgres import PostgresStore
from adapters.stores.sql.sqlite import open_sqlite
from application.ports.credits import TransactionFilter
from application.ports.events import EventFilter
from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter, OrderFilter
from application.ports.store import Store
from tests.adapters.sql.databases import Psql
from tests.adapters.sql.filling import fill
from tests.adapters.stores.steps import look
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON

ROWS = 6_000
OWN = "pk_transactions"
LATELY = NOON + timedelta(hours=ROWS - 24)
FROM, TO = NOON + timedelta(hours=5000), NOON + timedelta(hours=5024)
Said = list[tuple[str, Any]]


async def _transactions(store: Store) -> None:
    where = TransactionFilter(from_at=FROM, to_at=TO)
    await store.statements.search(where, PageRequest())


async def _transactions_of_one(store: Store) -> None:
    where = TransactionFilter(account_id=SOMEBODY, from_at=FROM, to_at=TO)
    await store.statements.search(where, PageRequest())


async def _orders(store: Store) -> None:
    where = OrderFilter(from_at=FROM, to_at=TO)
    await look(store, lambda work: work.orders.search(where, PageRequest()))


async def _webhooks(store: Store) -> None:
    where = InboxFilter(from_at=FROM, to_at=TO)
    await look(store, lambda work: work.inbox.page(where, PageRequest()))


async def _events(store: Store) -> None:
    where = EventFilter(from_at=FROM, to_at=TO)
    await look(store, lambda work: work.outbox.page(where, PageRequest()))


async def _who_was_lost(store: Store) -> None:
    await look(store, lambda work: work.figures.cohort(LATELY))


READS: Mapping[str, Callable[[Store], Awaitable[None]]] = {
    "ix_transactions_at": _transactions,
    OWN: _transactions_of_one,
    "ix_orders_created": _orders,
    "ix_inbox_received": _webhooks,
    "ix_outbox_at": _events,
    "ix_subscriptions_paying": _who_was_lost,
    "ix_subscriptions_ended": _who_was_lost,
}

# Every hour one more of what is there already.
MORE: Mapping[str, str] = {
    "transactions": "'id', 'line-' || n, 'account_id', 'user-' || n % 99, 'seq', n, 'at', hour",
    "orders": "'id', 'order-' || n, 'created_at', hour, 'receipt_number', NULL",
    "inbox": "'id', 'inbox-' || n, 'event_id', 'evt-' || n, 'received_at', hour",
    "outbox": "'id', 'event-' || n, 'at', hour",
    # Most have ended; of those that live, few are paid for.
    "subscriptions": "'id', 'sub-' || n, 'account_id', 'user-' || n, 'is_live', n % 3 = 0,"
    " 'ended_at', CASE WHEN n % 3 > 0 THEN hour END, 'price_minor', 990,"
    f" 'paying_from_at', CASE WHEN n % 3 > 0 OR n % 99 = 0 THEN timestamptz '{NOON}' END",
}


@contextmanager
def listening() -> Iterator[Said]:
    """Keep the queries that are sent meanwhile, with their values."""
    said: Said = []

    def keep(_connection: object, _cursor: object, text: str, values: Any, *_: object) -> None:
        if text.lstrip().upper().startswith("SELECT"):
            said.append((text, values))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


@pytest.mark.parametrize("index", READS)
async def test_sqlite_searches_for_a_range_of_dates(index: str, sqlite_path: str) -> None:
    async with open_sqlite(sqlite_path) as store:
        with listening() as said:
            await READS[index](store)

    steps = _sqlite_plan(sqlite_path, said)

    assert steps
    assert not [step for step in steps if step.startswith("SCAN")], steps
    assert any(index in step or index == OWN for step in steps), steps


def _sqlite_plan(path: str, said: Said) -> Sequence[str]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
            for text, values in said
        ]
    engine.dispose()
    return [row[-1] for plan in plans for row in plan]


async def test_postgres_searches_for_a_range_of_dates(postgres_store: PostgresStore) -> None:
    await fill(postgres_store)
    database = Psql(postgres_store.dsn)
    for table, values in MORE.items():
        more = f"to_jsonb(one) || jsonb_build_object({values})"
        await database.rows(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, {more})).*"
            f" FROM (SELECT * FROM {table} LIMIT 1) AS one, generate_series(1000, {ROWS}) AS n,"
            f" LATERAL (SELECT timestamptz '{NOON}' + n * interval '1 hour' AS hour) AS hours"
        )
    await database.rows("ANALYZE")

    for index, read in READS.items():
        with listening() as said:
            await read(postgres_store)
        plan = await _postgres_plan(postgres_store.dsn, said)
        assert not any(f"Seq Scan on {table} " in plan for table in MORE), plan
        assert index in plan, plan


async def _postgres_plan(dsn: str, said: Said) -> str:
    engine = create_async_engine(dsn.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        plans = [
            (await connection.exec_driver_sql(f"EXPLAIN {text}", values)).all()
            for text, values in said
        ]
    await engine.dispose()
    return "\n".join(row[0] for plan in plans for row in plan)
