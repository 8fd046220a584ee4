"""The accounts that are measured on, and what is spent from them: the same words on both sides.

Whoever seeds a database and whoever asks the service later have to agree on names, keys and bodies
without talking to each other, so all of them follow from a number.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from attrs import frozen

HOT = "account-hot"
"""The one account that everybody spends from, where only one is meant."""

LOTS = 5
PAGE = 50
PAGE_LINES = 60
"""So many lines have the accounts whose pages are read."""

HOT_EVERY = 100
"""Of the spends that a database has seen, every so many was the hot account's."""

_SPREAD = 2_654_435_761
_KEY_BYTES = 16


@frozen(kw_only=True)
class Range:
    """Accounts by number: so many from this one on."""

    first: int
    count: int


NOBODY = Range(first=0, count=0)


def account_named(number: int) -> str:
    """Return an account's id."""
    return f"account-{number:07}"


def account_of_spend(number: int, accounts: int) -> str:
    """Return who made a spend of the past: the hot account, or one of all the others."""
    if number % HOT_EVERY == 0:
        return HOT
    return account_named(number * _SPREAD % accounts)


def key_of_spend(number: int) -> str:
    """Return the idempotency key of a spend of the past: as good as random, as callers' are."""
    return blake2b(number.to_bytes(8, "big"), digest_size=_KEY_BYTES).hexdigest()


def spend_body(account_id: str) -> dict[str, Any]:
    """Return the body of a spend as a backend sends it."""
    return {
        "account_id": account_id,
        "amount": 1,
        "type": "ai_usage",
        "description": "AI chat completion (gpt-4)",
        "metadata": {"model": "gpt-4", "tokens": 812},
    }
