"""Usage that the product pays back: whole or in part."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.credits.refund_usage import RefundingUsage, RefundUsage
from application.ports.credits import Receipt
from domain.access.role import Scope
from domain.credits.errors import (
    BalanceTooLarge,
    KeyReused,
    NotUsage,
    TransactionNotFound,
    UsageRefundTooLarge,
)
from domain.credits.ids import TransactionId
from entrypoints.http.credits import Description, Seq, kept_text
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import required_key
from entrypoints.http.policy import Backend
from entrypoints.http.principal import account_of
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
)
from entrypoints.http.wire import path_id, read, reply


@frozen(kw_only=True)
class UsageRefundBody:
    """How much of a transaction to pay back; all that is left of it, if no amount is given."""

    account_id: AccountIdText
    amount: Amount | None = None
    description: Description = ""
    metadata: JsonObject | None = None


@frozen(kw_only=True, slots=False)
class UsageRefundView:
    """A refund as it was carried out; the balances are those right after.

    Credits that no lot could take back came as a lot of their own, by a line after the first; then
    `transaction_id` is that line's, and `amount` is what both of them say.
    """

    transaction_id: Id
    seq: Seq
    amount: Amount
    balance: Balance
    available: Credits
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> UsageRefundView:
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
class UsageRefundsApi:
    """Refunds of usage, for the product's backend."""

    refund_usage: RefundingUsage

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the one route."""
        return (
            Endpoint(
                method="POST",
                path="/credits/transactions/{id}/refund",
                handler=self.post_refund,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits",
                summary="Pay usage back, whole or in part",
                description=(
                    "Into the very lots that had paid for it. However many ask at once, never more "
                    "comes back than the transaction charged."
                ),
                body=UsageRefundBody,
                response=UsageRefundView,
                status=201,
                refusals=(
                    TransactionNotFound,
                    NotUsage,
                    UsageRefundTooLarge,
                    BalanceTooLarge,
                    KeyReused,
                ),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 20,
                    "description": "The answer was cut off",
                },
            ),
        )

    async def post_refund(self, request: web.Request) -> web.Response:
        """Refund, once for the request's key."""
        body = await read(request, UsageRefundBody)
        account_id = account_of(request, body.account_id)
        given = path_id(
            request, lambda text: TransactionNotFound(transaction_id=TransactionId(text))
        )
        refunded = await self.refund_usage(
            RefundUsage(
                account_id=account_id,
                transaction_id=TransactionId(given),
                amount=body.amount,
                description=body.description,
                metadata=kept_text(body.metadata),
                key=required_key(request, account_id),
            )
        )
        return reply(UsageRefundView.of(refunded.receipt), status=201, replayed=refunded.is_replay)
