"""Publish what usage costs from now on, or from later on; every version is kept as it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.credits.steps.rate_desk import RateDesk
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.access.audit import Actor, AuditEntry
from domain.credits.errors import RatesChangedMeanwhile
from domain.credits.rate_changes import RateChange, rate_changes
from domain.credits.rated import Rounding
from domain.credits.rates import Rate, RateCard, card_before_any
from domain.errors import InvalidField

_TRIES_MAX = 5


@frozen(kw_only=True)
class PublishRates:
    """A whole card to follow the last one, in force from `effective_from`, or at once.

    With `expected_version` it is published only if that is still the last one. A preview says what
    would change, and changes nothing.
    """

    rates: tuple[Rate, ...]
    rounding: Rounding = Rounding.UP
    effective_from: datetime | None = None
    note: str = ""
    expected_version: int | None = None
    is_preview: bool = False
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class RatesPublished:
    """The card, and every rate in which it differs from the version before it."""

    card: RateCard
    changes: Sequence[RateChange]
    is_replay: bool = False


@frozen(kw_only=True)
class VersionPublished:
    """What is remembered under a key: the version; the card itself never changes."""

    version: int


@frozen(kw_only=True)
class PublishingRates:
    """Write the next version and the audit entry in one commit.

    Refusals: InvalidField, RatesChangedMeanwhile, KeyReused.
    """

    begin: BeginWork
    read: BeginRead
    desk: RateDesk
    clock: Clock
    new_id: NewId

    async def __call__(self, command: PublishRates) -> RatesPublished:
        if command.is_preview:
            async with self.read() as work:
                before = await self._before(work, command)
            return _published(before, self._next(before, command))
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, VersionPublished)
                if first is not None:
                    return await _replayed(work, first.version)
            before, card = await self._kept(work, command)
            if command.key is not None:
                await work.answers.keep(command.key, VersionPublished(version=card.version))
            await work.audit_log.add(self._entry(before, card, command.actor))
            await work.commit()
        self.desk.forget()
        return _published(before, card)

    async def _kept(self, work: UnitOfWork, command: PublishRates) -> tuple[RateCard, RateCard]:
        """Keep the card as the next version; whoever else publishes just now comes first."""
        for _ in range(_TRIES_MAX):
            before = await self._before(work, command)
            card = self._next(before, command)
            if await work.rate_cards.add(card):
                return before, card
        raise RatesChangedMeanwhile(version=await work.rate_cards.last_version())

    async def _before(self, work: UnitOfWork, command: PublishRates) -> RateCard:
        version = await work.rate_cards.last_version()
        if command.expected_version not in {None, version}:
            raise RatesChangedMeanwhile(version=version)
        return await work.rate_cards.find(version) if version else card_before_any(self.clock())

    def _next(self, before: RateCard, command: PublishRates) -> RateCard:
        now = self.clock()
        effective_from = command.effective_from or now
        if effective_from < now:
            problem = "must not lie in the past: what was rated stays as it is"
            raise InvalidField(path="effective_from", problem=problem)
        return RateCard(
            version=before.version + 1,
            rates=command.rates,
            rounding=command.rounding,
            effective_from=effective_from,
            published_at=now,
            note=command.note,
        )

    def _entry(self, before: RateCard, card: RateCard, actor: Actor) -> AuditEntry:
        return entry(
            self.new_id,
            card.published_at,
            actor,
            "rates.publish",
            "rates",
            before=_told(before),
            after=f"{_told(card)}, {len(rate_changes(before, card))} changes",
            reason=card.note,
        )


async def _replayed(work: UnitOfWork, version: int) -> RatesPublished:
    card = await work.rate_cards.find(version)
    before = (
        await work.rate_cards.find(version - 1)
        if version > 1
        else card_before_any(card.published_at)
    )
    return evolve(_published(before, card), is_replay=True)


def _published(before: RateCard, card: RateCard) -> RatesPublished:
    return RatesPublished(card=card, changes=rate_changes(before, card))


def _told(card: RateCard) -> str:
    """Say a card in a few words: its rates themselves are kept under its version for ever."""
    return (
        f"version {card.version}: {len(card.rates)} rates, rounded {card.rounding.value}, "
        f"from {card.effective_from:%Y-%m-%dT%H:%M:%SZ}"
    )
