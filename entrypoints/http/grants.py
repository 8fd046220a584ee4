"""Lots of credits: an account's own, and those that the product's backend gives away."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.credits.grant_credits import GrantCredits, GrantingCredits
from application.credits.list_grants import ListGrants, ListingGrants
from application.ports.credits import Receipt
from application.wallets.group_commit import StoreSilent, TooManyWaiting
from domain.access.role import Scope
from domain.credits.errors import BalanceTooLarge, GrantAlreadyOver, KeyReused
from entrypoints.http.credits import Description, kept_text
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import required_key
from entrypoints.http.lots import GrantLineView, GrantsQuery, LotBody
from entrypoints.http.policy import AccountHolder, Backend
from entrypoints.http.principal import account_of
from entrypoints.http.values import (
    Amount,
    Balance,
    Credits,
    Id,
    Instant,
    JsonObject,
)
from entrypoints.http.wire import read, read_query, reply, reply_page


@frozen(kw_only=True)
class GrantBody(LotBody):
    """A lot to give; its description stands in the account's ledger."""

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
    """Lots, for the account itself and for the product's backend."""

    grant_credits: GrantingCredits
    list_grants: ListingGrants

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about grants."""
        return (
            Endpoint(
                method="GET",
                path="/credits/grants",
                handler=self.get_grants,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits",
                summary="List lots of credits, newest first",
                query=GrantsQuery,
                response=GrantLineView,
                shape=Shape.LIST,
                refusals=(TooManyWaiting, StoreSilent),
            ),
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

    async def get_grants(self, request: web.Request) -> web.Response:
        """Answer a page of the account's lots."""
        query = read_query(request, GrantsQuery)
        asked = query.page()
        listed = await self.list_grants(
            ListGrants(account_id=account_of(request), state=query.state, page=asked)
        )
        return reply_page(listed.page, GrantLineView.at(listed.at), asked)

    async def post_grant(self, request: web.Request) -> web.Response:
        """Give, once for the request's key."""
        body = await read(request, GrantBody)
        account_id = account_of(request, body.account_id)
        granted = await self.grant_credits(
            GrantCredits(
                account_id=account_id,
                terms=body.terms(),
                description=body.description,
                metadata=kept_text(body.metadata),
                key=required_key(request, account_id),
            )
        )
        return reply(GrantView.of(granted.receipt), status=201, replayed=granted.is_replay)
