"""Holds: credits set aside for work under way, until it is known what that has cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web
from attrs import frozen

from application.credits.capture_hold import CaptureHold, CapturingHold
from application.credits.extend_hold import ExtendHold, ExtendingHold
from application.credits.list_holds import ListHolds, ListingHolds, ReadHold, ReadingHold
from application.credits.place_hold import PlaceHold, PlacingHold
from application.credits.release_hold import ReleaseHold, ReleasingHold
from application.wallets.group_commit import StoreSilent, TooManyWaiting
from domain.access.role import Scope
from domain.credits.errors import (
    AccountFrozen,
    HoldNotFound,
    HoldNotOpen,
    InsufficientCredits,
    KeyReused,
    KindUnrated,
    ModelUnrated,
    ReservedType,
    SpendLimitExceeded,
    TooManyHolds,
)
from domain.credits.ids import HoldId
from domain.credits.transaction import spend_type
from entrypoints.http.costs import limit_of
from entrypoints.http.credits import kept_text
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.hold_views import (
    CaptureBody,
    ExtendBody,
    HoldBody,
    HoldEndedView,
    HoldExtendedView,
    HoldPlacedView,
    HoldsQuery,
    HoldView,
    ReleaseBody,
)
from entrypoints.http.idempotency import required_key
from entrypoints.http.policy import AccountHolder, Backend
from entrypoints.http.principal import account_of
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

_ALWAYS = (KeyReused, TooManyWaiting, StoreSilent)
_RATED = (ModelUnrated, KindUnrated)
_SET_ASIDE = (InsufficientCredits, AccountFrozen, SpendLimitExceeded)


@frozen(kw_only=True)
class HoldsApi:
    """Holds, for the product's backend; an account may look at its own."""

    place_hold: PlacingHold
    extend_hold: ExtendingHold
    capture_hold: CapturingHold
    release_hold: ReleasingHold
    read_hold: ReadingHold
    list_holds: ListingHolds

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about holds."""
        return (*self._placing(), *self._ending(), *self._reading())

    def _placing(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/credits/holds",
                handler=self.post_hold,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits: holds",
                summary="Set credits aside for work that begins",
                description=(
                    "Nobody else can spend them until the hold is captured, released, or its time "
                    "is up; `on_silence` says what it comes to then."
                ),
                body=HoldBody,
                response=HoldPlacedView,
                status=201,
                refusals=(*_SET_ASIDE, TooManyHolds, ReservedType, *_RATED, *_ALWAYS),
                idempotency=Idempotency.REQUIRED,
                example={
                    "account_id": "user-1042",
                    "amount": 200,
                    "ttl_s": 120,
                    "on_silence": "capture_reported",
                    "description": "AI chat completion (gpt-4)",
                },
            ),
            Endpoint(
                method="POST",
                path="/credits/holds/{id}/extend",
                handler=self.post_extend,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits: holds",
                summary="Keep a hold alive, and say what its work has cost so far",
                description=(
                    "What is reported is the whole since the hold began, so that signs of life may "
                    "come in any order. If it is no longer covered, raise `amount` or stop."
                ),
                body=ExtendBody,
                response=HoldExtendedView,
                refusals=(HoldNotFound, HoldNotOpen, *_SET_ASIDE, *_RATED, *_ALWAYS),
                idempotency=Idempotency.REQUIRED,
                example={"account_id": "user-1042", "ttl_s": 120, "reported": 35},
            ),
        )

    def _ending(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="POST",
                path="/credits/holds/{id}/capture",
                handler=self.post_capture,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits: holds",
                summary="Charge what the work of a hold has cost",
                description=(
                    "Less than was held, as much, or more: beyond the hold it takes what there is, "
                    "then the overdraft, and says as `shortfall` what was missing even so."
                ),
                body=CaptureBody,
                response=HoldEndedView,
                refusals=(HoldNotFound, HoldNotOpen, *_RATED, *_ALWAYS),
                idempotency=Idempotency.REQUIRED,
                example={"account_id": "user-1042", "amount": 57},
            ),
            Endpoint(
                method="POST",
                path="/credits/holds/{id}/release",
                handler=self.post_release,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Credits: holds",
                summary="Give a hold back, charging nothing",
                body=ReleaseBody,
                response=HoldEndedView,
                refusals=(HoldNotFound, HoldNotOpen, *_ALWAYS),
                idempotency=Idempotency.REQUIRED,
                example={"account_id": "user-1042"},
            ),
        )

    def _reading(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/credits/holds",
                handler=self.get_holds,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits: holds",
                summary="List holds, newest first",
                query=HoldsQuery,
                response=HoldView,
                shape=Shape.LIST,
                refusals=(TooManyWaiting, StoreSilent),
            ),
            Endpoint(
                method="GET",
                path="/credits/holds/{id}",
                handler=self.get_hold,
                policy=AccountHolder(Scope.CREDITS_READ),
                tag="Credits: holds",
                summary="Read a hold: as it stands, or as it ended",
                response=HoldView,
                refusals=(HoldNotFound, TooManyWaiting, StoreSilent),
            ),
        )

    async def post_hold(self, request: web.Request) -> web.Response:
        """Place a hold, once for the request's key."""
        body = await read(request, HoldBody)
        account_id = account_of(request, body.account_id)
        placed = await self.place_hold(
            PlaceHold(
                account_id=account_id,
                amount=body.amount,
                usage=None if body.usage is None else body.usage.usage(),
                ttl=timedelta(seconds=body.ttl_s),
                silence=body.on_silence,
                type=spend_type(body.type),
                model=body.model,
                feature=body.feature,
                description=body.description,
                metadata=kept_text(body.metadata),
                limit=limit_of(request),
                key=required_key(request, account_id),
            )
        )
        return reply(HoldPlacedView.of(placed.receipt), status=201, replayed=placed.is_replay)

    async def post_extend(self, request: web.Request) -> web.Response:
        """Extend a hold, once for the request's key."""
        body = await read(request, ExtendBody)
        account_id = account_of(request, body.account_id)
        extended = await self.extend_hold(
            ExtendHold(
                account_id=account_id,
                hold_id=_hold_id(request),
                ttl=timedelta(seconds=body.ttl_s),
                reported=body.reported,
                usage=None if body.usage is None else body.usage.usage(),
                amount=body.amount,
                limit=limit_of(request),
                key=required_key(request, account_id),
            )
        )
        return reply(HoldExtendedView.of(extended), replayed=extended.is_replay)

    async def post_capture(self, request: web.Request) -> web.Response:
        """Capture a hold, once for the request's key."""
        body = await read(request, CaptureBody)
        account_id = account_of(request, body.account_id)
        captured = await self.capture_hold(
            CaptureHold(
                account_id=account_id,
                hold_id=_hold_id(request),
                amount=body.amount,
                usage=None if body.usage is None else body.usage.usage(),
                description=body.description,
                metadata=kept_text(body.metadata),
                key=required_key(request, account_id),
            )
        )
        return reply(HoldEndedView.captured_(captured), replayed=captured.is_replay)

    async def post_release(self, request: web.Request) -> web.Response:
        """Release a hold, once for the request's key."""
        body = await read(request, ReleaseBody)
        account_id = account_of(request, body.account_id)
        released = await self.release_hold(
            ReleaseHold(
                account_id=account_id,
                hold_id=_hold_id(request),
                key=required_key(request, account_id),
            )
        )
        return reply(HoldEndedView.released_(released.receipt), replayed=released.is_replay)

    async def get_holds(self, request: web.Request) -> web.Response:
        """Answer a page of the account's holds."""
        query = read_query(request, HoldsQuery)
        asked = query.page()
        page = await self.list_holds(
            ListHolds(account_id=account_of(request), state=query.state, page=asked)
        )
        return reply_page(page, HoldView.of, asked)

    async def get_hold(self, request: web.Request) -> web.Response:
        """Answer one of the account's holds."""
        account_id = account_of(request)
        hold = await self.read_hold(ReadHold(account_id=account_id, hold_id=_hold_id(request)))
        return reply(HoldView.of(hold))


def _hold_id(request: web.Request) -> HoldId:
    return HoldId(path_id(request, lambda given: HoldNotFound(hold_id=HoldId(given))))
