"""Credits that the product's own backend gives away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.credits.grant_credits import GrantCredits, GrantingCredits
from application.group_commit import StoreSilent, TooManyWaiting
from application.ports.credits import Receipt
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, GrantAlreadyOver, KeyReused
from domain.credits.grant import PRIORITY_DEFAULT, PRIORITY_MAX, Category, GrantSource, GrantTerms
from entrypoints.http.credits import Description, kept_text
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
from entrypoints.http.wire import read, reply

Priority = Annotated[
    int,
    Meta(ge=1, le=PRIORITY_MAX, description="Lots with a lower number are spent first."),
]


@frozen(kw_only=True)
class GrantBody:
    """Credits to give; they count from `effective_at`, or at once, until `expires_at`, or for ever.

    `category` says whether anybody paid for them: free ones are spent before paid ones.
    """

    account_id: AccountIdText
    amount: Amount
    category: Category = Category.PROMOTIONAL
    priority: Priority = PRIORITY_DEFAULT
    effective_at: Instant | None = None
    expires_at: Instant | None = None
    description: Description = ""
    metadata: JsonObject | None = None


@frozen(kw_only=True, slots=False)
class GrantView:
    """A grant as it was carried out; one that takes effect later has no transaction yet."""

    grant_id: Id
    transaction_id: Id | None
    amount: Amount
    balance: Balance
    available: Credits
    created_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> GrantView:
        """Return the receipt as the backend sees it."""
        assert receipt.grant_id is not None
        return cls(
            grant_id=receipt.grant_id,
            transaction_id=receipt.transaction_id,
            amount=receipt.amount,
            balance=receipt.balance,
            available=receipt.available,
            created_at=receipt.at,
        )


@frozen(kw_only=True)
class GrantsApi:
    """Giving credits, for the product's backend."""

    grant_credits: GrantingCredits

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about grants."""
        return (
            Endpoint(
                method="POST",
                path="/credits/grants",
                handler=self.post_grant,
                policy=Backend(Scope.CREDITS_GRANT),
                tag="Credits",
                summary="Give credits",
                description="For welcomes, rewards and migrations; once for the request's key.",
                body=GrantBody,
                response=GrantView,
                status=201,
                refusals=(
                    GrantAlreadyOver,
                    BalanceTooLarge,
                    KeyReused,
                    TooManyWaiting,
                    StoreSilent,
                ),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 100,
                    "description": "Welcome",
                    "expires_at": "2027-01-01T00:00:00Z",
                },
            ),
        )

    async def post_grant(self, request: web.Request) -> web.Response:
        """Give, once for the request's key."""
        body = await read(request, GrantBody)
        account_id = account_of(request, body.account_id)
        granted = await self.grant_credits(
            GrantCredits(
                account_id=account_id,
                terms=GrantTerms(
                    amount=body.amount,
                    source=GrantSource.MANUAL,
                    category=body.category,
                    priority=body.priority,
                    effective_at=body.effective_at,
                    expires_at=body.expires_at,
                ),
                description=body.description,
                metadata=kept_text(body.metadata),
                key=required_key(request, account_id),
            )
        )
        return reply(GrantView.of(granted.receipt), status=201, replayed=granted.is_replay)
