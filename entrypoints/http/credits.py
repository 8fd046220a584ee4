"""Credits: balance and transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.list_transactions import ListingTransactions, ListTransactions
from application.credits.read_balance import ReadBalance, ReadingBalance
from application.ports.credits import StatementLine
from domain.access.role import Scope
from domain.credits.standing import Standing
from domain.credits.transaction import TransactionType
from domain.errors import InvalidField
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import PageQuery
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of
from entrypoints.http.usage import KeptUsageView
from entrypoints.http.values import (
    Amount,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
    SignedAmount,
)
from entrypoints.http.wire import read_query, reply, reply_page

METADATA_BYTES_MAX = 4096
_as_one_text = msgspec.json.Encoder(order="sorted").encode

TypeSlug = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]{0,39}$(?!\\n)",
        description=(
            "What a transaction was for: subscription, purchase, check_in, coupon, manual, "
            "ai_usage, usage_refund, clawback, expiration, rollover, or a slug of the caller's own."
        ),
        examples=["ai_usage"],
    ),
]
Description = Annotated[str, Meta(max_length=500, examples=["AI chat completion (gpt-4)"])]
Seq = Annotated[int, Meta(description="The account's own numbering: 1, 2, 3 … without a gap.")]


@frozen(kw_only=True, slots=False)
class ExpiringView:
    """The next credits to expire, and when."""

    amount: Amount
    at: Instant


@frozen(kw_only=True, slots=False)
class OverdraftView:
    """How much the account may owe, null for any amount, and how much of that it owes now."""

    limit: Credits | None
    used: Credits

    @classmethod
    def of(cls, stand: Standing) -> OverdraftView | None:
        """Return the overdraft as it is shown, or None if nothing is or may be owed."""
        limit, used = stand.overdraft_max, stand.owed
        return cls(limit=limit, used=used) if limit != 0 or used else None


@frozen(kw_only=True, slots=False)
class BalanceView:
    """What an account holds at this instant: `available` is what of it may be spent.

    That leaves out what is held, and what is frozen because its payment is disputed. `paid` and
    `free` make the balance, less what is owed. `overdraft` is null if nothing is or may be owed.
    While the account is `frozen` none of it may be spent, whatever `available` says.
    """

    balance: Balance
    available: Credits
    held: Credits
    paid: Credits
    free: Credits
    overdraft: OverdraftView | None
    expiring: ExpiringView | None
    frozen: bool

    @classmethod
    def of(cls, stand: Standing) -> BalanceView:
        """Return the balance as it is shown."""
        soonest = stand.expiring
        return cls(
            balance=stand.balance,
            available=stand.available,
            held=stand.held,
            paid=stand.paid,
            free=stand.free,
            overdraft=OverdraftView.of(stand),
            expiring=(
                None if soonest is None else ExpiringView(amount=soonest.amount, at=soonest.at)
            ),
            frozen=stand.is_frozen,
        )


# Fifty of them make a page: a class of this kind is made in a fifth of the time.
class TransactionView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an account's ledger; `description` and `metadata` are gone once erased.

    `usage` is what was used, where the amount came of that.
    """

    id: Id
    type: TypeSlug
    amount: SignedAmount
    description: str
    created_at: Instant
    balance_after: Balance
    seq: Seq
    metadata: JsonObject | None
    usage: KeptUsageView | None

    @classmethod
    def of(cls, line: StatementLine) -> TransactionView:
        """Return the line as its account sees it."""
        return cls(
            id=line.id,
            type=line.type,
            amount=line.signed,
            description=line.description,
            created_at=line.at,
            balance_after=line.balance_after,
            seq=line.seq,
            metadata=as_kept(line.metadata),
            usage=KeptUsageView.of(line.usage),
        )


@frozen(kw_only=True)
class TransactionsQuery(PageQuery):
    """Which page of an account's transactions; with a type it is paged by `after` alone."""

    type: TypeSlug | None = None


@frozen(kw_only=True)
class CreditsApi:
    """What an account has, for the account itself and for the product's backend."""

    read_balance: ReadingBalance
    list_transactions: ListingTransactions

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about credits."""
        return (
            Endpoint(
                method="GET",
                path="/credits/balance",
                handler=self.get_balance,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits",
                summary="Read the balance",
                description="Exact at the instant of asking: credits that have expired are out.",
                response=BalanceView,
            ),
            Endpoint(
                method="GET",
                path="/credits/transactions",
                handler=self.get_transactions,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits",
                summary="List transactions, newest first",
                description=(
                    "Any offset costs the same. With `type` the list has no offset and no total: "
                    "page on with `after`."
                ),
                query=TransactionsQuery,
                response=TransactionView,
                shape=Shape.LIST,
            ),
        )

    async def get_balance(self, request: web.Request) -> web.Response:
        """Answer what the account holds now."""
        found = await self.read_balance(ReadBalance(account_id=account_of(request)))
        return reply(BalanceView.of(found))

    async def get_transactions(self, request: web.Request) -> web.Response:
        """Answer a page of the account's ledger."""
        query = read_query(request, TransactionsQuery)
        asked = query.page() if query.type is None else query.page_after()
        only = None if query.type is None else TransactionType(query.type)
        page = await self.list_transactions(
            ListTransactions(account_id=account_of(request), page=asked, type=only)
        )
        return reply_page(page, TransactionView.of, asked)


def kept_text(metadata: dict[str, Any] | None, path: str = "metadata") -> str:
    """Return a caller's JSON object as the one text it is kept as. Raises InvalidField."""
    if metadata is None:
        return ""
    text = _as_one_text(metadata)
    if len(text) > METADATA_BYTES_MAX:
        raise InvalidField(path=path, problem=f"must have at most {METADATA_BYTES_MAX} bytes")
    return text.decode()


def as_kept(text: str) -> Any:
    """Return kept JSON as it goes on the wire: its very characters, never read again."""
    return msgspec.Raw(text.encode()) if text else None
