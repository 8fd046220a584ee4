"""Read the versions of the rates: a list of them, one of them, the one in force."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.rates import RatesVersion
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from domain.credits.rates import RateCard, card_before_any, in_force


@frozen(kw_only=True)
class ListRates:
    """Ask for a page of versions, newest first."""

    page: PageRequest


@frozen(kw_only=True)
class ListingRates:
    """Read versions without their rates."""

    read: BeginRead

    async def __call__(self, command: ListRates) -> Page[RatesVersion]:
        async with self.read() as work:
            return await work.rate_cards.page(command.page)


@frozen(kw_only=True)
class ReadRates:
    """Ask for one version; without a number, for the one in force."""

    version: int | None = None


@frozen(kw_only=True)
class RatesRead:
    """A version with its rates; `effective_to` as in RatesVersion."""

    card: RateCard
    effective_to: datetime | None


@frozen(kw_only=True)
class ReadingRates:
    """Read from the store itself, so that what was just published shows. Raises RatesNotFound."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadRates) -> RatesRead:
        async with self.read() as work:
            if command.version is None:
                now = self.clock()
                known = await work.rate_cards.since(now)
                card = in_force(known, now) or card_before_any(now)
            else:
                card = await work.rate_cards.find(command.version)
            return RatesRead(
                card=card, effective_to=await work.rate_cards.superseded_at(card.version)
            )
