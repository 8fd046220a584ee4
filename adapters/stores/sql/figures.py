"""Figures by day in the database, and what is there to be counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

from attrs import frozen
from sqlalchemy import ColumnElement, delete, func, select, tuple_

from adapters.stores.sql import rows
from adapters.stores.sql.ledger_rows import allocations_from
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.tables.credits import grants, transactions
from adapters.stores.sql.tables.figures import figure_marks, figures
from adapters.stores.sql.tables.payments import inbox, orders
from adapters.stores.sql.tables.subscriptions import subscriptions
from application.ports.figures import (
    Cohort,
    CountedLine,
    Figure,
    Figures,
    Measure,
    PaidOrders,
    SoldSubscriptions,
)
from domain.credits.ids import OVERDRAFT
from domain.credits.transaction import Allocation, LedgerAccount, TransactionType
from domain.payments.inbox import InboxStatus
from domain.period import Interval
from domain.subscriptions.subscription import SubscriptionStatus

# Engines bound how many values a statement may carry; each lot is named by two.
_LOTS_AT_ONCE = 5000
_PAYING = (SubscriptionStatus.ACTIVE.value, SubscriptionStatus.PAST_DUE.value)
_FAILING = (InboxStatus.FAILED, InboxStatus.DEAD)


@frozen
class SqlFigures(Figures):
    """Figures by day, measure and part; lines by their id, orders by when they were paid."""

    transaction: OpenTransaction

    async def mark(self, name: str) -> str | None:
        row = await rows.find(self.transaction, figure_marks, name)
        return _position(row)

    async def take_mark(self, name: str) -> str | None:
        # There has to be a row to lock.
        empty = {"name": name, "position": ""}
        await rows.add_new(self.transaction, figure_marks, empty)
        return _position(await rows.take(self.transaction, figure_marks, name))

    async def set_mark(self, name: str, position: str) -> None:
        await rows.put(self.transaction, figure_marks, {"name": name, "position": position})

    async def add(self, found: Sequence[Figure]) -> None:
        if not found:
            return
        statement = self.transaction.insert(figures)
        summed = statement.on_conflict_do_update(
            index_elements=["day", "measure", "part"],
            set_={"amount": figures.c.amount + statement.excluded.amount},
        )
        await self.transaction.run(summed, [_values(figure) for figure in found])

    async def replace(
        self, day: date, measures: frozenset[Measure], found: Sequence[Figure]
    ) -> None:
        named = sorted(measure.value for measure in measures)
        await self.transaction.run(
            delete(figures).where(figures.c.day == day, figures.c.measure.in_(named))
        )
        await self.add(found)

    async def between(self, first_on: date, last_on: date) -> Sequence[Figure]:
        query = select(figures).where(figures.c.day.between(first_on, last_on))
        found = query.order_by(figures.c.day, figures.c.measure, figures.c.part)
        return [
            Figure(day=row.day, measure=Measure(row.measure), part=row.part, amount=row.amount)
            for row in await self.transaction.run(found)
        ]

    async def totals(self, measures: frozenset[Measure]) -> Mapping[tuple[Measure, str], int]:
        column = figures.c
        query = (
            select(column.measure, column.part, func.sum(column.amount).label("amount"))
            .where(column.measure.in_(sorted(measure.value for measure in measures)))
            .group_by(column.measure, column.part)
        )
        found = await self.transaction.run(query)
        return {(Measure(row.measure), row.part): int(row.amount) for row in found}

    async def lines(
        self, after: str | None, before: str | None, limit: int
    ) -> Sequence[CountedLine]:
        column = transactions.c
        query = select(
            column.account_id,
            column.id,
            column.at,
            column.type,
            column.debit,
            column.credit,
            column.allocations,
        )
        if after is not None:
            query = query.where(column.id > after)
        if before is not None:
            query = query.where(column.id < before)
        found = await self.transaction.run(query.order_by(column.id).limit(limit))
        parts = [(row, allocations_from(row.allocations)) for row in found]
        lots = {(row.account_id, part.grant_id) for row, given in parts for part in given}
        categories = await self._categories(lots)
        return [_line(row, given, categories) for row, given in parts]

    async def _categories(self, lots: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        column = grants.c
        named = iter(sorted(lots))
        found: dict[tuple[str, str], str] = {}
        while batch := list(islice(named, _LOTS_AT_ONCE)):
            query = select(column.account_id, column.id, column.category).where(
                tuple_(column.account_id, column.id).in_(batch)
            )
            for row in await self.transaction.run(query):
                found[row.account_id, row.id] = row.category
        return found

    async def first_paid_at(self) -> datetime | None:
        query = select(orders.c.paid_at).where(orders.c.paid_at.is_not(None))
        row = rows.first(await self.transaction.run(query.order_by(orders.c.paid_at).limit(1)))
        return None if row is None else row.paid_at

    async def paid(self, from_at: datetime, to_at: datetime) -> Sequence[PaidOrders]:
        column = orders.c
        query = (
            select(
                column.currency,
                func.count().label("orders"),
                func.sum(column.collected_minor).label("collected_minor"),
            )
            .where(column.paid_at >= from_at, column.paid_at < to_at)
            .group_by(column.currency)
            .order_by(column.currency)
        )
        return [
            PaidOrders(
                currency=row.currency, orders=row.orders, collected_minor=int(row.collected_minor)
            )
            for row in await self.transaction.run(query)
        ]

    async def recurring(self) -> Sequence[SoldSubscriptions]:
        column = subscriptions.c
        query = (
            select(
                column.currency,
                column.interval,
                func.count().label("subscriptions"),
                func.sum(column.price_minor).label("price_minor"),
            )
            .where(
                column.is_live,
                column.status.in_(_PAYING),
                column.price_minor > 0,
                column.paying_from_at.is_not(None),
            )
            .group_by(column.currency, column.interval)
            .order_by(column.currency, column.interval)
        )
        return [
            SoldSubscriptions(
                currency=row.currency,
                interval=Interval(row.interval),
                subscriptions=row.subscriptions,
                price_minor=int(row.price_minor),
            )
            for row in await self.transaction.run(query)
        ]

    async def cohort(self, at: datetime) -> Sequence[Cohort]:
        # Two queries, each by an index of its own: one with both conditions would read whatever
        # ended since the shop was opened.
        column = subscriptions.c
        live = await self._paying(at, column.is_live)
        lost = await self._paying(at, column.ended_at > at)
        nobody = (0, 0)
        return [
            Cohort(
                currency=currency,
                interval=Interval(interval),
                subscriptions=staying + leaving,
                price_minor=price + lost_price,
                lost=leaving,
                lost_price_minor=lost_price,
            )
            for currency, interval in sorted({*live, *lost})
            for staying, price in (live.get((currency, interval), nobody),)
            for leaving, lost_price in (lost.get((currency, interval), nobody),)
        ]

    async def _paying(
        self, at: datetime, where: ColumnElement[bool]
    ) -> Mapping[tuple[str, str], tuple[int, int]]:
        """Return how many of those were paid for at an instant, and the sum of their prices."""
        column = subscriptions.c
        query = (
            select(
                column.currency,
                column.interval,
                func.count().label("subscriptions"),
                func.sum(column.price_minor).label("price_minor"),
            )
            .where(where, column.price_minor > 0, column.paying_from_at <= at)
            .group_by(column.currency, column.interval)
        )
        return {
            (row.currency, row.interval): (row.subscriptions, int(row.price_minor))
            for row in await self.transaction.run(query)
        }

    async def failing(self, limit: int) -> Mapping[InboxStatus, int]:
        counted: dict[InboxStatus, int] = {}
        for status in _FAILING:
            query = select(inbox.c.id).where(inbox.c.status == status.value).limit(limit)
            counted[status] = len(await self.transaction.run(query))
        return counted


def _position(row: AnyRow | None) -> str | None:
    return row.position or None if row is not None else None


def _values(figure: Figure) -> Values:
    return {
        "day": figure.day,
        "measure": figure.measure.value,
        "part": figure.part,
        "amount": figure.amount,
    }


def _line(
    row: AnyRow, given: Iterable[Allocation], categories: Mapping[tuple[str, str], str]
) -> CountedLine:
    parts: dict[str, int] = {}
    for part in given:
        name = categories.get((row.account_id, part.grant_id), OVERDRAFT)
        parts[name] = parts.get(name, 0) + part.amount
    return CountedLine(
        id=row.id,
        at=row.at,
        type=TransactionType(row.type),
        debit=LedgerAccount(row.debit),
        credit=LedgerAccount(row.credit),
        parts=parts,
    )
