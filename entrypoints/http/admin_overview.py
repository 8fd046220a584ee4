"""How things go, for admins: the figures of the console's first page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.figures.read_overview import (
    FAILING_MAX,
    Overview,
    ReadingOverview,
    ReadOverview,
)
from application.figures.steps.churn import BASIS_POINTS, Churn, Lost
from application.ports.figures import Measure
from domain.access.role import Right
from domain.payments.inbox import InboxStatus
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Admin
from entrypoints.http.values import Balance, Currency, Day, PriceMinor
from entrypoints.http.wire import read_query, reply

Count = Annotated[int, Meta(ge=0, description="A whole number.")]
Flow = Annotated[
    int, Meta(description="Credits of these days; below zero where more came back than went.")
]
Failing = Annotated[
    int, Meta(ge=0, le=FAILING_MAX, description=f"So many, or {FAILING_MAX} where there are more.")
]
Rate = Annotated[
    int,
    Meta(
        ge=0,
        le=BASIS_POINTS,
        description="Lost of what was there, in hundredths of a percent, rounded half up: 250 is "
        "2.5 %. Null where nothing was there.",
        examples=[250],
    ),
]
Span = Annotated[
    Literal[30, 90, 365], Meta(description="So many days, today included; days are days in UTC.")
]


@frozen(kw_only=True)
class OverviewQuery:
    """Which days are asked about."""

    days: Span = 30


@frozen(kw_only=True, slots=False)
class CreditFiguresView:
    """Credits that moved in these days, and those that customers may still spend, over all time."""

    issued: Flow
    spent: Flow
    expired: Flow
    taken_back: Flow
    outstanding_paid: Balance
    outstanding_free: Balance
    owed: Balance


@frozen(kw_only=True, slots=False)
class MoneyView:
    """So much money of one currency."""

    currency: Currency
    amount: PriceMinor


@frozen(kw_only=True, slots=False)
class RecurringView:
    """What recurs each month, by currency, and how many subscriptions pay it.

    The monthly prices of active and past-due subscriptions that more than nothing was paid for,
    and a twelfth of the yearly ones, before tax and discounts. Trials and paused ones are left out.
    """

    subscriptions: Count
    revenue: tuple[MoneyView, ...]


@frozen(kw_only=True, slots=False)
class LostView:
    """How many subscriptions were paid for when the days began, and how many of them have ended."""

    at_start: Count
    lost: Count
    rate: Rate | None

    @classmethod
    def of(cls, lost: Lost) -> LostView:
        """Return the loss as it is shown."""
        return cls(at_start=lost.at_start, lost=lost.lost, rate=lost.rate_basis_points)


@frozen(kw_only=True, slots=False)
class LostRecurringView:
    """The same in money a month, of one currency: each at the price it has, or had at its end."""

    currency: Currency
    at_start: PriceMinor
    lost: PriceMinor
    rate: Rate | None


@frozen(kw_only=True, slots=False)
class ChurnView:
    """Who was lost of those that paid when the days began.

    Each counts from its first payment above zero on. A pause is no end; what was given, made free
    by a code or costs nothing is not counted; a change of plan ends nothing.
    """

    subscriptions: LostView
    recurring: tuple[LostRecurringView, ...]

    @classmethod
    def of(cls, churn: Churn) -> ChurnView:
        """Return the churn as it is shown."""
        return cls(
            subscriptions=LostView.of(churn.subscriptions),
            recurring=tuple(
                LostRecurringView(
                    currency=currency,
                    at_start=lost.at_start,
                    lost=lost.lost,
                    rate=lost.rate_basis_points,
                )
                for currency, lost in churn.recurring
            ),
        )


@frozen(kw_only=True, slots=False)
class SalesView:
    """Orders paid in these days, and their totals by currency: tax included, before refunds."""

    orders: Count
    revenue: tuple[MoneyView, ...]


@frozen(kw_only=True, slots=False)
class FailingView:
    """Events of providers that could not be applied: tried again, or waiting for a person."""

    failed: Failing
    dead: Failing


@frozen(kw_only=True, slots=False)
class OverviewView:
    """The figures of a span of days.

    `is_complete` is false while the figures lag behind the ledger. `recurring` and `churn` stood so
    on the day `standing_on`, when they were counted last; both are null if they never were.
    """

    first_on: Day
    last_on: Day
    is_complete: bool
    credits: CreditFiguresView
    sales: SalesView
    check_ins: Count
    standing_on: Day | None
    recurring: RecurringView | None
    churn: ChurnView | None
    failing_webhooks: FailingView

    @classmethod
    def of(cls, overview: Overview) -> OverviewView:
        """Return the figures as they are shown."""
        churn = overview.churn
        return cls(
            first_on=overview.first_on,
            last_on=overview.last_on,
            is_complete=overview.is_complete,
            credits=_credits(overview),
            sales=SalesView(
                orders=overview.total(Measure.ORDERS),
                revenue=_money(overview.by_part(Measure.REVENUE).items()),
            ),
            check_ins=overview.total(Measure.CHECK_INS),
            standing_on=overview.standing_on,
            recurring=_recurring(overview),
            churn=None if churn is None else ChurnView.of(churn),
            failing_webhooks=FailingView(
                failed=overview.failing.get(InboxStatus.FAILED, 0),
                dead=overview.failing.get(InboxStatus.DEAD, 0),
            ),
        )


@frozen(kw_only=True)
class AdminOverviewApi:
    """Credits, sales, what recurs and what is lost."""

    read_overview: ReadingOverview

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the route."""
        return (
            Endpoint(
                method="GET",
                path="/admin/overview",
                handler=self.get_overview,
                policy=Admin(Right.READ),
                tag="Admin: overview",
                summary="Read how things go",
                description="Credits, sales, recurring revenue and churn over 30, 90 or 365 days. "
                "No ledger is added up for it: everything is counted once, as it is written.",
                query=OverviewQuery,
                response=OverviewView,
            ),
        )

    async def get_overview(self, request: web.Request) -> web.Response:
        """Answer the figures."""
        asked = read_query(request, OverviewQuery)
        return reply(OverviewView.of(await self.read_overview(ReadOverview(days=asked.days))))


def _credits(overview: Overview) -> CreditFiguresView:
    return CreditFiguresView(
        issued=overview.total(Measure.ISSUED),
        spent=overview.total(Measure.SPENT),
        expired=overview.total(Measure.EXPIRED),
        taken_back=overview.total(Measure.WITHDRAWN),
        outstanding_paid=overview.outstanding_paid,
        outstanding_free=overview.outstanding_free,
        owed=overview.owed,
    )


def _recurring(overview: Overview) -> RecurringView | None:
    if overview.standing_on is None:
        return None
    return RecurringView(
        subscriptions=sum(overview.standing(Measure.SUBSCRIPTIONS).values()),
        revenue=_money(overview.standing(Measure.RECURRING).items()),
    )


def _money(amounts: Iterable[tuple[str, int]]) -> tuple[MoneyView, ...]:
    return tuple(MoneyView(currency=currency, amount=amount) for currency, amount in amounts)
