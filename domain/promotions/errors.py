"""Refusals of the promotions area."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from domain.errors import Conflict, NotFound, Rejected
from domain.promotions.ids import CouponId


@frozen(kw_only=True)
class CouponNotFound(NotFound):
    """There is no coupon with this id."""

    code: ClassVar[str] = "coupon_not_found"
    coupon_id: CouponId

    def __str__(self) -> str:
        return "There is no such coupon."


@frozen(kw_only=True)
class CouponRefused(Rejected):
    """The code does nothing for this purchase; `reason` says why.

    Reasons: `unknown`, `not_started`, `ended`, `archived`, `used_up`, `used_up_by_account`,
    `other_currency`.
    """

    code: ClassVar[str] = "coupon_refused"
    reason: str

    def __str__(self) -> str:
        return _WHY[self.reason]


_WHY = {
    "unknown": "This code is not valid.",
    "not_started": "This code is not valid yet.",
    "ended": "This code is no longer valid.",
    "archived": "This code is no longer valid.",
    "used_up": "This code has been used as often as it may be.",
    "used_up_by_account": "You have used this code as often as you may.",
    "other_currency": "This code is for purchases in another currency.",
}


@frozen(kw_only=True)
class CouponCodeTaken(Conflict):
    """Another coupon has this code; codes are compared without regard to case."""

    code: ClassVar[str] = "coupon_code_taken"
    coupon_code: str

    def __str__(self) -> str:
        return f"The code '{self.coupon_code}' belongs to another coupon."


@frozen(kw_only=True)
class AlreadyCheckedIn(Conflict):
    """The account has had its award; the next one waits until `next_at`."""

    code: ClassVar[str] = "already_checked_in"
    next_at: datetime

    def __str__(self) -> str:
        opens = f"{self.next_at:%Y-%m-%dT%H:%M:%SZ}"
        return f"Already checked in today; the next check-in opens at {opens}."


@frozen(kw_only=True)
class CheckInDisabled(Conflict):
    """Check-in is switched off."""

    code: ClassVar[str] = "check_in_disabled"

    def __str__(self) -> str:
        return "Check-in is switched off at the moment."


@frozen(kw_only=True)
class CheckInNotYet(Conflict):
    """The account is too new to earn anything; it may from `next_at` on."""

    code: ClassVar[str] = "check_in_not_yet"
    next_at: datetime

    def __str__(self) -> str:
        return f"This account may check in from {self.next_at:%Y-%m-%dT%H:%M:%SZ} on."


@frozen(kw_only=True)
class RulesChangedMeanwhile(Conflict):
    """Somebody else changed the check-in rules since they were read."""

    code: ClassVar[str] = "check_in_config_changed"
    version: int

    def __str__(self) -> str:
        return f"The configuration is at version {self.version} now; read it again and repeat."
