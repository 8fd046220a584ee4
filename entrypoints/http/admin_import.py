"""Bringing accounts in from elsewhere, for owners: opening balances and subscribers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.import_balances import (
    ImportBalances,
    ImportingBalances,
    OpeningBalance,
)
from application.credits.steps.importing import ROWS_MAX, ImportedRow, RowOutcome
from application.subscriptions.import_subscribers import (
    ImportingSubscribers,
    ImportSubscribers,
    OpeningSubscription,
)
from domain.access.audit import Actor
from domain.access.role import Right
from domain.credits.grant import Category, Cost, GrantSource, GrantTerms
from domain.payments.ids import Channel
from domain.period import Interval, Period
from domain.subscriptions.ids import PlanId
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.lots import CostBody
from entrypoints.http.payments import ChannelName
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, Amount, Id, Instant, account_id_of
from entrypoints.http.wire import read, reply

_BYTES_MAX = 1024 * 1024

Line = Annotated[int, Meta(ge=1, description="The row's line in its file.")]
RowKey = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[!-~]+$",
        description="The row's own name: under it an account is given the row once.",
    ),
]
ShortText = Annotated[str, Meta(min_length=1, max_length=255)]
Said = Annotated[str, Meta(description="What was done, or would be, or what is wrong.")]


@frozen(kw_only=True)
class BalanceRow:
    """A lot that an account brings along."""

    line: Line
    account_id: AccountIdText
    key: RowKey
    amount: Amount
    category: Category = Category.PROMOTIONAL
    expires_at: Instant | None = None
    cost: CostBody | None = None
    email: ShortText | None = None
    description: ShortText = "Opening balance"

    def opening(self) -> OpeningBalance:
        """Return the row in the application's words. Raises InvalidField."""
        cost = self.cost
        return OpeningBalance(
            line=self.line,
            account_id=account_id_of(self.account_id),
            key=self.key,
            terms=GrantTerms(
                amount=self.amount,
                source=GrantSource.MANUAL,
                category=self.category,
                expires_at=self.expires_at,
                cost=None
                if cost is None
                else Cost(amount_minor=cost.amount, currency=cost.currency),
            ),
            email=self.email,
            description=self.description,
        )


@frozen(kw_only=True)
class SubscriberRow:
    """A subscription that runs already; the provider goes on billing it."""

    line: Line
    account_id: AccountIdText
    key: RowKey
    plan_id: Id
    interval: Interval
    period_start: Instant
    period_end: Instant
    channel: ChannelName
    provider_subscription_id: ShortText | None = None
    customer_id: ShortText | None = None
    email: ShortText | None = None
    cancel_at_period_end: bool = False

    def opening(self) -> OpeningSubscription:
        """Return the row in the application's words. Raises InvalidField."""
        return OpeningSubscription(
            line=self.line,
            account_id=account_id_of(self.account_id),
            key=self.key,
            plan_id=PlanId(self.plan_id),
            interval=self.interval,
            period=Period(self.period_start, self.period_end),
            channel=Channel(self.channel),
            provider_subscription_id=self.provider_subscription_id,
            customer_id=self.customer_id,
            email=self.email,
            cancel_at_period_end=self.cancel_at_period_end,
        )


BalanceRows = Annotated[tuple[BalanceRow, ...], Meta(min_length=1, max_length=ROWS_MAX)]
SubscriberRows = Annotated[tuple[SubscriberRow, ...], Meta(min_length=1, max_length=ROWS_MAX)]


@frozen(kw_only=True)
class ImportBalancesBody:
    """Rows to bring in; without `apply` it is only said what would become of each."""

    rows: BalanceRows
    apply: bool = False

    def command(self, actor: Actor) -> ImportBalances:
        """Return the command of an admin. Raises InvalidField."""
        return ImportBalances(
            rows=[row.opening() for row in self.rows], is_to_be_applied=self.apply, actor=actor
        )


@frozen(kw_only=True)
class ImportSubscribersBody:
    """Rows to bring in; without `apply` it is only said what would become of each."""

    rows: SubscriberRows
    apply: bool = False

    def command(self, actor: Actor) -> ImportSubscribers:
        """Return the command of an admin. Raises InvalidField."""
        return ImportSubscribers(
            rows=[row.opening() for row in self.rows], is_to_be_applied=self.apply, actor=actor
        )


@frozen(kw_only=True, slots=False)
class ImportedRowView:
    """What became of one row, or would; `code` names the refusal of one that breaks a rule."""

    line: Line
    account_id: AccountIdText
    outcome: RowOutcome
    said: Said
    code: str | None

    @classmethod
    def of(cls, row: ImportedRow) -> ImportedRowView:
        """Return the row as it is shown."""
        return cls(
            line=row.line,
            account_id=row.account_id,
            outcome=row.outcome,
            said=row.said,
            code=row.code,
        )


@frozen(kw_only=True, slots=False)
class ImportView:
    """Every row in the order it was sent; `applied` says whether anything was kept."""

    applied: bool
    rows: tuple[ImportedRowView, ...]

    @classmethod
    def of(cls, rows: Sequence[ImportedRow], *, applied: bool) -> ImportView:
        """Return the result as it is shown."""
        return cls(applied=applied, rows=tuple(ImportedRowView.of(row) for row in rows))


@frozen(kw_only=True)
class AdminImportApi:
    """Opening balances and subscribers."""

    import_balances: ImportingBalances
    import_subscribers: ImportingSubscribers

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the owners' routes about bringing accounts in."""
        return (
            Endpoint(
                method="POST",
                path="/admin/import/balances",
                handler=self.post_balances,
                policy=Admin(Right.OWN),
                tag="Admin: import",
                summary="Bring opening balances in",
                description=f"{_EACH} `billing import balances` reads them from a file.",
                body=ImportBalancesBody,
                response=ImportView,
                body_bytes_max=_BYTES_MAX,
                example={
                    "apply": False,
                    "rows": [
                        {"line": 2, "account_id": "user-1042", "key": "user-1042", "amount": 700}
                    ],
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/import/subscribers",
                handler=self.post_subscribers,
                policy=Admin(Right.OWN),
                tag="Admin: import",
                summary="Bring subscribers in",
                description=f"{_EACH} `billing import subscribers` reads them from a file.",
                body=ImportSubscribersBody,
                response=ImportView,
                body_bytes_max=_BYTES_MAX,
                example={
                    "apply": False,
                    "rows": [
                        {
                            "line": 2,
                            "account_id": "user-1042",
                            "key": "sub_1Nx",
                            "plan_id": "0199ffff-0000-7000-8000-000000000000",
                            "interval": "monthly",
                            "period_start": "2026-04-01T00:00:00Z",
                            "period_end": "2026-05-01T00:00:00Z",
                            "channel": "stripe",
                            "provider_subscription_id": "sub_1Nx",
                            "customer_id": "cus_9s6",
                        }
                    ],
                },
            ),
        )

    async def post_balances(self, request: web.Request) -> web.Response:
        """Bring balances in, row by row."""
        body = await read(request, ImportBalancesBody)
        rows = await self.import_balances(body.command(actor_of(request)))
        return reply(ImportView.of(rows, applied=body.apply))

    async def post_subscribers(self, request: web.Request) -> web.Response:
        """Bring subscribers in, row by row."""
        body = await read(request, ImportSubscribersBody)
        rows = await self.import_subscribers(body.command(actor_of(request)))
        return reply(ImportView.of(rows, applied=body.apply))


_EACH = (
    "Each row happens once under its key, whatever became of the others; what is wrong with one is "
    "told of that one."
)
