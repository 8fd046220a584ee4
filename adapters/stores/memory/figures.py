"""Figures by day in memory, and what is there to be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, takewhile

from attrs import evolve, frozen

from adapters.stores.memory.credits import LedgerRows
from adapters.stores.memory.kept_rows import Mark
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import LINE_BY_ID, ORDER_PAID
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
from domain.credits.transaction import Transaction
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order
from domain.period import Interval
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

_PAYING = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
_FAILING = (InboxStatus.FAILED, InboxStatus.DEAD)


@frozen(kw_only=True)
class MemoryFigures(Figures):
    """Figures by day, measure and part; lines by their id, orders by when they were paid."""

    figures: Rows[Figure]
    marks: Rows[Mark]
    ledger: LedgerRows
    orders: Rows[Order]
    subscriptions: Rows[Subscription]
    inbox: Rows[InboxEvent]

    async def mark(self, name: str) -> str | None:
        found = self.marks.find(name)
        return None if found is None else found.position

    async def take_mark(self, name: str) -> str | None:
        found = self.marks.take(name)
        return None if found is None else found.position

    async def set_mark(self, name: str, position: str) -> None:
        self.marks.put(Mark(name=name, position=position))

    async def add(self, figures: Sequence[Figure]) -> None:
        for figure in figures:
            kept = self.figures.take(figure.day, figure.measure.value, figure.part)
            before = 0 if kept is None else kept.amount
            self.figures.put(evolve(figure, amount=before + figure.amount))

    async def replace(
        self, day: date, measures: frozenset[Measure], figures: Sequence[Figure]
    ) -> None:
        for kept in list(self.figures.ascending(prefix=(day,))):
            if kept.measure in measures:
                self.figures.remove(day, kept.measure.value, kept.part)
        await self.add(figures)

    async def between(self, first_on: date, last_on: date) -> Sequence[Figure]:
        later = self.figures.ascending(since=(first_on,))
        return list(takewhile(lambda figure: figure.day <= last_on, later))

    async def totals(self, measures: frozenset[Measure]) -> Mapping[tuple[Measure, str], int]:
        sums: dict[tuple[Measure, str], int] = {}
        for figure in self.figures.ascending():
            if figure.measure in measures:
                name = (figure.measure, figure.part)
                sums[name] = sums.get(name, 0) + figure.amount
        return sums

    async def lines(
        self, after: str | None, before: str | None, limit: int
    ) -> Sequence[CountedLine]:
        later = self.ledger.transactions.ascending(
            LINE_BY_ID, after=None if after is None else (after,)
        )
        wanted = takewhile(lambda line: before is None or line.id < before, later)
        return [self._counted(line) for line in islice(wanted, limit)]

    def _counted(self, line: Transaction) -> CountedLine:
        parts: dict[str, int] = {}
        for part in line.allocations:
            grant = self.ledger.grants.find(part.grant_id)
            name = OVERDRAFT if grant is None else grant.category.value
            parts[name] = parts.get(name, 0) + part.amount
        return CountedLine(
            id=line.id,
            at=line.at,
            type=line.type,
            debit=line.debit,
            credit=line.credit,
            parts=parts,
        )

    async def first_paid_at(self) -> datetime | None:
        first = next(self.orders.ascending(ORDER_PAID), None)
        return None if first is None else first.paid_at

    async def paid(self, from_at: datetime, to_at: datetime) -> Sequence[PaidOrders]:
        sums: dict[str, tuple[int, int]] = {}
        for order in self._paid(from_at, to_at):
            number, money = sums.get(order.line.currency, (0, 0))
            sums[order.line.currency] = (number + 1, money + order.collected_minor)
        return [
            PaidOrders(currency=currency, orders=number, collected_minor=money)
            for currency, (number, money) in sorted(sums.items())
        ]

    def _paid(self, from_at: datetime, to_at: datetime) -> Iterator[Order]:
        later = self.orders.ascending(ORDER_PAID, since=(from_at,))
        return takewhile(lambda order: order.paid_at is not None and order.paid_at < to_at, later)

    async def recurring(self) -> Sequence[SoldSubscriptions]:
        sums: dict[tuple[str, Interval], tuple[int, int]] = {}
        for sold in self.subscriptions.ascending():
            if sold.status in _PAYING and _is_paying(sold):
                name = (sold.currency, sold.interval)
                number, price = sums.get(name, (0, 0))
                sums[name] = (number + 1, price + sold.price_minor)
        return [
            SoldSubscriptions(
                currency=currency, interval=interval, subscriptions=number, price_minor=price
            )
            for (currency, interval), (number, price) in sorted(
                sums.items(), key=lambda each: (each[0][0], each[0][1].value)
            )
        ]

    async def cohort(self, at: datetime) -> Sequence[Cohort]:
        groups: dict[tuple[str, str], list[Subscription]] = {}
        for sold in self.subscriptions.ascending():
            if _paid_at(sold, at):
                groups.setdefault((sold.currency, sold.interval.value), []).append(sold)
        return [
            Cohort(
                currency=currency,
                interval=Interval(interval),
                subscriptions=len(group),
                price_minor=sum(sold.price_minor for sold in group),
                lost=sum(not sold.is_live for sold in group),
                lost_price_minor=sum(sold.price_minor for sold in group if not sold.is_live),
            )
            for (currency, interval), group in sorted(groups.items())
        ]

    async def failing(self, limit: int) -> Mapping[InboxStatus, int]:
        counted = dict.fromkeys(_FAILING, 0)
        for event in self.inbox.ascending():
            if event.status in counted and counted[event.status] < limit:
                counted[event.status] += 1
        return counted


def _is_paying(sold: Subscription) -> bool:
    return sold.paying_from_at is not None and not sold.is_free


def _paid_at(sold: Subscription, at: datetime) -> bool:
    from_at, ended_at = sold.paying_from_at, sold.ended_at
    if sold.is_free or from_at is None or from_at > at:
        return False
    return sold.is_live or (ended_at is not None and ended_at > at)
