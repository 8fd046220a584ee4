"""Subscriptions for admins: those of all accounts, their history, and what is done to one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs
from aiohttp import web
from attrs import frozen

from application.ports.subscriptions import SubscriptionFilter
from application.subscriptions.fulfil_wish import Asked, FulfillingWish, FulfilWish
from application.subscriptions.search_subscriptions import (
    InspectingSubscription,
    InspectSubscription,
    SearchingSubscriptions,
    SearchSubscriptions,
    SubscriptionInspected,
)
from domain.access.audit import AuditEntry
from domain.access.role import Right
from domain.subscriptions.change import Change
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from entrypoints.http.endpoint import Endpoint, Handler, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.subscription_wishes import WISH_REFUSALS, When
from entrypoints.http.subscriptions import SubscriptionView
from entrypoints.http.values import (
    AccountIdText,
    AuditReason,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
    Reference,
    account_id_of,
)
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

_TAG = "Admin: subscriptions"


@frozen(kw_only=True, slots=False)
class AdminSubscriptionView(SubscriptionView):
    """A subscription with whose it is, what it was sold for, and what the provider calls it.

    `provider_subscription_id` is null where no provider stands behind it, because it costs nothing.
    `until` is when one ends that was given without payment.
    """

    account_id: AccountIdText
    group: str
    price: PriceMinor
    currency: Currency
    credits_per_month: Credits
    provider_subscription_id: str | None
    order_id: Id
    started_at: Instant
    ended_at: Instant | None
    until: Instant | None

    @classmethod
    def of(cls, subscription: Subscription, change: Change | None = None) -> AdminSubscriptionView:
        """Return the subscription as an admin sees it."""
        return cls(
            **attrs.asdict(SubscriptionView.of(subscription, change), recurse=False),
            account_id=subscription.account_id,
            group=subscription.group,
            price=subscription.price_minor,
            currency=subscription.currency,
            credits_per_month=subscription.credits_per_month,
            provider_subscription_id=subscription.provider_subscription_id,
            order_id=subscription.order_id,
            started_at=subscription.started_at,
            ended_at=subscription.ended_at,
            until=subscription.course.until,
        )


@frozen(kw_only=True, slots=False)
class HistoryView:
    """One thing that happened to a subscription: who did what, and why."""

    at: Instant
    actor: str
    action: str
    before: str
    after: str
    reason: str

    @classmethod
    def of(cls, entry: AuditEntry) -> HistoryView:
        """Return a line of the audit log."""
        return cls(
            at=entry.at,
            actor=entry.actor.id,
            action=entry.action,
            before=entry.before,
            after=entry.after,
            reason=entry.reason,
        )


@frozen(kw_only=True, slots=False)
class InspectedSubscriptionView(AdminSubscriptionView):
    """A subscription with the last hundred things that happened to it, newest first."""

    history: tuple[HistoryView, ...]

    @classmethod
    def inspected(cls, found: SubscriptionInspected) -> InspectedSubscriptionView:
        """Return the subscription as an admin sees it who looks closely."""
        return cls(
            **attrs.asdict(
                AdminSubscriptionView.of(found.subscription, found.change), recurse=False
            ),
            history=tuple(HistoryView.of(entry) for entry in found.history),
        )


@frozen(kw_only=True)
class AdminSubscriptionsQuery(CursorQuery):
    """Which subscriptions of all accounts."""

    account_id: AccountIdText | None = None
    plan_id: Reference | None = None
    status: SubscriptionStatus | None = None

    def where(self) -> SubscriptionFilter:
        """Return the filter in the application's words. Raises InvalidField."""
        return SubscriptionFilter(
            account_id=None if self.account_id is None else account_id_of(self.account_id),
            plan_id=None if self.plan_id is None else PlanId(self.plan_id),
            status=self.status,
        )


@frozen(kw_only=True)
class AdminWishBody:
    """Why something is done to a customer's subscription."""

    reason: AuditReason


@frozen(kw_only=True)
class AdminCancelBody(AdminWishBody):
    """When the subscription is to end: with its paid period, unless said otherwise; and why."""

    at: When = When.PERIOD_END


@frozen(kw_only=True)
class AdminPauseBody(AdminWishBody):
    """When the pause is to end by itself, if it is; and why."""

    resume_at: Instant | None = None


@frozen(kw_only=True)
class AdminSubscriptionsApi:
    """The subscriptions of all accounts, for admins."""

    search_subscriptions: SearchingSubscriptions
    inspect_subscription: InspectingSubscription
    fulfil_wish: FulfillingWish

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about subscriptions."""
        return (*self._reading(), *self._acting())

    def _reading(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/admin/subscriptions",
                handler=self.get_subscriptions,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="List subscriptions of all accounts, newest first",
                description="Pages by `after` alone; the total is not counted.",
                query=AdminSubscriptionsQuery,
                response=AdminSubscriptionView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/admin/subscriptions/{id}",
                handler=self.get_subscription,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="Read a subscription with its history",
                response=InspectedSubscriptionView,
                refusals=(SubscriptionNotFound,),
            ),
        )

    def _acting(self) -> Sequence[Endpoint]:
        reason = {"reason": "The customer asked for it by mail"}
        return (
            _endpoint(
                "resume",
                self.post_resume,
                AdminWishBody,
                "Resume a customer's subscription",
                "Takes back a cancellation at the period's end; where there is none, ends a pause.",
                reason,
            ),
            _endpoint(
                "pause",
                self.post_pause,
                AdminPauseBody,
                "Pause a customer's subscription",
                "Nothing is collected and no month's credits come until it is resumed.",
                reason,
            ),
            _endpoint(
                "cancel",
                self.post_cancel,
                AdminCancelBody,
                "Cancel a customer's subscription",
                "With its period, or at once. Money is given back apart, by refunding its order.",
                {"at": "now", **reason},
            ),
        )

    async def get_subscriptions(self, request: web.Request) -> web.Response:
        """Answer a page of all accounts' subscriptions."""
        query = read_query(request, AdminSubscriptionsQuery)
        asked = SearchSubscriptions(where=query.where(), page=query.page())
        page = await self.search_subscriptions(asked)
        return reply_page(page, AdminSubscriptionView.of, query.page())

    async def get_subscription(self, request: web.Request) -> web.Response:
        """Answer a subscription and what happened to it."""
        command = InspectSubscription(subscription_id=_subscription_id(request))
        return reply(InspectedSubscriptionView.inspected(await self.inspect_subscription(command)))

    async def post_cancel(self, request: web.Request) -> web.Response:
        """End a subscription, now or later."""
        subscription_id = _subscription_id(request)
        body = await read(request, AdminCancelBody)
        return await self._fulfilled(request, subscription_id, body, body.at.asked)

    async def post_resume(self, request: web.Request) -> web.Response:
        """Let a subscription go on."""
        subscription_id = _subscription_id(request)
        body = await read(request, AdminWishBody)
        return await self._fulfilled(request, subscription_id, body, Asked.RESUME)

    async def post_pause(self, request: web.Request) -> web.Response:
        """Set a subscription aside."""
        subscription_id = _subscription_id(request)
        body = await read(request, AdminPauseBody)
        return await self._fulfilled(request, subscription_id, body, Asked.PAUSE, body.resume_at)

    async def _fulfilled(
        self,
        request: web.Request,
        subscription_id: SubscriptionId,
        body: AdminWishBody,
        asked: Asked,
        resume_at: datetime | None = None,
    ) -> web.Response:
        actor = actor_of(request)
        fulfilled = await self.fulfil_wish(
            FulfilWish(
                asked=asked,
                subscription_id=subscription_id,
                reason=body.reason,
                actor=actor,
                key=request_key(request, actor.id),
                resume_at=resume_at,
            )
        )
        view = AdminSubscriptionView.of(fulfilled.subscription, fulfilled.change)
        return reply(view, replayed=fulfilled.is_replay)


def _endpoint(
    name: str,
    handler: Handler,
    body: type[AdminWishBody],
    summary: str,
    description: str,
    example: Mapping[str, object],
) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/admin/subscriptions/{{id}}/{name}",
        handler=handler,
        policy=Admin(Right.CREDIT),
        tag=_TAG,
        summary=summary,
        description=description,
        body=body,
        response=AdminSubscriptionView,
        refusals=WISH_REFUSALS,
        idempotency=Idempotency.OPTIONAL,
        example=example,
    )


def _subscription_id(request: web.Request) -> SubscriptionId:
    return SubscriptionId(path_id(request, lambda _: SubscriptionNotFound()))
