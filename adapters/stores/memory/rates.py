"""Rate cards in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from adapters.stores.memory.paging import page_of, seq_after
from adapters.stores.memory.table import Rows
from application.ports.paging import Page, PageRequest
from application.ports.rates import RateCards, RatesVersion
from domain.credits.errors import RatesNotFound
from domain.credits.rates import RateCard, in_force


@frozen
class MemoryRateCards(RateCards):
    """Rate cards by version."""

    cards: Rows[RateCard]

    async def last_version(self) -> int:
        last = next(self.cards.descending(), None)
        return 0 if last is None else last.version

    async def find(self, version: int) -> RateCard:
        found = self.cards.find(version)
        if found is None:
            raise RatesNotFound(version=str(version))
        return found

    async def since(self, now: datetime) -> Sequence[RateCard]:
        known = list(self.cards.ascending())
        first = in_force(known, now)
        return [card for card in known if first is None or card.version >= first.version]

    async def superseded_at(self, version: int) -> datetime | None:
        later = self.cards.ascending(after=(version,))
        return min((card.effective_from for card in later), default=None)

    async def page(self, request: PageRequest) -> Page[RatesVersion]:
        before = None if request.after is None else (seq_after(request.after),)
        page = page_of(
            self.cards.descending(before=before), request.limit, lambda card: str(card.version)
        )
        versions = [
            RatesVersion(
                version=card.version,
                rates_count=len(card.rates),
                rounding=card.rounding,
                effective_from=card.effective_from,
                effective_to=await self.superseded_at(card.version),
                published_at=card.published_at,
                note=card.note,
            )
            for card in page.items
        ]
        return Page(items=tuple(versions), next=page.next)

    async def add(self, card: RateCard) -> bool:
        if self.cards.find(card.version) is not None:
            return False
        self.cards.add(card)
        return True
