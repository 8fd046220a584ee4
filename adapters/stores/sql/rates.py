"""Rate cards in the database: a row for the card, and one for each of its rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import func, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import page_of, seq_after
from adapters.stores.sql.tables.rates import rate_cards, rates
from application.ports.paging import Page, PageRequest
from application.ports.rates import RateCards, RatesVersion
from domain.credits.errors import RatesNotFound
from domain.credits.rated import Rounding
from domain.credits.rates import Rate, RateCard, credits_of
from domain.credits.usage import UsageKind

_LATER = rate_cards.alias("later")


@frozen
class SqlRateCards(RateCards):
    """Rate cards by version."""

    transaction: OpenTransaction

    async def last_version(self) -> int:
        query = select(func.coalesce(func.max(rate_cards.c.version), 0))
        (row,) = await self.transaction.run(query)
        version: int = row[0]
        return version

    async def find(self, version: int) -> RateCard:
        found = await self._cards(version, version)
        if not found:
            raise RatesNotFound(version=str(version))
        return found[0]

    async def since(self, now: datetime) -> Sequence[RateCard]:
        in_force = select(func.coalesce(func.max(rate_cards.c.version), 0)).where(
            rate_cards.c.effective_from <= now
        )
        (row,) = await self.transaction.run(in_force)
        return await self._cards(row[0], None)

    async def superseded_at(self, version: int) -> datetime | None:
        query = select(func.min(rate_cards.c.effective_from)).where(rate_cards.c.version > version)
        (row,) = await self.transaction.run(query)
        at: datetime | None = row[0]
        return at

    async def page(self, request: PageRequest) -> Page[RatesVersion]:
        superseded_at = (
            select(func.min(_LATER.c.effective_from))
            .where(_LATER.c.version > rate_cards.c.version)
            .scalar_subquery()
        )
        query = select(rate_cards, superseded_at.label("effective_to"))
        query = query.order_by(rate_cards.c.version.desc()).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(rate_cards.c.version < seq_after(request.after))
        found = [_version(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda version: str(version.version))

    async def add(self, card: RateCard) -> bool:
        values: Values = {
            "version": card.version,
            "rounding": card.rounding.value,
            "effective_from": card.effective_from,
            "published_at": card.published_at,
            "note": card.note,
            "rates_count": len(card.rates),
        }
        if not await rows.add_new(self.transaction, rate_cards, values):
            return False
        every = [_rate_values(card.version, rate) for rate in card.rates]
        await self.transaction.run(self.transaction.insert(rates), every)
        return True

    async def _cards(self, first: int, last: int | None) -> Sequence[RateCard]:
        """Return the cards from one version to another, or to the end, each with its rates."""
        of_card = rate_cards.c.version >= first
        of_rate = rates.c.version >= first
        if last is not None:
            of_card &= rate_cards.c.version <= last
            of_rate &= rates.c.version <= last
        cards = await self.transaction.run(
            select(rate_cards).where(of_card).order_by(rate_cards.c.version)
        )
        # Rates come second: a card that is published meanwhile may show here and not above.
        by_version: defaultdict[int, list[Rate]] = defaultdict(list)
        for row in await self.transaction.run(select(rates).where(of_rate)):
            by_version[row.version].append(_rate(row))
        return [_card(row, by_version[row.version]) for row in cards]


def _rate_values(version: int, rate: Rate) -> Values:
    return {
        "version": version,
        "pattern": rate.pattern,
        "kind": rate.kind.value,
        "credits": rate.credits_text,
        "per": rate.per,
    }


def _rate(row: AnyRow) -> Rate:
    return Rate(
        pattern=row.pattern,
        kind=UsageKind(row.kind),
        credits=credits_of(row.credits),
        per=row.per,
    )


def _card(row: AnyRow, of_card: Sequence[Rate]) -> RateCard:
    return RateCard(
        version=row.version,
        rates=tuple(of_card),
        rounding=Rounding(row.rounding),
        effective_from=row.effective_from,
        published_at=row.published_at,
        note=row.note,
    )


def _version(row: AnyRow) -> RatesVersion:
    return RatesVersion(
        version=row.version,
        rates_count=row.rates_count,
        rounding=Rounding(row.rounding),
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        published_at=row.published_at,
        note=row.note,
    )
