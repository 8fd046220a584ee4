"""The time machine, for owners: what time it is for billing, and moving it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.clock.advance_clock import AdvanceClock, AdvancingClock, ClockAdvanced
from application.clock.read_clock import ReadingClock
from domain.access.role import Right
from domain.virtual_time import (
    SPAN_MAX,
    ClockIsMoving,
    ClockIsReal,
    ClockIsStuck,
    ClockTargetRefused,
)
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import Instant
from entrypoints.http.wire import read, reply

_SECONDS_MAX = int(SPAN_MAX.total_seconds())

Days = Annotated[int, Meta(ge=1, le=SPAN_MAX.days, description="So many times 24 hours.")]
Seconds = Annotated[int, Meta(ge=1, le=_SECONDS_MAX, description="So many seconds.")]
AheadSeconds = Annotated[
    float, Meta(description="How far billing is ahead of the real time.", examples=[2592000.0])
]


@frozen(kw_only=True)
class AdvanceBody:
    """Where the clock is to go: one of the three."""

    to: Instant | None = None
    days: Days | None = None
    seconds: Seconds | None = None

    def by(self) -> timedelta | None:
        """Return how far to go, or None if that is not said; both at once say too much."""
        spans = [
            span
            for span in (
                None if self.days is None else timedelta(days=self.days),
                None if self.seconds is None else timedelta(seconds=self.seconds),
            )
            if span is not None
        ]
        return sum(spans, timedelta()) if spans else None


@frozen(kw_only=True, slots=False)
class ClockView:
    """The billing clock. `moving_to` is set while it is moved: `now` shows how far it has come."""

    now: Instant
    is_virtual: bool
    ahead_seconds: AheadSeconds
    moving_to: Instant | None


@frozen(kw_only=True, slots=False)
class ClockAdvancedView:
    """The way that was gone: at how many instants something was due, how much of it was done."""

    started_at: Instant
    now: Instant
    instants: int
    happened: int

    @staticmethod
    def of(advanced: ClockAdvanced) -> ClockAdvancedView:
        """Return the way as it is shown."""
        return ClockAdvancedView(
            started_at=advanced.from_at,
            now=advanced.to_at,
            instants=advanced.instants,
            happened=advanced.happened,
        )


@frozen(kw_only=True)
class AdminClockApi:
    """The clock that billing goes by."""

    read_clock: ReadingClock
    advance_clock: AdvancingClock

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes; moving is refused where the service lives by the real time."""
        return (
            Endpoint(
                method="GET",
                path="/admin/clock",
                handler=self.get_clock,
                policy=Admin(Right.READ),
                tag="Sandbox",
                summary="Read the billing clock",
                response=ClockView,
            ),
            Endpoint(
                method="POST",
                path="/admin/clock/advance",
                handler=self.post_advance,
                policy=Admin(Right.OWN),
                tag="Sandbox",
                summary="Move the virtual clock, and let everything due on the way happen",
                description=(
                    "Needs `BILLING_CLOCK=virtual`. Say one of `to`, `days` and `seconds`: at most "
                    f"{SPAN_MAX.days} days. Answers when everything due by then has happened, "
                    "which may take minutes; `GET /admin/clock` shows how far it has come."
                ),
                body=AdvanceBody,
                response=ClockAdvancedView,
                refusals=(ClockIsReal, ClockIsMoving, ClockIsStuck, ClockTargetRefused),
                idempotency=Idempotency.OPTIONAL,
                example={"days": 30},
            ),
        )

    async def get_clock(self, request: web.Request) -> web.Response:
        """Answer what time it is for billing."""
        clock = self.read_clock()
        return reply(
            ClockView(
                now=clock.now,
                is_virtual=clock.is_virtual,
                ahead_seconds=clock.ahead.total_seconds(),
                moving_to=clock.bound_for,
            )
        )

    async def post_advance(self, request: web.Request) -> web.Response:
        """Move the clock, and answer when it has arrived."""
        body = await read(request, AdvanceBody)
        actor = actor_of(request)
        advanced = await self.advance_clock(
            AdvanceClock(
                actor=actor,
                to=body.to,
                by=body.by(),
                key=request_key(request, actor.id),
            )
        )
        return reply(ClockAdvancedView.of(advanced), replayed=advanced.is_replayed)
