"""Credits for admins: all transactions, adjustments by hand, the proof of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.adjust_credits import AdjustCredits, AdjustingCredits
from application.credits.list_transactions import SearchingTransactions, SearchTransactions
from application.credits.steps.account_proof import LedgerVerified
from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.credits import Receipt, StatementLine, TransactionFilter
from application.promotions.verify_counters import (
    CountersVerified,
    VerifyCounters,
    VerifyingCounters,
)
from domain.access.role import Right
from domain.credits.errors import (
    BalanceTooLarge,
    GrantAlreadyOver,
    InsufficientCredits,
    KeyReused,
)
from domain.credits.proof import Breach
from domain.credits.transaction import LedgerAccount, Transaction, TransactionType
from domain.promotions.proof import Miscount
from entrypoints.http.credits import Seq, TransactionView, TypeSlug
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import required_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.spans import SpanQuery
from entrypoints.http.values import (
    AccountIdText,
    Balance,
    Credits,
    Id,
    Instant,
    SignedAmount,
    account_id_of,
)
from entrypoints.http.wire import read, read_query, reply, reply_page

Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="Why; it stands in the account's ledger and in the audit log.",
        examples=["Credit for the outage of 14 April"],
    ),
]


class AdminTransactionView(TransactionView, frozen=True, kw_only=True):
    """One line of the ledger with its two sides, and what brought it about."""

    account_id: AccountIdText
    debit: LedgerAccount
    credit: LedgerAccount
    cause: str | None

    @classmethod
    def of_transaction(cls, transaction: Transaction) -> AdminTransactionView:
        """Return the line as an admin sees it."""
        shown = TransactionView.of(StatementLine.of(transaction))
        return cls(
            id=shown.id,
            type=shown.type,
            amount=shown.amount,
            description=shown.description,
            created_at=shown.created_at,
            balance_after=shown.balance_after,
            seq=shown.seq,
            metadata=shown.metadata,
            usage=shown.usage,
            account_id=transaction.account_id,
            debit=transaction.debit,
            credit=transaction.credit,
            cause=transaction.cause,
        )


@frozen(kw_only=True)
class AdminTransactionsQuery(SpanQuery):
    """Which transactions of all accounts."""

    type: TypeSlug | None = None


@frozen(kw_only=True)
class AdjustmentBody:
    """Credits to give, or below zero to take; only what is given may expire."""

    account_id: AccountIdText
    amount: SignedAmount
    reason: Reason
    expires_at: Instant | None = None


@frozen(kw_only=True, slots=False)
class AdjustmentView:
    """An adjustment as it was carried out; the balances are those right after."""

    transaction_id: Id
    account_id: AccountIdText
    seq: Seq
    amount: SignedAmount
    balance: Balance
    available: Credits
    grant_id: Id | None
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> AdjustmentView:
        """Return the receipt as an admin sees it."""
        assert receipt.transaction_id is not None
        assert receipt.seq is not None
        return cls(
            transaction_id=receipt.transaction_id,
            account_id=receipt.account_id,
            seq=receipt.seq,
            amount=receipt.amount,
            balance=receipt.balance,
            available=receipt.available,
            grant_id=receipt.grant_id,
            created_at=receipt.at,
        )


@frozen(kw_only=True, slots=False)
class BreachView:
    """A place where the ledger breaks a rule; `seq` 0 means the wallet or a lot, not a line."""

    account_id: AccountIdText
    seq: int
    rule: str
    found: str

    @classmethod
    def of(cls, breach: Breach) -> BreachView:
        """Return the breach as it is shown."""
        return cls(
            account_id=breach.account_id, seq=breach.seq, rule=breach.rule, found=breach.found
        )


@frozen(kw_only=True, slots=False)
class MiscountView:
    """A counter of a coupon, a code or a check-in budget that is not what its rows say."""

    counter: str
    rule: str
    found: str

    @classmethod
    def of(cls, miscount: Miscount) -> MiscountView:
        """Return the miscount as it is shown."""
        return cls(counter=miscount.counter, rule=miscount.rule, found=miscount.found)


@frozen(kw_only=True, slots=False)
class VerificationView:
    """How much of the ledger was proved, and how many counters, and what is wrong, if anything."""

    is_clean: bool
    accounts: int
    lines: int
    credits_outstanding: int
    counters: int
    breaches: tuple[BreachView, ...]
    miscounts: tuple[MiscountView, ...]

    @classmethod
    def of(cls, verified: LedgerVerified, counted: CountersVerified) -> VerificationView:
        """Return the result as it is shown."""
        return cls(
            is_clean=not verified.breaches and not counted.miscounts,
            accounts=verified.accounts,
            lines=verified.lines,
            credits_outstanding=verified.credits,
            counters=counted.counters,
            breaches=tuple(BreachView.of(breach) for breach in verified.breaches),
            miscounts=tuple(MiscountView.of(miscount) for miscount in counted.miscounts),
        )


@frozen(kw_only=True)
class AdminCreditsApi:
    """The ledger of all accounts, for admins."""

    search_transactions: SearchingTransactions
    adjust_credits: AdjustingCredits
    verify_ledger: VerifyingLedger
    verify_counters: VerifyingCounters

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about credits."""
        return (
            Endpoint(
                method="GET",
                path="/admin/credits/transactions",
                handler=self.get_transactions,
                policy=Admin(Right.READ),
                tag="Admin: credits",
                summary="List transactions of all accounts, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=AdminTransactionsQuery,
                response=AdminTransactionView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/credits/manual",
                handler=self.post_manual,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Give or take credits by hand",
                description="Happens once for a key, and stands in the audit log with its reason.",
                body=AdjustmentBody,
                response=AdjustmentView,
                status=201,
                refusals=(InsufficientCredits, GrantAlreadyOver, BalanceTooLarge, KeyReused),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 500,
                    "reason": "Credit for the outage of 14 April",
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/verify",
                handler=self.post_verify,
                policy=Admin(Right.OWN),
                tag="Admin: credits",
                summary="Prove the whole ledger and the counters",
                description=(
                    "Reads every line from the first one on and checks sums, lots and the hash "
                    "chain. Answers 200 whatever it finds: look at `is_clean`."
                ),
                response=VerificationView,
            ),
        )

    async def get_transactions(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' lines."""
        query = read_query(request, AdminTransactionsQuery)
        where = TransactionFilter(
            account_id=query.account,
            type=None if query.type is None else TransactionType(query.type),
            from_at=query.from_,
            to_at=query.to,
        )
        page = await self.search_transactions(SearchTransactions(where=where, page=query.page()))
        return reply_page(page, AdminTransactionView.of_transaction, query.page())

    async def post_manual(self, request: web.Request) -> web.Response:
        """Adjust an account's credits, once for the request's key."""
        body = await read(request, AdjustmentBody)
        account_id = account_id_of(body.account_id)
        adjusted = await self.adjust_credits(
            AdjustCredits(
                account_id=account_id,
                amount=body.amount,
                reason=body.reason,
                expires_at=body.expires_at,
                actor=actor_of(request),
                key=required_key(request, account_id),
            )
        )
        return reply(AdjustmentView.of(adjusted.receipt), status=201, replayed=adjusted.is_replay)

    async def post_verify(self, request: web.Request) -> web.Response:
        """Prove the ledger and the counters, and answer what was found."""
        verified = await self.verify_ledger(VerifyLedger())
        counted = await self.verify_counters(VerifyCounters())
        return reply(VerificationView.of(verified, counted))
