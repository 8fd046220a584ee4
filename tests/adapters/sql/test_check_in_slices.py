"""Budgets for check-ins on PostgreSQL: awards of different slices do not wait for each other."""

import asyncio

import pytest

from adapters.stores.sql.postgres import PostgresStore
from application.ports.promotions import BudgetUndecided
from domain.credits.ids import AccountId
from domain.promotions.check_in_budget import SLICES, Budget
from tests.adapters.sql.databases import Psql

_SHORT_S = 3
DAY, MONTH = Budget("day:2026-01-12", 1600), Budget("month:2026-01", 16_000)
# Chosen by hand: their accounts lie in different slices.
ONE, OTHER = AccountId("user-1"), AccountId("user-2")

_SUMS = (
    "SELECT period, count(*), sum(given), sum(given + room), max(total)"
    " FROM check_in_budgets GROUP BY period ORDER BY period"
)


async def shared_out(store: PostgresStore) -> None:
    async with store.begin() as work:
        assert await work.check_ins.spend_budgets([DAY, MONTH], 10, ONE, is_whole=True)
        await work.commit()


async def test_an_award_waits_for_none_of_another_slice(postgres_store: PostgresStore) -> None:
    await shared_out(postgres_store)

    async with postgres_store.begin() as held:
        assert await held.check_ins.spend_budgets([DAY, MONTH], 10, ONE, is_whole=False)
        async with asyncio.timeout(_SHORT_S), postgres_store.begin() as work:
            assert await work.check_ins.spend_budgets([DAY, MONTH], 10, OTHER, is_whole=False)
            await work.commit()
        await held.commit()

    assert await Psql(postgres_store.dsn).rows(_SUMS) == [
        (DAY.period, SLICES, 30, DAY.limit, DAY.limit),
        (MONTH.period, SLICES, 30, MONTH.limit, MONTH.limit),
    ]


async def test_a_budget_that_is_spent_is_told_while_all_of_it_is_locked(
    postgres_store: PostgresStore,
) -> None:
    await shared_out(postgres_store)
    async with postgres_store.begin() as work:
        assert await work.check_ins.spend_budgets([DAY], 1590, ONE, is_whole=True)
        await work.commit()

    async with postgres_store.begin() as held:
        assert not await held.check_ins.spend_budgets([DAY], 1, ONE, is_whole=True)
        async with asyncio.timeout(_SHORT_S), postgres_store.begin() as work:
            assert not await work.check_ins.spend_budgets([DAY], 1, OTHER, is_whole=False)


async def test_a_slice_with_too_little_room_cannot_tell(postgres_store: PostgresStore) -> None:
    await shared_out(postgres_store)

    async with postgres_store.begin() as work:
        with pytest.raises(BudgetUndecided):
            await work.check_ins.spend_budgets([DAY], 500, ONE, is_whole=False)
    async with postgres_store.begin() as work:
        assert await work.check_ins.spend_budgets([DAY], 500, ONE, is_whole=True)
        await work.commit()

    sums = await Psql(postgres_store.dsn).rows(_SUMS)
    assert sums[0] == (DAY.period, SLICES, 510, DAY.limit, DAY.limit)
