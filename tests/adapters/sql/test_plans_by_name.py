"""Webhooks are found by a name through an index, and no body is read for it."""

from collections.abc import Sequence

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.stores.sql.postgres import PostgresStore
from adapters.stores.sql.sqlite import open_sqlite
from application.ports.payments import NotedName
from application.ports.store import Store
from domain.payments.ids import InboxId
from domain.payments.webhook_names import NameDigest
from tests.adapters.sql.databases import Psql
from tests.adapters.sql.test_plans_by_date import Said, listening
from tests.adapters.stores.steps import look

NAMES = [NameDigest(number) for number in range(-50, 50)]
LAST = NotedName(name=NAMES[7], inbox_id=InboxId("inbox-7"))


async def _said_to_find(store: Store, after: NotedName | None) -> Said:
    with listening() as said:
        await look(store, lambda work: work.inbox.noted_by(NAMES, after, 100))
    return said


@pytest.mark.parametrize("after", [None, LAST])
async def test_sqlite_searches_its_index_of_names(
    sqlite_path: str, after: NotedName | None
) -> None:
    async with open_sqlite(sqlite_path) as store:
        said = await _said_to_find(store, after)

    engine = create_engine(f"sqlite:///{sqlite_path}")
    with engine.connect() as connection:
        steps = _rows(
            [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all()
                for text, values in said
            ]
        )
    engine.dispose()

    assert any(step.startswith("SEARCH inbox_names USING COVERING INDEX") for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN")], steps


@pytest.mark.parametrize("after", [None, LAST])
async def test_postgres_searches_its_index_of_names(
    postgres_store: PostgresStore, after: NotedName | None
) -> None:
    await Psql(postgres_store.dsn).rows(
        "INSERT INTO inbox_names SELECT hashint8(number), 'inbox-' || number / 20"
        " FROM generate_series(1, 40000) AS number"
    )
    await Psql(postgres_store.dsn).rows("ANALYZE inbox_names")

    said = await _said_to_find(postgres_store, after)

    engine = create_async_engine(postgres_store.dsn.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        plans = [
            (await connection.exec_driver_sql(f"EXPLAIN {text}", values)).all()
            for text, values in said
        ]
    await engine.dispose()
    plan = "\n".join(_rows(plans))
    assert "pk_inbox_names" in plan, plan
    assert "Seq Scan" not in plan, plan


def _rows(plans: Sequence[Sequence[object]]) -> Sequence[str]:
    return [row[-1] for plan in plans for row in plan]  # type: ignore[index]
