"""What is counted by day, so that nobody who looks has to add up a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from attrs import frozen

from domain.credits.transaction import LedgerAccount, TransactionType
from domain.payments.inbox import InboxStatus
from domain.period import Interval


class Measure(Enum):
    """What a figure counts.

    Credits are told apart by the category of their lot, money by its currency.
    `RECURRING` and `SUBSCRIPTIONS` say how things stood when the day was looked at last, and so do
    the four of a cohort, whose parts name its span as well: those who paid when it began, how many
    of them are lost, and the monthly prices of both. Everything else adds up over days.
    """

    ISSUED = "issued"
    SPENT = "spent"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CHECK_INS = "check_ins"
    ORDERS = "orders"
    REVENUE = "revenue"
    RECURRING = "recurring"
    SUBSCRIPTIONS = "subscriptions"
    COHORT = "cohort"
    COHORT_LOST = "cohort_lost"
    COHORT_RECURRING = "cohort_recurring"
    COHORT_RECURRING_LOST = "cohort_recurring_lost"


@frozen(kw_only=True)
class Figure:
    """So much of something on one UTC day: credits, minor units, or a plain number."""

    day: date
    measure: Measure
    part: str
    amount: int


@frozen(kw_only=True)
class CountedLine:
    """A line of the ledger as it is counted: `parts` are its credits by the category of the lot.

    What no lot covered stands under the name of the overdraft.
    """

    id: str
    at: datetime
    type: TransactionType
    debit: LedgerAccount
    credit: LedgerAccount
    parts: Mapping[str, int]


@frozen(kw_only=True)
class PaidOrders:
    """How many orders were paid in one currency, and the money that came in, in minor units.

    What a buyer's balance with a provider paid came in before, or never.
    """

    currency: str
    orders: int
    collected_minor: int


@frozen(kw_only=True)
class SoldSubscriptions:
    """The paying subscriptions of one currency and interval, and the sum of their prices."""

    currency: str
    interval: Interval
    subscriptions: int
    price_minor: int


@frozen(kw_only=True)
class Cohort:
    """The subscriptions of one currency and interval that were paid for at an instant.

    `lost` of them have ended since. Prices are what each costs now, or cost when it ended.
    """

    currency: str
    interval: Interval
    subscriptions: int
    price_minor: int
    lost: int
    lost_price_minor: int


class Figures(Protocol):
    """Figures by day, the marks up to which things are counted, and what is there to be counted."""

    async def mark(self, name: str) -> str | None:
        """Return how far something is counted, or None if it never was."""
        ...

    async def take_mark(self, name: str) -> str | None:
        """Return the mark, locked until the unit ends: nobody else counts the same meanwhile."""
        ...

    async def set_mark(self, name: str, position: str) -> None:
        """Keep a mark that was taken in this unit of work."""
        ...

    async def add(self, figures: Sequence[Figure]) -> None:
        """Add to the figures that are kept. Each day, measure and part stands there once."""
        ...

    async def replace(
        self, day: date, measures: frozenset[Measure], figures: Sequence[Figure]
    ) -> None:
        """Keep these in the place of all figures of the day and the measures."""
        ...

    async def between(self, first_on: date, last_on: date) -> Sequence[Figure]:
        """Return the figures of the days from the first to the last, both included, in order."""
        ...

    async def totals(self, measures: frozenset[Measure]) -> Mapping[tuple[Measure, str], int]:
        """Return the sums over all days, by measure and part."""
        ...

    async def lines(
        self, after: str | None, before: str | None, limit: int
    ) -> Sequence[CountedLine]:
        """Return the next lines of all accounts, in the order of their ids; bounds are left out."""
        ...

    async def first_paid_at(self) -> datetime | None:
        """Return when the very first order was paid, or None if none ever was."""
        ...

    async def paid(self, from_at: datetime, to_at: datetime) -> Sequence[PaidOrders]:
        """Return what was paid from an instant on, up to another that is left out, by currency."""
        ...

    async def recurring(self) -> Sequence[SoldSubscriptions]:
        """Return the paying subscriptions as they stand now, those past due included.

        Paying are those that cost something and that money was collected for, as in a cohort.
        """
        ...

    async def cohort(self, at: datetime) -> Sequence[Cohort]:
        """Return those that were paid for at an instant, paused ones included, and what is lost.

        Only the live ones and those that ended since are read.
        """
        ...

    async def failing(self, limit: int) -> Mapping[InboxStatus, int]:
        """Count events that failed or are dead, each up to the limit."""
        ...
