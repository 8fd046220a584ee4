"""The rates in force, kept in the process, so that a spend by usage costs no question more."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import datetime

from attrs import define, field

from application.ports.system import Stopwatch
from application.ports.unit_of_work import BeginRead
from domain.credits.rated import Rated
from domain.credits.rates import RateCard, card_before_any, in_force
from domain.credits.usage import Usage

CHECKED_EVERY_S = 1.0
TRUSTED_S = 2.0


@define(eq=False, kw_only=True)
class RateDesk:
    """Rate usage by the card in force, read from the store at most once a second.

    A card never changes, so all there is to ask is which version is the last: one statement. Cards
    are trusted for a second. In the next one they still count, while the question is asked beside
    the spend; only after that a spend waits for the answer. So under load no spend ever waits, and
    a card published by another process with immediate effect counts here within two seconds. One
    published for later is known by then, and counts from its very instant in every process.
    """

    read: BeginRead
    stopwatch: Stopwatch
    _cards: Sequence[RateCard] = field(init=False, default=())
    _last_version: int = field(init=False, default=0)
    _read_at: datetime | None = field(init=False, default=None)
    _checked_s: float = field(init=False, default=-math.inf)
    _forgotten: int = field(init=False, default=0)
    _check: asyncio.Task[None] | None = field(init=False, default=None)

    async def rated(self, usage: Usage, now: datetime) -> Rated:
        """Return what usage costs at this instant. Raises ModelUnrated, KindUnrated, InvalidField.

        Raises OutcomeUnknown if the rates have to be read, and the store does not answer.
        """
        return (await self.card(now)).rated(usage)

    async def card(self, now: datetime) -> RateCard:
        """Return the card in force: version 0 if there is none. Raises OutcomeUnknown."""
        arrived_s = self.stopwatch()
        # A question under way may be older than what it answers for: then there is a second one.
        while arrived_s - self._checked_s >= TRUSTED_S:
            # Several may wait for one answer: one of them leaving must not take it from others.
            await asyncio.shield(self._asking(now))
        if arrived_s - self._checked_s >= CHECKED_EVERY_S:
            self._check = self._asking(now)
        # A clock that was put back must not bring back a card that was already out of force.
        at = now if self._read_at is None else max(now, self._read_at)
        return in_force(self._cards, at) or card_before_any(now)

    def forget(self) -> None:
        """Ask the store before anything is rated again; called when rates were published here."""
        self._forgotten += 1
        self._checked_s = -math.inf
        self._check = None

    def _asking(self, now: datetime) -> asyncio.Task[None]:
        """Return the question that is under way, or ask it."""
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._look(now), name="rate-desk")
            self._check.add_done_callback(_hear)
        return self._check

    async def _look(self, now: datetime) -> None:
        before, asked_s = self._forgotten, self.stopwatch()
        async with self.read() as work:
            last_version = await work.rate_cards.last_version()
            is_known = last_version == self._last_version
            cards = self._cards if is_known else await work.rate_cards.since(now)
        # What was read while rates were being published may be the rates as they were before.
        if before == self._forgotten:
            if not is_known:
                self._cards, self._last_version, self._read_at = cards, last_version, now
            self._checked_s = asked_s


def _hear(check: asyncio.Task[None]) -> None:
    """Hear a failure that nobody waits for: who asks next asks again, and is told if it lasts."""
    if not check.cancelled():
        check.exception()
