"""The form of a coupon: the API's body as people type it, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from domain.errors import InvalidField
from domain.money import Money
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import check_code, normal_code
from entrypoints.console.forms import Given, Reading
from entrypoints.http.coupon_bodies import CouponTermsBody, CouponView, Duration
from entrypoints.http.currencies import decimals_of

Body = TypeVar("Body", bound=CouponTermsBody)

_MONEY_OFF = ("percent_off", "amounts_off")
_BONUS = ("bonus_credits", "bonus_percent")
CHOICES: Mapping[str, str] = {
    "percent_off": "Takes a share off",
    "amounts_off": "Takes an amount off",
    "bonus_credits": "Adds credits",
    "bonus_percent": "Adds a share of a pack",
    "trial_days": "Begins a trial",
}
"""The kinds of coupon, by the field that says how much, as people choose one."""

_OF_KINDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "percent_off": ("a share off belongs", ("percent_off",)),
    "amounts_off": ("amounts off belong", ("amounts_off",)),
    "bonus_credits": ("bonus credits belong", ("bonus_credits",)),
    "bonus_percent": ("a share of a pack belongs", ("bonus_percent",)),
    "trial_days": ("days of trial belong", ("trial_days",)),
    "periods": ("periods belong", _MONEY_OFF),
    "credits_days": ("the days that bonus credits live belong", _BONUS),
    "credits_scope": ("what bonus credits pay for belongs", _BONUS),
    "redeemable_alone": ("credits without any purchase belong", _BONUS),
}
"""What each field is that belongs to some kinds of coupon alone, and to which."""

ITEMS = "item_ids"
"""The field by which plans and packs are chosen, any number of them."""

EFFECTS = tuple(CHOICES)
FIELDS = (
    "code",
    "name",
    "effect",
    *EFFECTS,
    "duration",
    "periods",
    "credits_days",
    "credits_scope",
    "redeemable_alone",
    "starts_at",
    "ends_at",
    "max_redemptions",
    "max_redemptions_per_account",
    "first_purchase_only",
    "minimum_amounts",
    ITEMS,
    "account_ids",
    "reason",
)

NEW: Mapping[str, str] = {
    "effect": "percent_off",
    "duration": Duration.ONCE.value,
    "max_redemptions_per_account": "1",
}
"""What the form of a new coupon begins with."""


def body_of(kind: type[Body], given: Given, names: Sequence[str]) -> Body:
    """Return what was typed as a body of the API, with what `names` are typed beside the terms.

    Raises InvalidRequest with everything that is wrong, also for what belongs to a kind that is not
    chosen.
    """
    reading, effect = Reading(given), given.text("effect")
    if effect in EFFECTS:
        _check_kind(reading, effect)
    else:
        reading.refuse("effect", "choose what the coupon does")
    _check_code(reading, names)
    is_money, is_bonus = effect in _MONEY_OFF, effect in _BONUS
    duration = given.text("duration") if is_money else Duration.ONCE.value
    values: dict[str, object] = {
        **{name: reading.text(name) for name in names},
        "name": reading.text("name"),
        **_effect_of(reading, effect),
        "duration": duration or None,
        "periods": reading.whole("periods") if duration == Duration.PERIODS.value else None,
        "credits_days": reading.whole("credits_days") if is_bonus else None,
        "credits_scope": reading.lines("credits_scope") if is_bonus else None,
        "redeemable_alone": is_bonus and reading.is_chosen("redeemable_alone"),
        "starts_at": reading.instant("starts_at"),
        "ends_at": reading.instant("ends_at"),
        "max_redemptions": reading.whole("max_redemptions"),
        "first_purchase_only": reading.is_chosen("first_purchase_only"),
        "minimum_amounts": reading.amounts("minimum_amounts"),
        ITEMS: given.texts(ITEMS),
        "account_ids": reading.lines("account_ids"),
    }
    per_account = reading.whole("max_redemptions_per_account")
    nullable = {"max_redemptions_per_account": per_account}
    return reading.body(kind, values, nullable, sense=lambda body: body.terms)


def _check_code(reading: Reading, names: Sequence[str]) -> None:
    """Note at once what is wrong with the code: it is looked at last of all otherwise."""
    typed = reading.given.text("code")
    if "code" not in names or not typed:
        return
    try:
        check_code("code", normal_code(typed))
    except InvalidField as refusal:
        reading.refuse("code", refusal.problem)


def _effect_of(reading: Reading, effect: str) -> Mapping[str, object]:
    """Return how much the coupon gives, under the name of its kind.

    Where that cannot be said, it is noted for the field, and what is returned only fills the body,
    so that what else is wrong is said as well.
    """
    if effect not in EFFECTS:
        return {"percent_off": 1}
    noted = len(reading.problems)
    amount = reading.amounts(effect) if effect == "amounts_off" else reading.whole(effect)
    if len(reading.problems) == noted and not amount and amount != 0:
        reading.refuse(effect, "is required")
    if len(reading.problems) > noted:
        return {"percent_off": 1} if effect == "amounts_off" else {effect: 1}
    return {effect: amount}


def _check_kind(reading: Reading, effect: str) -> None:
    """Note each field that was filled in and is of another kind.

    What somebody typed is never thrown away unsaid.
    """
    for name, (what, kinds) in _OF_KINDS.items():
        if effect not in kinds and reading.given.text(name):
            reading.refuse(name, _of_another(what, kinds))


def _of_another(what: str, kinds: Sequence[str]) -> str:
    choices = " or ".join(f"“{CHOICES[kind]}”" for kind in kinds)
    return f"{what} to another kind of coupon: choose {choices}, or leave it empty"


def values_of(coupon: Coupon) -> Mapping[str, str]:
    """Return a coupon as it stands in its form."""
    shown, terms = CouponView.of(coupon), coupon.terms
    effect = next(name for name in EFFECTS if getattr(shown, name))
    chosen = {
        "redeemable_alone": shown.redeemable_alone,
        "first_purchase_only": shown.first_purchase_only,
    }
    return {
        "code": coupon.code,
        "name": terms.name,
        "effect": effect,
        "percent_off": _text(shown.percent_off),
        "amounts_off": "\n".join(amount_text(each.money) for each in shown.amounts_off),
        "bonus_credits": _text(shown.bonus_credits),
        "bonus_percent": _text(shown.bonus_percent),
        "trial_days": _text(shown.trial_days),
        "duration": shown.duration.value,
        "periods": _text(shown.periods),
        "credits_days": _text(shown.credits_days),
        "credits_scope": "\n".join(shown.credits_scope),
        "starts_at": _instant(terms.starts_at),
        "ends_at": _instant(terms.ends_at),
        "max_redemptions": _text(terms.redemptions_max),
        "max_redemptions_per_account": _text(terms.redemptions_per_account_max),
        "minimum_amounts": "\n".join(amount_text(each) for each in terms.minimums),
        "account_ids": "\n".join(terms.account_ids),
        **{name: "yes" for name, is_chosen in chosen.items() if is_chosen},
    }


def amount_text(money: Money) -> str:
    """Return an amount as the form takes it: `9.99 USD`."""
    decimals = decimals_of(money.currency)
    whole, part = divmod(money.amount_minor, 10**decimals)
    return (
        f"{whole}.{part:0{decimals}} {money.currency}" if decimals else f"{whole} {money.currency}"
    )


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _instant(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%S}"
