"""Refusals of the promotions area."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
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
class CouponCodeNotFound(NotFound):
    """The coupon has no such code."""

    code: ClassVar[str] = "coupon_code_not_found"
    coupon_id: CouponId

    def __str__(self) -> str:
        return "This coupon has no such code."


class CouponReason(StrEnum):
    """Why a code does nothing.

    A customer is told the first three alone, so that none can be guessed: `already_used` and
    `held_by_purchase` are about codes that were accepted from this very account before.
    """

    NOT_ACCEPTED = "not_accepted"
    ALREADY_USED = "already_used"
    HELD_BY_PURCHASE = "held_by_purchase"
    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    ARCHIVED = "archived"
    DISABLED = "disabled"
    OTHER_ACCOUNT = "other_account"
    NOT_FIRST_PURCHASE = "not_first_purchase"
    NEEDS_PURCHASE = "needs_purchase"
    OTHER_ITEM = "other_item"
    OTHER_CURRENCY = "other_currency"
    BELOW_MINIMUM = "below_minimum"
    USED_UP = "used_up"
    CODE_USED_UP = "code_used_up"
    USED_UP_BY_ACCOUNT = "used_up_by_account"
    NO_CREDIT_CODE = "no_credit_code"
    NAMED_TWICE = "named_twice"
    STANDS_ALONE = "stands_alone"
    TRIAL_HAD = "trial_had"


@frozen(kw_only=True)
class CouponRefused(Rejected):
    """The code does nothing here; `reason` says why.

    Reasons: `not_accepted`, `already_used`, `held_by_purchase`, `unknown`, `not_started`, `ended`,
    `archived`, `disabled`, `other_account`, `not_first_purchase`, `needs_purchase`, `other_item`,
    `other_currency`, `below_minimum`, `used_up`, `code_used_up`, `used_up_by_account`,
    `no_credit_code`, `named_twice`, `stands_alone`, `trial_had`.
    """

    code: ClassVar[str] = "coupon_refused"
    reason: CouponReason

    def __str__(self) -> str:
        return WHY[self.reason]


WHY: Mapping[CouponReason, str] = {
    CouponReason.NOT_ACCEPTED: (
        "This code is not valid here. Check that it is typed as you were given it. A code may also "
        "have ended, be used up, or be meant for somebody or something else."
    ),
    CouponReason.ALREADY_USED: "You have used this code already.",
    CouponReason.HELD_BY_PURCHASE: (
        "A purchase of yours that is not paid yet holds this code. Pay it, or wait a day: then the "
        "code is free again."
    ),
    CouponReason.UNKNOWN: "There is no such code.",
    CouponReason.NOT_STARTED: "The coupon does not count yet.",
    CouponReason.ENDED: "The coupon's time is over.",
    CouponReason.ARCHIVED: "The coupon is archived.",
    CouponReason.DISABLED: "This code is switched off.",
    CouponReason.OTHER_ACCOUNT: "The coupon is for other accounts.",
    CouponReason.NOT_FIRST_PURCHASE: "The coupon is for a first purchase, and this is none.",
    CouponReason.NEEDS_PURCHASE: "The coupon counts with a purchase only.",
    CouponReason.OTHER_ITEM: "The coupon is for other plans or packs.",
    CouponReason.OTHER_CURRENCY: "The coupon is for purchases in another currency.",
    CouponReason.BELOW_MINIMUM: "The purchase is below the coupon's least amount.",
    CouponReason.USED_UP: "The coupon has been used as often as it may be.",
    CouponReason.CODE_USED_UP: "This code has been used as often as it may be.",
    CouponReason.USED_UP_BY_ACCOUNT: "The account has used the coupon as often as it may.",
    CouponReason.NO_CREDIT_CODE: "Beside another code only codes that give credits count.",
    CouponReason.NAMED_TWICE: "The same coupon counts once for a purchase.",
    CouponReason.STANDS_ALONE: "Beside a code that gives a trial no other code counts.",
    CouponReason.TRIAL_HAD: "The account, or another with its address, has had its trial.",
}


@frozen(kw_only=True)
class CouponCodeTaken(Conflict):
    """Another coupon has this code; codes are compared without regard to case."""

    code: ClassVar[str] = "coupon_code_taken"
    coupon_code: str

    def __str__(self) -> str:
        return f"The code '{self.coupon_code}' belongs to another coupon."


@frozen(kw_only=True)
class CheckInWaits(Conflict):
    """The next check-in is not open before `next_at`, because of the last one."""

    next_at: datetime


@frozen(kw_only=True)
class AlreadyCheckedIn(CheckInWaits):
    """The account has had its award; the next one waits until `next_at`."""

    code: ClassVar[str] = "already_checked_in"

    def __str__(self) -> str:
        opens = f"{self.next_at:%Y-%m-%dT%H:%M:%SZ}"
        return f"Already checked in today; the next check-in opens at {opens}."


@frozen(kw_only=True)
class CheckInZoneChanged(CheckInWaits):
    """Today's award was not had, but the last one is too near for a day of another zone."""

    code: ClassVar[str] = "check_in_zone_changed"

    def __str__(self) -> str:
        opens = f"{self.next_at:%Y-%m-%dT%H:%M:%SZ}"
        return (
            "The last check-in was less than 20 hours ago, and the zone that days are counted in "
            f"has changed since; the next check-in opens at {opens}."
        )


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
