"""Changing any account's plan, for admins: the same quotes, and the same way to take them up."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.change_plan import ChangePlan, ChangingPlan
from application.subscriptions.preview_change import PreviewChange, PreviewingChange
from domain.access.role import Right
from domain.period import Interval
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import PlanId, SubscriptionId
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.plan_changes import (
    CHANGE_REFUSALS,
    PREVIEW_REFUSALS,
    ChangePreviewView,
    PlanChangedView,
    QuoteText,
)
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AuditReason, Reference
from entrypoints.http.wire import path_id, read, reply

_TAG = "Admin: subscriptions"


@frozen(kw_only=True)
class AdminChangePreviewBody:
    """The plan that a customer is to be on, at which interval."""

    plan_id: Reference
    interval: Interval


@frozen(kw_only=True)
class AdminChangeBody:
    """The quote that is taken up for a customer, and why."""

    quote: QuoteText
    reason: AuditReason


@frozen(kw_only=True)
class AdminPlanChangesApi:
    """The plans of all accounts, for admins."""

    preview_change: PreviewingChange
    change_plan: ChangingPlan

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about plans of subscriptions."""
        return (
            Endpoint(
                method="POST",
                path="/admin/subscriptions/{id}/preview",
                handler=self.post_preview,
                policy=Admin(Right.CREDIT),
                tag=_TAG,
                summary="Preview a change of a customer's plan",
                description="As the customer would see it. A subscription that was given away may "
                "be moved to any plan of its group, and goes on costing nothing.",
                body=AdminChangePreviewBody,
                response=ChangePreviewView,
                refusals=PREVIEW_REFUSALS,
                example={
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "interval": "monthly",
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/subscriptions/{id}/change",
                handler=self.post_change,
                policy=Admin(Right.CREDIT),
                tag=_TAG,
                summary="Change a customer's plan as quoted",
                description="What is due is collected from the customer, as if they had asked.",
                body=AdminChangeBody,
                response=PlanChangedView,
                refusals=(*CHANGE_REFUSALS, SubscriptionNotFound),
                idempotency=Idempotency.OPTIONAL,
                example={"quote": "4m2hC1r6l0sPqA", "reason": "The customer asked for it by mail"},
            ),
        )

    async def post_preview(self, request: web.Request) -> web.Response:
        """Answer what a change of a customer's plan would mean."""
        subscription_id = _subscription_id(request)
        body = await read(request, AdminChangePreviewBody)
        previewed = await self.preview_change(
            PreviewChange(
                plan_id=PlanId(body.plan_id),
                interval=body.interval,
                subscription_id=subscription_id,
            )
        )
        return reply(ChangePreviewView.of(previewed))

    async def post_change(self, request: web.Request) -> web.Response:
        """Carry out what was quoted for a customer."""
        subscription_id = _subscription_id(request)
        body = await read(request, AdminChangeBody)
        actor = actor_of(request)
        changed = await self.change_plan(
            ChangePlan(
                quote=body.quote,
                subscription_id=subscription_id,
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(PlanChangedView.of(changed), replayed=changed.is_replay)


def _subscription_id(request: web.Request) -> SubscriptionId:
    return SubscriptionId(path_id(request, lambda _: SubscriptionNotFound()))
