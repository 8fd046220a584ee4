"""Rate cards on the wire: as they are published, listed, exported, and compared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from application.credits.publish_rates import PublishRates, RatesPublished
from application.ports.idempotency import RequestKey
from application.ports.rates import RatesVersion
from domain.access.audit import Actor
from domain.credits.rate_changes import RateChange
from domain.credits.rated import Rounding
from domain.credits.rates import (
    CREDITS_DIGITS_MAX,
    CREDITS_PLACES_MAX,
    NOTE_LENGTH_MAX,
    PER_ALLOWED,
    RATES_MAX,
    Rate,
    RateCard,
    credits_of,
)
from domain.credits.usage import MODEL_LENGTH_MAX, UsageKind
from entrypoints.http.usage import RateVersion
from entrypoints.http.values import Instant

ModelPattern = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MODEL_LENGTH_MAX,
        description="A model, or several: `*` stands for any characters.",
        examples=["gpt-4o-*"],
    ),
]
CreditsText = Annotated[
    str,
    Meta(
        max_length=CREDITS_DIGITS_MAX + 1 + CREDITS_PLACES_MAX,
        description="Credits for every `per` units: a decimal number, as text to be exact.",
        examples=["2.5"],
    ),
]
Per = Annotated[
    int,
    Meta(
        ge=1,
        le=PER_ALLOWED[-1],
        description="For how many units: 1, 10, 100 and so on.",
        examples=[1000],
    ),
]
Note = Annotated[
    str, Meta(max_length=NOTE_LENGTH_MAX, description="Why; it stands in the audit log.")
]


@frozen(kw_only=True)
class RateBody:
    """What units of one kind cost, for the models that a pattern means."""

    model: ModelPattern
    kind: UsageKind
    credits: CreditsText
    per: Per

    def __attrs_post_init__(self) -> None:
        self.rate()

    def rate(self) -> Rate:
        """Return the rate in the domain's words. Raises InvalidField."""
        return Rate(
            pattern=self.model, kind=self.kind, credits=credits_of(self.credits), per=self.per
        )


@frozen(kw_only=True)
class RatesBody:
    """A whole card, which replaces the last one from `effective_from`, or at once.

    With `expected_version` it is published only if that is still the last version. With `preview`
    nothing is published: the answer says what would change.
    """

    rounding: Rounding = Rounding.UP
    note: Note = ""
    effective_from: Instant | None = None
    expected_version: RateVersion | None = None
    preview: bool = False
    rates: Annotated[tuple[RateBody, ...], Meta(min_length=1, max_length=RATES_MAX)]

    def command(self, actor: Actor, key: RequestKey | None = None) -> PublishRates:
        """Return what is asked for in the application's words."""
        return PublishRates(
            rates=tuple(each.rate() for each in self.rates),
            rounding=self.rounding,
            effective_from=self.effective_from,
            note=self.note,
            expected_version=self.expected_version,
            is_preview=self.preview,
            actor=actor,
            key=key,
        )


@frozen(kw_only=True, slots=False)
class RateView:
    """What units of one kind cost."""

    model: ModelPattern
    kind: UsageKind
    credits: CreditsText
    per: Per

    @classmethod
    def of(cls, rate: Rate) -> RateView:
        """Return the rate as it is shown, and as it may be published again."""
        return cls(model=rate.pattern, kind=rate.kind, credits=rate.credits_text, per=rate.per)


@frozen(kw_only=True, slots=False)
class RatesFileView:
    """A card as a file: what may be edited, and published as the next version just as it is."""

    rounding: Rounding
    note: Note
    rates: tuple[RateView, ...]

    @classmethod
    def of(cls, card: RateCard) -> RatesFileView:
        """Return the card as a file."""
        return cls(
            rounding=card.rounding,
            note=card.note,
            rates=tuple(RateView.of(rate) for rate in card.rates),
        )


@frozen(kw_only=True, slots=False)
class RatesView:
    """One version of the rates, whole. It is in force from `effective_from` to `effective_to`.

    Version 0, before any was published, rates nothing and has no instants.
    """

    version: RateVersion
    rounding: Rounding
    effective_from: Instant | None
    effective_to: Instant | None
    published_at: Instant | None
    note: Note
    rates: tuple[RateView, ...]

    @classmethod
    def of(cls, card: RateCard, effective_to: datetime | None) -> RatesView:
        """Return the card as an admin sees it."""
        return cls(
            version=card.version,
            rounding=card.rounding,
            effective_from=card.effective_from if card.version else None,
            effective_to=effective_to,
            published_at=card.published_at if card.version else None,
            note=card.note,
            rates=tuple(RateView.of(rate) for rate in card.rates),
        )


@frozen(kw_only=True, slots=False)
class RatesVersionView:
    """One version without its rates.

    Where `effective_to` is not after `effective_from`, a later version takes its place altogether.
    """

    version: RateVersion
    rate_count: int
    rounding: Rounding
    effective_from: Instant
    effective_to: Instant | None
    published_at: Instant
    note: Note

    @classmethod
    def of(cls, version: RatesVersion) -> RatesVersionView:
        """Return the version as the list shows it."""
        return cls(
            version=version.version,
            rate_count=version.rates_count,
            rounding=version.rounding,
            effective_from=version.effective_from,
            effective_to=version.effective_to,
            published_at=version.published_at,
            note=version.note,
        )


@frozen(kw_only=True, slots=False)
class RateChangeView:
    """A rate that is new (`before` null), gone (`after` null), or costs something else."""

    model: ModelPattern
    kind: UsageKind
    before: RateView | None
    after: RateView | None

    @classmethod
    def of(cls, change: RateChange) -> RateChangeView:
        """Return the change as it is shown."""
        return cls(
            model=change.pattern,
            kind=change.kind,
            before=None if change.before is None else RateView.of(change.before),
            after=None if change.after is None else RateView.of(change.after),
        )


@frozen(kw_only=True, slots=False)
class PublicationView:
    """What was published, or would be, and where it differs from the version before it."""

    version: RateVersion
    published: bool
    rounding: Rounding
    effective_from: Instant
    changes: tuple[RateChangeView, ...]

    @classmethod
    def of(cls, published: RatesPublished, *, is_preview: bool) -> PublicationView:
        """Return the publication as it is shown."""
        card = published.card
        return cls(
            version=card.version,
            published=not is_preview,
            rounding=card.rounding,
            effective_from=card.effective_from,
            changes=tuple(RateChangeView.of(change) for change in published.changes),
        )
