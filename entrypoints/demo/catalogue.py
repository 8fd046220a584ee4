"""What the demo world sells and gives, and what its usage costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from application.credits.publish_rates import PublishRates
from application.promotions.change_check_in_rules import ChangeCheckInRules
from application.promotions.publish_coupon import CreateCoupon
from application.subscriptions.publish_pack import PublishPack
from application.subscriptions.publish_plan import PublishPlan
from domain.access.audit import Actor
from domain.credits.rates import Rate
from domain.credits.usage import UsageKind
from domain.money import Money
from domain.promotions.check_in_rules import CheckInTerms
from domain.promotions.effect import AmountOff, BonusCredits, CouponEffect, PercentOff
from domain.promotions.terms import CouponTerms
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.demo.keys import DEMO, key_of

ACTOR = Actor(id=DEMO)

FREE, STARTER, PRO, BUSINESS = "Free", "Starter", "Pro", "Business"
SMALL, MEDIUM, LARGE = "1,000 credits", "5,000 credits", "25,000 credits"
PERCENT, FIXED, BONUS, EXPIRED = "WELCOME20", "FIVEOFF", "BONUS500", "LAUNCH50"

# The id is given by the service when the plan is published.
_UNNAMED = ""
_WEEK = (5, 5, 10, 10, 15, 15, 40)
_EXPIRED_AFTER = timedelta(days=30)


def plans(currency: str) -> Sequence[PublishPlan]:
    """Return the plans: one free, three paid, all of one group."""
    priced = (
        (FREE, "For a first look.", 0, 0, 100, ("100 credits a month", "Community support")),
        (STARTER, "For one person.", 900, 9000, 2000, ("2,000 credits a month", "E-mail support")),
        (
            PRO,
            "For daily work.",
            1900,
            19000,
            10_000,
            ("10,000 credits a month", "Every model", "E-mail support"),
        ),
        (
            BUSINESS,
            "For a team.",
            9900,
            99_000,
            60_000,
            ("60,000 credits a month", "Every model", "Support within four hours"),
        ),
    )
    return [
        PublishPlan(
            plan=Plan(
                id=PlanId(_UNNAMED),
                name=name,
                description=description,
                price_monthly_minor=monthly,
                price_yearly_minor=yearly,
                currency=currency,
                credits_included=included,
                features=features,
            ),
            is_new=True,
            actor=ACTOR,
            key=key_of(DEMO, f"plan:{name}"),
        )
        for name, description, monthly, yearly, included, features in priced
    ]


def packs(currency: str) -> Sequence[PublishPack]:
    """Return the credit packs, the larger the cheaper a credit."""
    return [
        PublishPack(
            pack=Pack(
                id=PackId(_UNNAMED),
                name=name,
                credits=amount,
                price_minor=price,
                currency=currency,
            ),
            is_new=True,
            actor=ACTOR,
            key=key_of(DEMO, f"pack:{name}"),
        )
        for name, amount, price in (
            (SMALL, 1000, 500),
            (MEDIUM, 5000, 2000),
            (LARGE, 25_000, 8000),
        )
    ]


def coupons(currency: str, begins_at: datetime) -> Sequence[CreateCoupon]:
    """Return the coupons, one of each effect, and one whose time is over."""
    effects: Sequence[tuple[str, str, CouponEffect, datetime | None]] = (
        (PERCENT, "A fifth off the first period", PercentOff(percent=20), None),
        (FIXED, "A little off", AmountOff(amounts=(Money(500, currency),)), None),
        (BONUS, "500 credits on top", BonusCredits(credits=500), None),
        (EXPIRED, "Half price at launch", PercentOff(percent=50), begins_at + _EXPIRED_AFTER),
    )
    return [
        CreateCoupon(
            code=code,
            terms=CouponTerms(name=name, effect=effect, ends_at=ends_at, redemptions_max=10_000),
            actor=ACTOR,
            key=key_of(DEMO, f"coupon:{code}"),
        )
        for code, name, effect, ends_at in effects
    ]


def rates() -> PublishRates:
    """Return what usage costs: of the product's own models, and of whatever else is called."""
    priced = (
        ("chat-large", UsageKind.INPUT, "3", 1000),
        ("chat-large", UsageKind.OUTPUT, "15", 1000),
        ("chat-large", UsageKind.CACHED_INPUT, "0.3", 1000),
        ("chat-large", UsageKind.CACHE_WRITE, "3.75", 1000),
        ("chat-small", UsageKind.INPUT, "0.15", 1000),
        ("chat-small", UsageKind.OUTPUT, "0.6", 1000),
        ("embed-*", UsageKind.INPUT, "0.02", 1000),
        ("gpt-4o", UsageKind.INPUT, "2.5", 1000),
        ("gpt-4o", UsageKind.OUTPUT, "10", 1000),
        ("gpt-4o", UsageKind.CACHED_INPUT, "1.25", 1000),
        ("image-*", UsageKind.IMAGE, "40", 1),
        ("image-*", UsageKind.REQUEST, "0.5", 1),
        ("speech-*", UsageKind.AUDIO, "6", 1000),
        ("*", UsageKind.INPUT, "5", 1000),
        ("*", UsageKind.OUTPUT, "20", 1000),
    )
    return PublishRates(
        rates=tuple(
            Rate(pattern=pattern, kind=kind, credits=Decimal(price), per=per)
            for pattern, kind, price, per in priced
        ),
        note="demo world",
        expected_version=0,
        actor=ACTOR,
        key=key_of(DEMO, "rates"),
    )


def check_in_rules() -> ChangeCheckInRules:
    """Return the rules of the daily check-in: more for every day in a row, most on the seventh."""
    return ChangeCheckInRules(
        terms=CheckInTerms(is_enabled=True, base=5, week=_WEEK, zone="UTC", award_days=30),
        version=0,
        actor=ACTOR,
        reason="demo world",
    )
