"""How an account stands at an instant: every number a balance is made of, from one look."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from domain.credits.wallet import Expiring, Wallet


@frozen(kw_only=True)
class Standing:
    """What an account holds at an instant, whether or not any job has run.

    `balance` is `paid` and `free` credits, those that are held included, less the `owed` ones;
    below zero where more is owed than there is. Included credits of a plan count as paid.
    While the account `is_frozen` none of it may be spent; `available` is what could be otherwise.
    """

    balance: int
    available: int
    held: int
    paid: int
    free: int
    owed: int
    overdraft_max: int | None
    expiring: Expiring | None
    is_frozen: bool


def standing(wallet: Wallet, now: datetime) -> Standing:
    """Return how the account of a wallet stands."""
    at = wallet.at(now)
    settled = wallet.as_of(now)
    posted = [grant for grant in settled.grants if grant.is_posted]
    free = sum(grant.remaining for grant in posted if grant.category.is_free)
    return Standing(
        balance=settled.posted,
        available=max(0, settled.net(at, frozenset())),
        held=settled.held,
        paid=sum(grant.remaining for grant in posted) - free,
        free=free,
        owed=settled.overdrawn,
        overdraft_max=settled.overdraft_max,
        expiring=wallet.expiring(now),
        is_frozen=wallet.is_frozen,
    )
