"""The check-in for admins: what it earns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.promotions.change_check_in_rules import (
    ChangeCheckInRules,
    ChangingCheckInRules,
    ReadCheckInRules,
    ReadingCheckInRules,
)
from domain.access.role import Right
from domain.promotions.check_in import DAYS_A_WEEK, CheckInRules
from domain.promotions.errors import RulesChangedMeanwhile
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import Amount, Instant
from entrypoints.http.wire import read, reply

Week = Annotated[
    tuple[Amount, ...],
    Meta(
        min_length=DAYS_A_WEEK,
        max_length=DAYS_A_WEEK,
        description="The awards of seven days in a row; then it begins again.",
        examples=[[10, 10, 15, 15, 20, 20, 50]],
    ),
]
AwardDays = Annotated[
    int, Meta(ge=1, le=3650, description="How long an award lives; null for ever.")
]
Zone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The IANA time zone days are counted in, for accounts without one.",
        examples=["Europe/Berlin"],
    ),
]
Version = Annotated[int, Meta(ge=0, description="Counts the changes.")]


@frozen(kw_only=True)
class CheckInConfigBody:
    """What a check-in earns, whole: the n-th day of a streak earns `week[n]`, or `base` without it.

    With `version` the change is made only if that is still the version in force.
    """

    enabled: bool
    base: Amount
    week: Week | None = None
    zone: Zone
    award_days: AwardDays | None = None
    version: Version | None = None


@frozen(kw_only=True, slots=False)
class CheckInConfigView:
    """What a check-in earns; every award keeps the version that made it."""

    enabled: bool
    base: Amount
    week: Week | None
    zone: Zone
    award_days: AwardDays | None
    version: Version
    changed_at: Instant | None

    @classmethod
    def of(cls, rules: CheckInRules) -> CheckInConfigView:
        """Return the rules as an admin sees them; version 0 was changed by nobody."""
        return cls(
            enabled=rules.is_enabled,
            base=rules.base,
            week=rules.week,
            zone=rules.zone,
            award_days=rules.award_days,
            version=rules.version,
            changed_at=rules.changed_at if rules.version > 0 else None,
        )


@frozen(kw_only=True)
class AdminCheckInApi:
    """What a check-in earns, for admins."""

    read_check_in_rules: ReadingCheckInRules
    change_check_in_rules: ChangingCheckInRules

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about the check-in."""
        return (
            Endpoint(
                method="GET",
                path="/admin/checkin/config",
                handler=self.get_config,
                policy=Admin(Right.READ),
                tag="Admin: check-in",
                summary="Read what a check-in earns",
                response=CheckInConfigView,
            ),
            Endpoint(
                method="PUT",
                path="/admin/checkin/config",
                handler=self.put_config,
                policy=Admin(Right.SELL),
                tag="Admin: check-in",
                summary="Change what a check-in earns",
                description="Replaces the whole. Awards already made stay as they are.",
                body=CheckInConfigBody,
                response=CheckInConfigView,
                refusals=(RulesChangedMeanwhile,),
                example={
                    "enabled": True,
                    "base": 10,
                    "week": [10, 10, 15, 15, 20, 20, 50],
                    "zone": "Europe/Berlin",
                    "award_days": 30,
                },
            ),
        )

    async def get_config(self, request: web.Request) -> web.Response:
        """Answer the rules in force."""
        return reply(CheckInConfigView.of(await self.read_check_in_rules(ReadCheckInRules())))

    async def put_config(self, request: web.Request) -> web.Response:
        """Put the next version of the rules in force."""
        body = await read(request, CheckInConfigBody)
        rules = await self.change_check_in_rules(
            ChangeCheckInRules(
                is_enabled=body.enabled,
                base=body.base,
                week=body.week,
                zone=body.zone,
                award_days=body.award_days,
                version=body.version,
                actor=actor_of(request),
            )
        )
        return reply(CheckInConfigView.of(rules))
