"""Subscriptions given without payment, for admins."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.comp_subscription import CompingSubscription, CompSubscription
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.period import Interval
from domain.subscriptions.errors import IntervalNotOffered, PlanNotFound, SubscriptionExists
from domain.subscriptions.ids import PlanId
from entrypoints.http.admin_subscriptions import AdminSubscriptionView
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, Instant, Reference, account_id_of
from entrypoints.http.wire import read, reply


@frozen(kw_only=True)
class CompBody:
    """To whom which plan is given, and why; without `until` it goes on until somebody ends it."""

    account_id: AccountIdText
    plan_id: Reference
    interval: Interval = Interval.MONTHLY
    until: Instant | None = None
    reason: AuditReason


@frozen(kw_only=True)
class AdminCompApi:
    """Giving subscriptions."""

    comp_subscription: CompingSubscription

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the route."""
        return (
            Endpoint(
                method="POST",
                path="/admin/subscriptions/comp",
                handler=self.post_comp,
                policy=Admin(Right.CREDIT),
                tag="Admin: subscriptions",
                summary="Give a subscription without payment",
                description=(
                    "It renews itself with no provider, brings its months' credits, and ends at "
                    "`until`. Where the same plan was given already, only its end is said anew; "
                    "another that was given, or a free one, gives way."
                ),
                body=CompBody,
                response=AdminSubscriptionView,
                status=201,
                refusals=(PlanNotFound, IntervalNotOffered, SubscriptionExists, KeyReused),
                idempotency=Idempotency.OPTIONAL,
                example={
                    "account_id": "user-1042",
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "interval": "monthly",
                    "until": "2026-12-31T00:00:00Z",
                    "reason": "A speaker at our conference",
                },
            ),
        )

    async def post_comp(self, request: web.Request) -> web.Response:
        """Give the subscription."""
        body = await read(request, CompBody)
        actor = actor_of(request)
        comped = await self.comp_subscription(
            CompSubscription(
                account_id=account_id_of(body.account_id),
                plan_id=PlanId(body.plan_id),
                interval=body.interval,
                until=body.until,
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        view = AdminSubscriptionView.of(comped.subscription)
        return reply(view, status=201, replayed=comped.is_replay)
