"""Lots of credits for admins: all of them, given and voided by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import attrs
from aiohttp import web
from attrs import frozen

from application.credits.give_grant import GiveGrant, GivingGrant
from application.credits.list_grants import ListGrants, ListingGrants
from application.credits.void_grant import VoidGrant, VoidingGrant
from application.ports.credits import Receipt
from domain.access.role import Right
from domain.credits.errors import (
    BalanceTooLarge,
    GrantAlreadyOver,
    GrantEnded,
    GrantNotFound,
    KeyReused,
)
from domain.credits.grant import Grant, GrantSource
from domain.credits.ids import AccountId, GrantId
from entrypoints.http.admin_credits import Reason
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.grants import GrantView
from entrypoints.http.idempotency import required_key
from entrypoints.http.lots import CostBody, GrantLineView, GrantsQuery, LotBody
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import (
    AccountIdText,
    Balance,
    Credits,
    Id,
    Instant,
    SignedAmount,
    account_id_of,
)
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page


@frozen(kw_only=True)
class AdminGrantsQuery(GrantsQuery):
    """Which lots of all accounts."""

    account_id: AccountIdText | None = None
    source: GrantSource | None = None

    @property
    def account(self) -> AccountId | None:
        """Return the account asked for, or None for all. Raises InvalidField."""
        return None if self.account_id is None else account_id_of(self.account_id)


@frozen(kw_only=True)
class AdminGrantBody(LotBody):
    """A lot to give, on any terms; `cost` is what was paid for it, if anything was."""

    cost: CostBody | None = None
    reason: Reason


@frozen(kw_only=True)
class VoidBody:
    """Whose lot is to be voided, and why."""

    account_id: AccountIdText
    reason: Reason


@frozen(kw_only=True, slots=False)
class AdminGrantLineView(GrantLineView):
    """A lot of credits as it stands now, and whose it is."""

    account_id: AccountIdText

    @classmethod
    def at(cls, now: datetime) -> Callable[[Grant], AdminGrantLineView]:
        """Return how a lot is shown to an admin at an instant."""
        shown = GrantLineView.at(now)

        def view(grant: Grant) -> AdminGrantLineView:
            return cls(account_id=grant.account_id, **attrs.asdict(shown(grant), recurse=False))

        return view


@frozen(kw_only=True, slots=False)
class GrantVoidedView:
    """What was taken away at once; there is no transaction where that was nothing.

    The lot was not in effect yet then, or holds have all of it: they keep it until they end.
    """

    grant_id: Id
    transaction_id: Id | None
    amount: SignedAmount
    balance: Balance
    available: Credits
    voided_at: Instant

    @classmethod
    def of(cls, receipt: Receipt) -> GrantVoidedView:
        """Return the receipt as an admin sees it."""
        assert receipt.grant_id is not None
        return cls(
            grant_id=receipt.grant_id,
            transaction_id=receipt.transaction_id,
            amount=receipt.amount,
            balance=receipt.balance,
            available=receipt.available,
            voided_at=receipt.at,
        )


@frozen(kw_only=True)
class AdminGrantsApi:
    """Lots of all accounts, for admins."""

    list_grants: ListingGrants
    give_grant: GivingGrant
    void_grant: VoidingGrant

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about lots."""
        return (
            Endpoint(
                method="GET",
                path="/admin/credits/grants",
                handler=self.get_grants,
                policy=Admin(Right.READ),
                tag="Admin: credits",
                summary="List lots of all accounts, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=AdminGrantsQuery,
                response=AdminGrantLineView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/credits/grants",
                handler=self.post_grant,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Give a lot of credits on any terms",
                description="Happens once for a key, and stands in the audit log with its reason.",
                body=AdminGrantBody,
                response=GrantView,
                status=201,
                refusals=(GrantAlreadyOver, BalanceTooLarge, KeyReused),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 5000,
                    "category": "paid",
                    "expires_at": "2027-01-01T00:00:00Z",
                    "cost": {"amount": 4900, "currency": "EUR"},
                    "reason": "Paid by bank transfer",
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/credits/grants/{id}/void",
                handler=self.post_void,
                policy=Admin(Right.CREDIT),
                tag="Admin: credits",
                summary="Take away what is left of a lot",
                description=(
                    "What holds have of it goes when they end; what was spent stays spent. Stands "
                    "in the audit log with its reason."
                ),
                body=VoidBody,
                response=GrantVoidedView,
                refusals=(GrantNotFound, GrantEnded, KeyReused),
                idempotency=Idempotency.REQUIRED,
                example={"account_id": "user-1042", "reason": "Given twice by mistake"},
            ),
        )

    async def get_grants(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' lots."""
        query = read_query(request, AdminGrantsQuery)
        asked = query.page()
        listed = await self.list_grants(
            ListGrants(
                account_id=query.account,
                source=query.source,
                state=query.state,
                page=asked,
            )
        )
        return reply_page(listed.page, AdminGrantLineView.at(listed.at), asked)

    async def post_grant(self, request: web.Request) -> web.Response:
        """Give a lot, once for the request's key."""
        body = await read(request, AdminGrantBody)
        account_id = account_id_of(body.account_id)
        given = await self.give_grant(
            GiveGrant(
                account_id=account_id,
                terms=body.terms(body.cost),
                reason=body.reason,
                actor=actor_of(request),
                key=required_key(request, account_id),
            )
        )
        return reply(GrantView.of(given.receipt), status=201, replayed=given.is_replay)

    async def post_void(self, request: web.Request) -> web.Response:
        """Void a lot, once for the request's key."""
        body = await read(request, VoidBody)
        account_id = account_id_of(body.account_id)
        grant_id = path_id(request, lambda given: GrantNotFound(grant_id=GrantId(given)))
        voided = await self.void_grant(
            VoidGrant(
                account_id=account_id,
                grant_id=GrantId(grant_id),
                reason=body.reason,
                actor=actor_of(request),
                key=required_key(request, account_id),
            )
        )
        return reply(GrantVoidedView.of(voided.receipt), replayed=voided.is_replay)
