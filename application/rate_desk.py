"""The rates in force, kept in the process, so that a spend by usage costs no question more."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from attrs import define, field

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
    monotonic: Callable[[], float] = time.monotonic
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
        age_s = self.monotonic() - self._checked_s
        if age_s >= TRUSTED_S:
            await self._checked(now)
        elif age_s >= CHECKED_EVERY_S:
            self._ask(now)
        # A clock that was put back must not bring back a card that was already out of force.
        at = now if self._read_at is None else max(now, self._read_at)
        return in_force(self._cards, at) or card_before_any(now)

    def forget(self) -> None:
        """Ask the store before anything is rated again; called when rates were published here."""
        self._forgotten += 1
        self._checked_s = -math.inf
        self._check = None

    async def _checked(self, now: datetime) -> None:
        """Wait for an answer to a question that was asked after the last publication here."""
        forgotten = -1
        while forgotten != self._forgotten:
            forgotten = self._forgotten
            self._ask(now)
            assert self._check is not None
            # Several may wait for one answer: one of them leaving must not take it from others.
            await asyncio.shield(self._check)

    def _ask(self, now: datetime) -> None:
        """Ask, unless a question is under way."""
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._look(now), name="rate-desk")
            self._check.add_done_callback(_hear)

    async def _look(self, now: datetime) -> None:
        before, asked_s = self._forgotten, self.monotonic()
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
