"""Coupons, and what a check-in earns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import evolve, frozen

from application.promotions.change_check_in_rules import (
    ChangeCheckInRules,
    ChangingCheckInRules,
    ReadCheckInRules,
    ReadingCheckInRules,
)
from application.promotions.publish_coupon import (
    CreateCoupon,
    CreatingCoupon,
    ListCoupons,
    ListingCoupons,
)
from domain.access.role import Right
from domain.errors import BillingError, InvalidField
from domain.promotions.check_in_rules import DAYS_A_WEEK, CheckInRules
from entrypoints.console.forms import Filled, Given, Reading, reason_of, refused
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_check_in import CheckInConfigBody
from entrypoints.http.admin_coupons import CouponBody, CouponView

_COUPON = (
    "code",
    "name",
    "effect",
    "percent_off",
    "amount_off",
    "currency",
    "bonus_credits",
    "starts_at",
    "ends_at",
    "max_redemptions",
    "max_redemptions_per_account",
)
_EFFECTS = ("percent_off", "amount_off", "bonus_credits")
_DAYS = tuple(f"day{number}" for number in range(1, DAYS_A_WEEK + 1))
_RULES = ("enabled", "base", "week", *_DAYS, "zone", "award_days", "reason")


@frozen(kw_only=True)
class CouponPages:
    """Coupons; `currency_default` is what a new one's form begins with."""

    list_coupons: ListingCoupons
    create_coupon: CreatingCoupon
    currency_default: str

    def pages(self) -> Sequence[Page]:
        """Return the list and the form."""
        new = "/coupon/new"
        return (
            Page(method="GET", path="/coupons", handler=self.get_coupons, right=Right.READ),
            Page(method="GET", path=new, handler=self.get_new, right=Right.SELL),
            Page(method="POST", path=new, handler=self.post_new, right=Right.SELL),
        )

    async def get_coupons(self, visit: Visit) -> web.Response:
        """Show the coupons, newest first."""
        page = await self.list_coupons(ListCoupons(page=page_of(visit)))
        coupons = [CouponView.of(coupon) for coupon in page.items]
        may_sell = visit.may(Right.SELL)
        return visit.shown("coupons.html", page=page, coupons=coupons, may_sell=may_sell)

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new coupon is to do."""
        begin = {
            "effect": "percent_off",
            "currency": self.currency_default,
            "max_redemptions_per_account": "1",
        }
        return self._form(visit, Filled(values=begin))

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the coupon."""
        given = await visit.given()
        try:
            body = _coupon_body(given)
            await self.create_coupon(
                CreateCoupon(
                    code=body.code,
                    name=body.name,
                    effect=body.effect,
                    starts_at=body.starts_at,
                    ends_at=body.ends_at,
                    redemptions_max=body.max_redemptions,
                    redemptions_per_account_max=body.max_redemptions_per_account,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=_COUPON), 400)
        return visit.go("/coupons", notice="coupon-created")

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("coupon.html", status=status, form=form)


def _coupon_body(given: Given) -> CouponBody:
    reading, effect = Reading(given), given.text("effect")
    if effect not in _EFFECTS:
        raise InvalidField(path="effect", problem="choose what the coupon does")
    currency = reading.text("currency") if effect == "amount_off" else None
    amounts: Mapping[str, object] = {
        "percent_off": reading.whole("percent_off"),
        "amount_off": reading.minor("amount_off", currency),
        "bonus_credits": reading.whole("bonus_credits"),
    }
    if amounts[effect] is None and effect not in {each.path for each in reading.problems}:
        raise InvalidField(path=effect, problem="is required")
    return reading.body(
        CouponBody,
        {
            "code": reading.text("code"),
            "name": reading.text("name"),
            effect: amounts[effect],
            "currency": None if currency is None else currency.upper(),
            "starts_at": reading.instant("starts_at"),
            "ends_at": reading.instant("ends_at"),
            "max_redemptions": reading.whole("max_redemptions"),
        },
        nullable={
            "max_redemptions_per_account": reading.whole("max_redemptions_per_account"),
        },
    )


@frozen(kw_only=True)
class CheckInPages:
    """What a check-in earns."""

    read_rules: ReadingCheckInRules
    change_rules: ChangingCheckInRules

    def pages(self) -> Sequence[Page]:
        """Return the form."""
        path = "/check-in"
        return (
            Page(method="GET", path=path, handler=self.get_rules, right=Right.READ),
            Page(method="POST", path=path, handler=self.post_rules, right=Right.SELL),
        )

    async def get_rules(self, visit: Visit) -> web.Response:
        """Show the rules in force in their form."""
        rules = await self.read_rules(ReadCheckInRules())
        return self._form(visit, Filled(values=_rules_values(rules)), rules)

    async def post_rules(self, visit: Visit) -> web.Response:
        """Put the next version of the rules in force, unless somebody was quicker."""
        given = await visit.given()
        try:
            body = _rules_body(given)
            # What the form does not show stays as it is; `version` says that nobody changed it.
            in_force = await self.read_rules(ReadCheckInRules())
            await self.change_rules(
                ChangeCheckInRules(
                    terms=evolve(
                        in_force,
                        is_enabled=body.enabled,
                        base=body.base,
                        week=body.week,
                        zone=body.zone,
                        award_days=body.award_days,
                    ),
                    version=body.version,
                    actor=visit.actor,
                    reason=reason_of(given),
                )
            )
        except BillingError as refusal:
            rules = await self.read_rules(ReadCheckInRules())
            form = refused(given, refusal, fields=_RULES)
            return self._form(visit, form, rules, 400)
        return visit.go("/check-in", notice="rules-saved")

    def _form(
        self, visit: Visit, form: Filled, rules: CheckInRules, status: int = 200
    ) -> web.Response:
        may_sell = visit.may(Right.SELL)
        return visit.shown(
            "check-in.html", status=status, form=form, rules=rules, days=_DAYS, may_sell=may_sell
        )


def _rules_body(given: Given) -> CheckInConfigBody:
    reading = Reading(given)
    days = [reading.whole(name) for name in _DAYS]
    week = None if all(day is None for day in days) else [day or 0 for day in days]
    if week is not None and 0 in week:
        raise InvalidField(path="week", problem="give all seven days an award, or none of them")
    return reading.body(
        CheckInConfigBody,
        {
            "enabled": reading.is_chosen("enabled"),
            "base": reading.whole("base"),
            "week": week,
            "zone": reading.text("zone"),
            "award_days": reading.whole("award_days"),
            "version": reading.whole("version"),
        },
    )


def _rules_values(rules: CheckInRules) -> Mapping[str, str]:
    week = rules.week or ()
    values = {
        "base": str(rules.base),
        "zone": rules.zone,
        "award_days": "" if rules.award_days is None else str(rules.award_days),
        "version": str(rules.version),
        **{name: str(award) for name, award in zip(_DAYS, week, strict=False)},
    }
    return {**values, "enabled": "yes"} if rules.is_enabled else values
