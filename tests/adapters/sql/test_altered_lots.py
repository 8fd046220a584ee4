"""What a lot is, altered in the database past the service: the proof finds it."""

from datetime import timedelta

import pytest
from attrs import evolve
from sqlalchemy import update

from adapters.stores.sql.tables.credits import grants
from adapters.stores.sql.unit_of_work import SqlUnitOfWork
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from domain.credits.grant import Cost
from domain.credits.scope import Scope
from domain.credits.wallet import Wallet
from tests.adapters.sql.databases import SqlStore
from tests.adapters.stores.steps import load, write
from tests.support.builders.credits import SOMEBODY, grant_terms, granted, spent
from tests.support.clock import NOON

DAY = timedelta(days=1)
ALTERED: dict[str, object] = {
    "source": "manual",
    "category": "promotional",
    "priority": 1,
    "effective_at": NOON - DAY,
    "expires_at": NOON + 31 * DAY,
    "created_at": NOON - DAY,
    "cost_minor": 1,
    "cost_currency": "EUR",
    "scope": '["model:gpt-4"]',
    "parent": "another",
    "stood_still_us": 1,
}


async def _filled(store: SqlStore) -> None:
    terms = evolve(
        grant_terms(amount=100, expires_at=NOON + 30 * DAY),
        cost=Cost(amount_minor=900, currency="USD"),
        scope=Scope(("model:gpt-5",)),
    )
    bought = granted(Wallet(account_id=SOMEBODY), terms)
    await write(store, bought.then(granted(bought.wallet, grant_terms(amount=50))))
    await write(store, spent(await load(store, SOMEBODY), 20, now=NOON + DAY))


async def _rules_broken(store: SqlStore) -> set[str]:
    found = await VerifyingLedger(records=store.records)(VerifyLedger())
    return {breach.rule for breach in found.breaches}


@pytest.mark.parametrize("column", ALTERED)
async def test_a_lot_of_which_one_term_was_altered_is_found(
    sql_store: SqlStore, column: str
) -> None:
    await _filled(sql_store)
    assert await _rules_broken(sql_store) == set()

    await _alter(sql_store, {column: ALTERED[column]})

    assert await _rules_broken(sql_store) == {"grant_keeps_its_terms"}


@pytest.mark.parametrize("still", [timedelta(days=365), -DAY], ids=["longer", "shorter"])
async def test_a_life_moved_together_with_the_time_that_stood_still_is_found(
    sql_store: SqlStore, still: timedelta
) -> None:
    await _filled(sql_store)

    moved = NOON + 30 * DAY + still
    still_us = still // timedelta(microseconds=1)
    await _alter(sql_store, {"expires_at": moved, "stood_still_us": still_us})

    assert await _rules_broken(sql_store) == {"grant_stood_still_in_its_time"}


async def _alter(store: SqlStore, columns: dict[str, object]) -> None:
    async with store.begin() as work:
        assert isinstance(work, SqlUnitOfWork)
        of_one = update(grants).where(grants.c.cost_minor.is_not(None))
        await work.transaction.run(of_one.values(columns))
        await work.commit()
