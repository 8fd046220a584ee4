"""What a customer may do to a running subscription: cancel, pause and resume it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

from aiohttp import web
from attrs import frozen

from application.subscriptions.fulfil_wish import Asked, FulfillingWish, FulfilWish
from domain.access.role import Scope
from domain.credits.errors import KeyReused
from domain.errors import BillingError
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.subscriptions.errors import (
    NotPossibleNow,
    SubscriptionNotFound,
    SubscriptionNotNamed,
)
from domain.subscriptions.ids import SubscriptionId
from entrypoints.http.endpoint import Endpoint, Handler, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of, asker_of
from entrypoints.http.subscriptions import SubscriptionView
from entrypoints.http.values import AccountIdText, AuditReason, Instant, Reference
from entrypoints.http.wire import read, reply

WISH_REFUSALS: tuple[type[BillingError], ...] = (
    SubscriptionNotFound,
    NotPossibleNow,
    ChannelUnknown,
    CapabilityMissing,
    ProviderUnavailable,
    ProviderRefused,
    KeyReused,
)


class When(Enum):
    """When a cancelled subscription ends."""

    PERIOD_END = "period_end"
    NOW = "now"

    @property
    def asked(self) -> Asked:
        """Return what is asked for with it."""
        return {When.PERIOD_END: Asked.CANCEL_AT_PERIOD_END, When.NOW: Asked.CANCEL_NOW}[self]


@frozen(kw_only=True)
class WishBody:
    """Which subscription is meant; backends name the account.

    Where the account has one live subscription, that is the one.
    """

    account_id: AccountIdText | None = None
    subscription_id: Reference | None = None
    reason: AuditReason | None = None


@frozen(kw_only=True)
class CancelBody(WishBody):
    """When a subscription is to end: with its paid period, unless said otherwise."""

    at: When = When.PERIOD_END


@frozen(kw_only=True)
class PauseBody(WishBody):
    """When the pause is to end by itself; without a date it lasts until it is resumed."""

    resume_at: Instant | None = None


@frozen(kw_only=True)
class SubscriptionWishesApi:
    """One's own subscription, for accounts and the product's backend."""

    fulfil_wish: FulfillingWish

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes by which an account changes how its subscription stands."""
        return (
            _endpoint(
                "cancel",
                self.post_cancel,
                CancelBody,
                "Cancel the subscription",
                "With its period, which stays the customer's until then, or at once. No money goes "
                "back by it, and no credits that were granted are taken.",
                {"at": "period_end"},
            ),
            _endpoint(
                "resume",
                self.post_resume,
                WishBody,
                "Resume the subscription",
                "Takes back a cancellation at the period's end; where there is none, ends a pause; "
                "where there is neither, takes back a change of plan that waits for the period's "
                "end. A pause that outlasted the paid period is followed by a period that is paid.",
                {},
            ),
            _endpoint(
                "pause",
                self.post_pause,
                PauseBody,
                "Pause the subscription",
                "Nothing is collected and no month's credits come until it is resumed; what was "
                "granted stays. It ends by itself at `resume_at`, if that is said. A provider that "
                "cannot pause is refused as `capability_missing`.",
                {"resume_at": "2026-09-01T00:00:00Z", "reason": "Away over the summer"},
            ),
        )

    async def post_cancel(self, request: web.Request) -> web.Response:
        """End the subscription, now or later."""
        body = await read(request, CancelBody)
        return await self._fulfilled(request, body, body.at.asked)

    async def post_resume(self, request: web.Request) -> web.Response:
        """Let the subscription go on."""
        return await self._fulfilled(request, await read(request, WishBody), Asked.RESUME)

    async def post_pause(self, request: web.Request) -> web.Response:
        """Set the subscription aside."""
        body = await read(request, PauseBody)
        return await self._fulfilled(request, body, Asked.PAUSE, body.resume_at)

    async def _fulfilled(
        self,
        request: web.Request,
        body: WishBody,
        asked: Asked,
        resume_at: datetime | None = None,
    ) -> web.Response:
        account_id = account_of(request, body.account_id)
        named = body.subscription_id
        fulfilled = await self.fulfil_wish(
            FulfilWish(
                asked=asked,
                account_id=account_id,
                subscription_id=None if named is None else SubscriptionId(named),
                reason=body.reason or "",
                actor=asker_of(request),
                key=request_key(request, account_id),
                resume_at=resume_at,
            )
        )
        view = SubscriptionView.of(fulfilled.subscription, fulfilled.change)
        return reply(view, replayed=fulfilled.is_replay)


def _endpoint(
    name: str,
    handler: Handler,
    body: type[WishBody],
    summary: str,
    description: str,
    example: Mapping[str, object],
) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/subscription/{name}",
        handler=handler,
        policy=AccountHolder(Scope.CHECKOUT_CREATE),
        tag="Subscription",
        summary=summary,
        description=description,
        body=body,
        response=SubscriptionView,
        refusals=(*WISH_REFUSALS, SubscriptionNotNamed),
        idempotency=Idempotency.OPTIONAL,
        example=example,
    )
