"""Budgets in slices: one that was changed past the service is found by its sums."""

import pytest
from sqlalchemy import update

from adapters.stores.sql.tables.promotions import check_in_budgets
from adapters.stores.sql.unit_of_work import SqlUnitOfWork
from application.promotions.verify_counters import VerifyCounters, VerifyingCounters
from domain.promotions.check_in_budget import Budget
from tests.adapters.sql.databases import SqlStore
from tests.adapters.stores.steps import commit
from tests.support.builders.credits import SOMEBODY

DAY = Budget("day:2026-01-12", 1600)


@pytest.mark.parametrize("column", ["given", "room"])
async def test_a_slice_that_was_changed_is_found(sql_store: SqlStore, column: str) -> None:
    await commit(
        sql_store,
        lambda work: work.check_ins.spend_budgets([DAY], 10, SOMEBODY, is_whole=True),
    )
    changed = update(check_in_budgets).where(check_in_budgets.c.slice == 0)
    async with sql_store.begin() as work:
        assert isinstance(work, SqlUnitOfWork)
        await work.transaction.run(changed.values({column: 1000}))
        await work.commit()

    found = await VerifyingCounters(read=sql_store.read)(VerifyCounters())

    assert "budget_adds_up" in {each.rule for each in found.miscounts}
