"""Credits: balance, transactions, spending."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.list_transactions import ListingTransactions, ListTransactions
from application.credits.read_balance import BalanceRead, ReadBalance, ReadingBalance
from application.credits.spend_credits import SpendCredits, SpendingCredits
from application.group_commit import StoreSilent, TooManyWaiting
from application.ports.credits import Receipt, StatementLine
from domain.access.role import Scope
from domain.credits.errors import (
    AccountFrozen,
    InsufficientCredits,
    KeyReused,
    ReservedType,
    SpendLimitExceeded,
)
from domain.credits.transaction import AI_USAGE, TransactionType, spend_type
from domain.credits.wallet import NO_LIMIT, SpendLimit
from domain.errors import InvalidField
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import required_key
from entrypoints.http.paging import PageQuery
from entrypoints.http.policy import AccountHolder, Backend
from entrypoints.http.principal import account_of, key_of
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
    SignedAmount,
)
from entrypoints.http.wire import read, read_query, reply, reply_page

METADATA_BYTES_MAX = 4096
_as_one_text = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

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
class BalanceView:
    """What an account holds at this instant: `available` is what of it may be spent.

    That leaves out what is held, and what is frozen because its payment is disputed.
    """

    balance: Balance
    available: Credits
    held: Credits
    expiring: ExpiringView | None

    @classmethod
    def of(cls, read: BalanceRead) -> BalanceView:
        """Return the balance as it is shown."""
        soonest = read.expiring
        expiring = None if soonest is None else ExpiringView(amount=soonest.amount, at=soonest.at)
        return cls(
            balance=read.balance, available=read.available, held=read.held, expiring=expiring
        )


@frozen(kw_only=True, slots=False)
class TransactionView:
    """One line of an account's ledger; `description` and `metadata` are gone once erased."""

    id: Id
    type: TypeSlug
    amount: SignedAmount
    description: str
    created_at: Instant
    balance_after: Balance
    seq: Seq
    metadata: JsonObject | None

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
        )


@frozen(kw_only=True)
class TransactionsQuery(PageQuery):
    """Which page of an account's transactions; with a type it is paged by `after` alone."""

    type: TypeSlug | None = None


@frozen(kw_only=True)
class SpendBody:
    """Credits to take from an account for usage."""

    account_id: AccountIdText
    amount: Amount
    type: str = AI_USAGE
    description: Description = ""
    metadata: JsonObject | None = None


@frozen(kw_only=True, slots=False)
class SpendView:
    """A spend as it was carried out: `amount` is below zero, the balances are those right after."""

    transaction_id: Id
    seq: Seq
    amount: SignedAmount
    balance: Balance
    available: Credits
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> SpendView:
        """Return the receipt as the backend sees it."""
        assert receipt.transaction_id is not None
        assert receipt.seq is not None
        return cls(
            transaction_id=receipt.transaction_id,
            seq=receipt.seq,
            amount=receipt.amount,
            balance=receipt.balance,
            available=receipt.available,
            created_at=receipt.at,
        )


@frozen(kw_only=True)
class CreditsApi:
    """An account's credits, for the account itself and for the product's backend."""

    read_balance: ReadingBalance
    list_transactions: ListingTransactions
    spend_credits: SpendingCredits

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
            Endpoint(
                method="POST",
                path="/credits/spend",
                handler=self.post_spend,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits",
                summary="Spend credits",
                description=(
                    "Takes the credits once, or not at all: never below zero, and a repeat with "
                    f"the same key gets the first answer. `metadata` may have {METADATA_BYTES_MAX} "
                    "bytes as JSON. The key may bound one spend and what an account spends a day."
                ),
                body=SpendBody,
                response=SpendView,
                status=201,
                refusals=(
                    InsufficientCredits,
                    AccountFrozen,
                    SpendLimitExceeded,
                    ReservedType,
                    KeyReused,
                    TooManyWaiting,
                    StoreSilent,
                ),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 50,
                    "type": "ai_usage",
                    "description": "AI chat completion (gpt-4)",
                    "metadata": {"model": "gpt-4", "tokens": 812},
                },
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

    async def post_spend(self, request: web.Request) -> web.Response:
        """Spend, once for the request's key."""
        body = await read(request, SpendBody)
        account_id = account_of(request, body.account_id)
        key = key_of(request)
        limit = (
            NO_LIMIT
            if key is None
            else SpendLimit(each_max=key.spend_max, day_max=key.spend_max_per_day)
        )
        spent = await self.spend_credits(
            SpendCredits(
                account_id=account_id,
                amount=body.amount,
                type=spend_type(body.type),
                description=body.description,
                metadata=kept_text(body.metadata),
                limit=limit,
                key=required_key(request, account_id),
            )
        )
        return reply(SpendView.of(spent.receipt), status=201, replayed=spent.is_replay)


def kept_text(metadata: dict[str, Any] | None, path: str = "metadata") -> str:
    """Return a caller's JSON object as the one text it is kept as. Raises InvalidField."""
    if metadata is None:
        return ""
    text = _as_one_text(metadata)
    if len(text.encode()) > METADATA_BYTES_MAX:
        raise InvalidField(path=path, problem=f"must have at most {METADATA_BYTES_MAX} bytes")
    return text


def as_kept(text: str) -> Any:
    """Return kept JSON as it goes on the wire: its very characters, never read again."""
    return msgspec.Raw(text.encode()) if text else None
