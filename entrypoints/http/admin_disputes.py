"""Disputes for admins: all of them, and how one ended where the provider does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from aiohttp import web
from attrs import frozen

from application.payments.resolve_dispute import (
    ListDisputes,
    ListingDisputes,
    ResolveDispute,
    ResolvingDispute,
)
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.payments.dispute import Dispute
from domain.payments.errors import DisputeNotFound
from domain.payments.ids import DisputeId
from domain.payments.provider_event import DisputeStatus
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, Currency, Id, Instant, PriceMinor
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page


class Outcome(Enum):
    """How a dispute ended."""

    WON = "won"
    LOST = "lost"


@frozen(kw_only=True, slots=False)
class DisputeView:
    """A payment that its buyer's bank has taken back, or asks about; tax included.

    As an `inquiry` the bank asks and has taken nothing: nothing is frozen.
    """

    id: Id
    order_id: Id
    account_id: AccountIdText
    channel: str
    provider_dispute_id: str
    amount: PriceMinor
    currency: Currency
    status: DisputeStatus
    opened_at: Instant
    changed_at: Instant

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeView:
        """Return the dispute as an admin sees it."""
        return cls(
            id=dispute.id,
            order_id=dispute.order_id,
            account_id=dispute.account_id,
            channel=dispute.channel,
            provider_dispute_id=dispute.provider_dispute_id,
            amount=dispute.amount_minor,
            currency=dispute.currency,
            status=dispute.status,
            opened_at=dispute.opened_at,
            changed_at=dispute.changed_at,
        )


@frozen(kw_only=True)
class DisputesQuery(CursorQuery):
    """Which disputes of all accounts."""

    status: DisputeStatus | None = None


@frozen(kw_only=True)
class ResolveBody:
    """How a dispute ended, and how that is known."""

    outcome: Outcome
    reason: AuditReason


@frozen(kw_only=True)
class AdminDisputesApi:
    """The disputes of all accounts, for admins."""

    list_disputes: ListingDisputes
    resolve_dispute: ResolvingDispute

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about disputes."""
        return (
            Endpoint(
                method="GET",
                path="/admin/disputes",
                handler=self.get_disputes,
                policy=Admin(Right.READ),
                tag="Admin: orders",
                summary="List disputes of all accounts, newest first",
                description=(
                    "With status `inquiry` those about which a bank only asks, and has taken "
                    "nothing. Pages by `after` alone; the total is not counted."
                ),
                query=DisputesQuery,
                response=DisputeView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/disputes/{id}/resolve",
                handler=self.post_resolve,
                policy=Admin(Right.CREDIT),
                tag="Admin: orders",
                summary="Say how a dispute ended",
                description=(
                    "For providers that do not tell, such as Creem; others are believed by their "
                    "own webhooks. Lost, the credits of the disputed amount are taken as by a "
                    "refund; won, they are free again, or given back. What was entered wrongly is "
                    "corrected by the other outcome."
                ),
                body=ResolveBody,
                response=DisputeView,
                refusals=(DisputeNotFound, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={"outcome": "won", "reason": "The provider's dashboard says so"},
            ),
        )

    async def get_disputes(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' disputes."""
        query = read_query(request, DisputesQuery)
        page = await self.list_disputes(ListDisputes(status=query.status, page=query.page()))
        return reply_page(page, DisputeView.of, query.page())

    async def post_resolve(self, request: web.Request) -> web.Response:
        """Take up how the dispute ended."""
        dispute_id = DisputeId(
            path_id(request, lambda given: DisputeNotFound(dispute_id=DisputeId(given)))
        )
        body = await read(request, ResolveBody)
        actor = actor_of(request)
        resolved = await self.resolve_dispute(
            ResolveDispute(
                dispute_id=dispute_id,
                outcome=DisputeStatus(body.outcome.value),
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(DisputeView.of(resolved.dispute), replayed=resolved.is_replay)
