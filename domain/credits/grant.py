"""A lot of credits: where it came from, when it may be spent, and in which order lots burn."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import AMOUNT_MAX, not_negative, positive, within
from domain.credits.errors import GrantAlreadyOver
from domain.credits.ids import AccountId, GrantId

PRIORITY_DEFAULT = 10
PRIORITY_MAX = 1000
_NEVER = datetime.max.replace(tzinfo=UTC)


class GrantSource(Enum):
    """What brought a lot of credits into being."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    CHECK_IN = "check_in"
    COUPON = "coupon"
    MANUAL = "manual"


class Category(Enum):
    """Whether credits were paid for: bought or included in a paid plan, or given away."""

    PAID = "paid"
    INCLUDED = "included"
    PROMOTIONAL = "promotional"
    EARNED = "earned"

    @property
    def is_free(self) -> bool:
        """Say whether nobody paid for credits of this category."""
        return self in _FREE


_FREE = frozenset({Category.PROMOTIONAL, Category.EARNED})

CATEGORY_OF: dict[GrantSource, Category] = {
    GrantSource.SUBSCRIPTION: Category.INCLUDED,
    GrantSource.PURCHASE: Category.PAID,
    GrantSource.CHECK_IN: Category.EARNED,
    GrantSource.COUPON: Category.PROMOTIONAL,
    GrantSource.MANUAL: Category.PROMOTIONAL,
}


@frozen(kw_only=True)
class Cost:
    """The money a lot was sold for, in minor units: over its amount, the exact unit cost."""

    amount_minor: int = field(validator=not_negative)
    currency: str


@frozen(kw_only=True)
class GrantTerms:
    """A lot as it is asked for, before it lies in a wallet.

    `effective_at` None means at once. `cause` names what brought it about, such as `order:<id>`.
    """

    amount: int = field(validator=positive)
    source: GrantSource
    category: Category
    priority: int = PRIORITY_DEFAULT
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    cause: str | None = None
    cost: Cost | None = None

    def __attrs_post_init__(self) -> None:
        within("priority", self.priority, least=1, most=PRIORITY_MAX)
        within("amount", self.amount, least=1, most=AMOUNT_MAX)


@frozen(kw_only=True)
class Grant:
    """A lot of credits in a wallet.

    It counts from `effective_at` until `expires_at`, whether or not a job has run. `is_posted`
    says that its credits stand in the ledger: a lot with a later `effective_at` waits unposted and
    is posted by the first command, or the sweep, that finds it in effect. A lot `is_frozen` while
    its payment is disputed: it counts, and cannot be spent.
    """

    id: GrantId
    account_id: AccountId
    amount: int
    remaining: int
    source: GrantSource
    category: Category
    priority: int
    effective_at: datetime
    expires_at: datetime | None
    created_at: datetime
    cause: str | None = None
    cost: Cost | None = None
    is_posted: bool
    is_frozen: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether anything is left that time could still make spendable or take away."""
        return self.remaining > 0

    def is_live(self, now: datetime) -> bool:
        """Say whether its credits count at this instant."""
        return self.effective_at <= now and not self.has_expired(now)

    def is_spendable(self, now: datetime) -> bool:
        """Say whether its credits may be spent at this instant."""
        return not self.is_frozen and self.is_live(now)

    def has_expired(self, now: datetime) -> bool:
        """Say whether its time is over at this instant."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def burns(self) -> tuple[int, datetime, bool, datetime, str]:
        """The place of this lot in the order in which lots are spent.

        Lowest priority number, soonest expiry (none last), free before paid, oldest, id.
        """
        return (
            self.priority,
            self.expires_at or _NEVER,
            not self.category.is_free,
            self.created_at,
            self.id,
        )

    def drawn(self, amount: int) -> Grant:
        """Return the lot with so much less left; of an empty one there is nothing to freeze."""
        assert 0 < amount <= self.remaining
        left = self.remaining - amount
        return evolve(self, remaining=left, is_frozen=self.is_frozen and left > 0)


def grant_from(
    terms: GrantTerms, *, grant_id: GrantId, account_id: AccountId, now: datetime
) -> Grant:
    """Make the lot that the terms describe. Raises GrantAlreadyOver if it could never be spent."""
    effective_at = terms.effective_at or now
    if terms.expires_at is not None and terms.expires_at <= max(effective_at, now):
        raise GrantAlreadyOver(effective_at=effective_at, expires_at=terms.expires_at)
    return Grant(
        id=grant_id,
        account_id=account_id,
        amount=terms.amount,
        remaining=terms.amount,
        source=terms.source,
        category=terms.category,
        priority=terms.priority,
        effective_at=effective_at,
        expires_at=terms.expires_at,
        created_at=now,
        cause=terms.cause,
        cost=terms.cost,
        is_posted=False,
    )
