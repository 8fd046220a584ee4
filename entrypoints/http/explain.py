"""Why a number is what it is, for the account itself and for whoever supports it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.credits.explain import (
    ExplainBalance,
    ExplainingBalance,
    ExplainingTransaction,
    ExplainTransaction,
    TransactionExplained,
)
from application.ports.credits import StatementLine
from domain.access.role import Right, Scope
from domain.credits.errors import LedgerBeingRead, TransactionNotFound
from domain.credits.explanation import BalanceExplained, LotExplained
from domain.credits.grant import Category, Cost, Grant, GrantSource, GrantState
from domain.credits.ids import AccountId, TransactionId
from entrypoints.http.credits import TransactionView
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import AccountHolder, Admin
from entrypoints.http.principal import account_of
from entrypoints.http.values import (
    Amount,
    Balance,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
    account_id_of,
)
from entrypoints.http.wire import path_id, read_query, reply

# Lots that are used up pile up for ever; the newest of them are enough to see where credits went.
CLOSED_LOTS_MAX = 200
_SAYS = (
    "Reads the account's ledger up to the instant. Of a long one 40,000 lines are read at a time "
    "and added up for ever: until all are, the answer is `ledger_being_read`, and the next try "
    "goes on from there."
)


@frozen(kw_only=True, slots=False)
class CostView:
    """The money a lot was sold for; over its `amount` of credits it is the cost of one."""

    amount: PriceMinor
    currency: Currency

    @classmethod
    def of(cls, cost: Cost | None) -> CostView | None:
        """Return the cost as it is shown, or None for credits that nobody paid for."""
        return None if cost is None else cls(amount=cost.amount_minor, currency=cost.currency)


@frozen(kw_only=True, slots=False)
class LotView:
    """A lot at an instant: where it came from, what it gave to which kind of use, what is left.

    `cause` names what brought it: `order:<id>`, `check_in:<day>`, or null. `held` is what holds
    that were open at the instant have of it; `frozen` is how the lot stands today.
    """

    id: Id
    source: GrantSource
    category: Category
    cause: str | None
    amount: Amount
    given: Mapping[str, Amount]
    remaining: Credits
    held: Credits
    state: GrantState
    frozen: bool
    priority: int
    created_at: Instant
    effective_at: Instant
    expires_at: Instant | None
    cost: CostView | None

    @classmethod
    def of(cls, lot: LotExplained) -> LotView:
        """Return the lot as it is shown."""
        grant = lot.grant
        return cls(
            id=grant.id,
            source=grant.source,
            category=grant.category,
            cause=grant.cause,
            amount=grant.amount,
            given={str(kind): amount for kind, amount in lot.given.items()},
            remaining=lot.remaining,
            held=lot.held,
            state=lot.state,
            frozen=grant.is_frozen,
            priority=grant.priority,
            created_at=grant.created_at,
            effective_at=grant.effective_at,
            expires_at=grant.expires_at,
            cost=CostView.of(grant.cost),
        )


@frozen(kw_only=True, slots=False)
class BalanceExplainedView:
    """A balance at an instant: what is left in active lots, less what is owed.

    Of a lot whose time is over, what holds still have of it counts.

    Lots stand oldest first. Of those that are used up or expired the newest are shown;
    `lots_left_out` counts the others.
    """

    at: Instant
    balance: Balance
    owed: Credits
    transactions: Credits
    lots: tuple[LotView, ...]
    lots_left_out: Credits

    @classmethod
    def of(cls, explained: BalanceExplained) -> BalanceExplainedView:
        """Return the explanation as it is shown."""
        closed = [lot for lot in explained.lots if lot.remaining == 0]
        hidden = {lot.grant.id for lot in closed[:-CLOSED_LOTS_MAX]}
        return cls(
            at=explained.at,
            balance=explained.balance,
            owed=explained.owed,
            transactions=explained.lines,
            lots=tuple(LotView.of(lot) for lot in explained.lots if lot.grant.id not in hidden),
            lots_left_out=len(hidden),
        )


@frozen(kw_only=True, slots=False)
class PartView:
    """How much of a transaction one lot paid, or received."""

    lot_id: Id
    amount: Credits
    source: GrantSource
    category: Category
    cause: str | None
    expires_at: Instant | None
    cost: CostView | None

    @classmethod
    def of(cls, grant: Grant, amount: int) -> PartView:
        """Return the part as it is shown."""
        return cls(
            lot_id=grant.id,
            amount=amount,
            source=grant.source,
            category=grant.category,
            cause=grant.cause,
            expires_at=grant.expires_at,
            cost=CostView.of(grant.cost),
        )


@frozen(kw_only=True, slots=False)
class TransactionExplainedView:
    """A transaction with its lots; `owed` is what no lot covered, or what filled a debt."""

    transaction: TransactionView
    parts: tuple[PartView, ...]
    owed: Credits

    @classmethod
    def of(cls, explained: TransactionExplained) -> TransactionExplainedView:
        """Return the explanation as it is shown."""
        return cls(
            transaction=TransactionView.of(StatementLine.of(explained.transaction)),
            parts=tuple(PartView.of(grant, amount) for grant, amount in explained.lots),
            owed=explained.owed,
        )


@frozen(kw_only=True)
class ExplainQuery:
    """The instant that is asked about; now, if none is given."""

    at: Instant | None = None


@frozen(kw_only=True)
class ExplainApi:
    """Explanations of balances and transactions."""

    explain_balance: ExplainingBalance
    explain_transaction: ExplainingTransaction

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes that explain."""
        return (
            Endpoint(
                method="GET",
                path="/credits/explain",
                handler=self.get_explanation,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits",
                summary="Explain the balance, now or at a past instant",
                description=_SAYS,
                query=ExplainQuery,
                response=BalanceExplainedView,
                refusals=(LedgerBeingRead,),
            ),
            Endpoint(
                method="GET",
                path="/credits/transactions/{id}/explain",
                handler=self.get_transaction_explanation,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits",
                summary="Explain a transaction: which lots paid for it",
                response=TransactionExplainedView,
                refusals=(TransactionNotFound,),
            ),
            Endpoint(
                method="GET",
                path="/admin/accounts/{id}/explain",
                handler=self.get_account_explanation,
                policy=Admin(Right.READ),
                tag="Admin: credits",
                summary="Explain an account's balance, now or at a past instant",
                description=f"The id is the product's own. {_SAYS}",
                query=ExplainQuery,
                response=BalanceExplainedView,
                refusals=(LedgerBeingRead,),
            ),
        )

    async def get_explanation(self, request: web.Request) -> web.Response:
        """Explain the asker's own balance."""
        return await self._explained(request, account_of(request))

    async def get_account_explanation(self, request: web.Request) -> web.Response:
        """Explain anybody's balance, to an admin."""
        return await self._explained(request, account_id_of(request.match_info["id"], "id"))

    async def get_transaction_explanation(self, request: web.Request) -> web.Response:
        """Explain one of the account's own transactions."""
        given = path_id(
            request, lambda text: TransactionNotFound(transaction_id=TransactionId(text))
        )
        command = ExplainTransaction(
            account_id=account_of(request), transaction_id=TransactionId(given)
        )
        return reply(TransactionExplainedView.of(await self.explain_transaction(command)))

    async def _explained(self, request: web.Request, account_id: AccountId) -> web.Response:
        query = read_query(request, ExplainQuery)
        explained = await self.explain_balance(ExplainBalance(account_id=account_id, at=query.at))
        return reply(BalanceExplainedView.of(explained))
