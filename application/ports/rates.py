"""The collection of rate cards, each of which stays as it was published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.credits.rated import Rounding
from domain.credits.rates import RateCard


@frozen(kw_only=True)
class RatesVersion:
    """One version without its rates, and how long it is in force.

    `effective_to` is when a later version takes over, None while none is known to. One that is not
    after `effective_from` means that this version never was in force, and never will be.
    """

    version: int
    rates_count: int
    rounding: Rounding
    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime
    note: str


class RateCards(Protocol):
    """Every version of the rates, numbered 1, 2, 3 … without a gap; none ever changes or goes."""

    async def last_version(self) -> int:
        """Return the latest version's number, or 0 if none was published."""
        ...

    async def find(self, version: int) -> RateCard:
        """Return one version. Raises RatesNotFound."""
        ...

    async def since(self, now: datetime) -> Sequence[RateCard]:
        """Return the version in force at the instant, if there is one, and all later versions.

        Oldest first: what can count from now on.
        """
        ...

    async def superseded_at(self, version: int) -> datetime | None:
        """Return when a later version takes over from this one, or None if none will."""
        ...

    async def page(self, request: PageRequest) -> Page[RatesVersion]:
        """Return versions, newest first."""
        ...

    async def add(self, card: RateCard) -> bool:
        """Keep a card unless its version exists; say whether it was kept.

        While another unit of work is about to keep the same version, this waits for its end.
        """
        ...
