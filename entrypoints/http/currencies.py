"""Which currencies exist: the one place that asks the ISO 4217 tables."""

from __future__ import annotations

from iso4217 import Currency

from domain.errors import InvalidField

# Metals, accounting units and test codes stand in the tables too, but nobody can pay with them.
_DECIMALS = {each.value: each.exponent for each in Currency if each.exponent is not None}
_PAYABLE = frozenset(_DECIMALS)


def known_currency(code: str, path: str = "currency") -> str:
    """Return the code if it names money that can be paid with. Raises InvalidField."""
    if code not in _PAYABLE:
        raise InvalidField(path=path, problem="is not a currency of ISO 4217")
    return code


def decimals_of(code: str) -> int:
    """Return how many decimals an amount in minor units has: 2 for USD, 0 for JPY, 3 for KWD."""
    return _DECIMALS.get(code, 2)
