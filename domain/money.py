"""Money in minor units, and all rounding and splitting of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from domain.amount import not_negative
from domain.errors import InvalidField

_CURRENCY = re.compile(r"[A-Z]{3}")


def currency_code(_instance: object, attribute: Any, value: Any) -> None:
    """Validate an attrs field as an ISO 4217 alphabetic code by its shape. Raises InvalidField."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise InvalidField(path=attribute.name, problem="must be a three-letter currency code")


@frozen
class Money:
    """An amount in the currency's minor unit (cents for USD, yen for JPY); never a float."""

    amount_minor: int = field(validator=not_negative)
    currency: str = field(validator=currency_code)


def share(amount: int, part: int, whole: int) -> int:
    """Return part/whole of an amount, rounded down, exactly: no fraction is ever a float.

    Rounding down means that what is taken by repeated shares never exceeds the amount.
    """
    assert whole > 0
    assert 0 <= part <= whole
    return amount * part // whole


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount by weights so that the parts add up to the whole.

    Each part is rounded down; the units left over go, one each, to the parts that lost most by
    rounding (the earlier one on a tie).
    """
    whole = sum(weights)
    assert whole > 0
    floors = [amount * weight // whole for weight in weights]
    lost = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in lost[: amount - sum(floors)]:
        floors[i] += 1
    return tuple(floors)
