"""What the product has given for check-ins in a period, kept in slices.

A period's budget is one row a slice: what was `given` from it, and the `room` it still has. An
award is taken from one slice by one statement, so awards of different slices do not wait for each
other. All of them together never allow more than `total`, the limit they were shared out by.
Where a slice has too little room, or the limit has changed since, all are locked and shared out
again. What was given only ever grows, so a period seen to be spent is spent, without any lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from sqlalchemy import func, select, update

from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction
from adapters.stores.sql.tables.promotions import check_in_budgets as slices
from application.ports.promotions import BudgetUndecided
from domain.credits.ids import AccountId
from domain.promotions.check_in_budget import SLICES, Budget, shared_out


async def spend(
    transaction: OpenTransaction, budgets: Sequence[Budget], amount: int, account_id: AccountId
) -> bool:
    """Take an award from the account's slice of every budget. Raises BudgetUndecided."""
    own = crc32(account_id.encode()) % SLICES
    for at, budget in enumerate(budgets):
        if await _take(transaction, budget, own, amount):
            continue
        if await _given(transaction, budget) + amount <= budget.limit:
            raise BudgetUndecided
        for earlier in budgets[:at]:
            await _give_back(transaction, earlier, own, amount)
        return False
    return True


async def spend_whole(transaction: OpenTransaction, budgets: Sequence[Budget], amount: int) -> bool:
    """Take an award with all slices of every budget locked, in order, and share out the rest."""
    locked = [await _locked(transaction, budget) for budget in budgets]
    given = [sum(row.given for row in rows) for rows in locked]
    limits = [budget.limit for budget in budgets]
    if any(had + amount > limit for had, limit in zip(given, limits, strict=True)):
        return False
    for budget, rows, had in zip(budgets, locked, given, strict=True):
        rooms = shared_out(budget.limit - had - amount, amount)
        afterwards = [
            {
                "period": budget.period,
                "slice": row.slice,
                "total": budget.limit,
                "given": row.given + (amount if row.slice == 0 else 0),
                "room": room,
            }
            for row, room in zip(rows, rooms, strict=True)
        ]
        statement = transaction.insert(slices).values(afterwards)
        changed = {name: statement.excluded[name] for name in ("total", "given", "room")}
        keys = ["period", "slice"]
        await transaction.run(statement.on_conflict_do_update(index_elements=keys, set_=changed))
    return True


async def _take(transaction: OpenTransaction, budget: Budget, own: int, amount: int) -> bool:
    statement = (
        update(slices)
        .where(
            slices.c.period == budget.period,
            slices.c.slice == own,
            slices.c.total == budget.limit,
            slices.c.room >= amount,
        )
        .values(given=slices.c.given + amount, room=slices.c.room - amount)
        .returning(slices.c.slice)
    )
    return bool(await transaction.run(statement))


async def _give_back(transaction: OpenTransaction, budget: Budget, own: int, amount: int) -> None:
    statement = (
        update(slices)
        .where(slices.c.period == budget.period, slices.c.slice == own)
        .values(given=slices.c.given - amount, room=slices.c.room + amount)
    )
    await transaction.run(statement)


async def _given(transaction: OpenTransaction, budget: Budget) -> int:
    query = select(func.coalesce(func.sum(slices.c.given), 0)).where(
        slices.c.period == budget.period
    )
    return int((await transaction.run(query))[0][0])


async def _locked(transaction: OpenTransaction, budget: Budget) -> Sequence[AnyRow]:
    """Return all slices of a period, locked, made where there were none."""
    empty = [
        {"period": budget.period, "slice": at, "total": 0, "given": 0, "room": 0}
        for at in range(SLICES)
    ]
    await transaction.run(transaction.insert(slices).values(empty).on_conflict_do_nothing())
    query = select(slices).where(slices.c.period == budget.period).order_by(slices.c.slice)
    return await transaction.run(transaction.locked(query))
