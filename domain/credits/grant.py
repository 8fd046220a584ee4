"""A lot of credits: where it came from, when it may be spent, and in which order lots burn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import AMOUNT_MAX, not_negative, positive, within
from domain.credits.errors import GrantAlreadyOver
from domain.credits.ids import AccountId, GrantId
from domain.credits.scope import NO_SCOPE, Purposes, Scope
from domain.errors import InvalidField
from domain.money import share

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
    USAGE_REFUND = "usage_refund"


class GrantState(Enum):
    """Where a lot stands at an instant; the last three are for ever."""

    SCHEDULED = "scheduled"
    ACTIVE = "active"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    VOIDED = "voided"


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
    GrantSource.USAGE_REFUND: Category.PROMOTIONAL,
}


@frozen(kw_only=True)
class Cost:
    """The money a lot was sold for, in minor units: over its amount, the exact unit cost."""

    amount_minor: int = field(validator=not_negative)
    currency: str


@frozen(kw_only=True)
class Rollover:
    """What becomes of credits left at a lot's end: up to `most` of them live on until `until`.

    They do so as a new lot, which names the old one as its parent. Lots of one `pool` end together
    and share a cap: what one of them carries over, the others carry over no more.
    """

    most: int = field(validator=positive)
    until: datetime
    pool: str | None = None


@frozen(kw_only=True)
class GrantTerms:
    """A lot as it is asked for, before it lies in a wallet.

    `effective_at` None means at once. `cause` names what brought it about, such as `order:<id>`.
    A lot with a scope pays for that usage alone. Only a lot that expires can roll over.
    """

    amount: int = field(validator=positive)
    source: GrantSource
    category: Category
    priority: int = PRIORITY_DEFAULT
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    cause: str | None = None
    cost: Cost | None = None
    scope: Scope = NO_SCOPE
    rollover: Rollover | None = None

    def __attrs_post_init__(self) -> None:
        within("priority", self.priority, least=1, most=PRIORITY_MAX)
        within("amount", self.amount, least=1, most=AMOUNT_MAX)
        if self.rollover is not None:
            if self.expires_at is None:
                raise InvalidField(path="rollover", problem="goes only with expires_at")
            if self.rollover.until <= self.expires_at:
                raise InvalidField(path="rollover.until", problem="must lie after expires_at")


@frozen(kw_only=True)
class Grant:
    """A lot of credits in a wallet.

    It counts from `effective_at` until `expires_at`, whether or not a job has run. `is_posted`
    says that its credits stand in the ledger: a lot with a later `effective_at` waits unposted and
    is posted by the first command, or the sweep, that finds it in effect.

    `pinned` credits are set aside for open holds: they stay until those have ended, even past the
    end of the lot. A lot is frozen from `frozen_at` on while its payment is disputed: it counts,
    cannot be spent and does not age. A lot `voided_at` an instant has lost what was left of it.
    `rolled` credits went on to lots of which this one is the `parent`. `stood_still` is the time
    that was given back to it for having been frozen, by which its end has moved.
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
    pinned: int = 0
    frozen_at: datetime | None = None
    voided_at: datetime | None = None
    scope: Scope = NO_SCOPE
    rollover: Rollover | None = None
    rolled: int = 0
    parent: GrantId | None = None
    stood_still: timedelta = timedelta(0)

    @property
    def is_open(self) -> bool:
        """Say whether anything is left that time could still make spendable or take away."""
        return self.remaining > 0 and (self.voided_at is None or self.is_posted)

    @property
    def is_frozen(self) -> bool:
        """Say whether its payment is disputed, so that it can be neither spent nor expire."""
        return self.frozen_at is not None

    @property
    def free(self) -> int:
        """What is left of it and set aside for no hold."""
        return self.remaining - self.pinned

    def is_live(self, now: datetime) -> bool:
        """Say whether its credits count at this instant."""
        return self.effective_at <= now and not self.is_over(now)

    def is_spendable(self, now: datetime, purposes: Purposes = frozenset()) -> bool:
        """Say whether its credits may be spent at this instant, for usage of these purposes."""
        # In one expression, since every lot of every spend is asked several times.
        return (
            self.frozen_at is None
            and self.voided_at is None
            and self.effective_at <= now
            and (self.expires_at is None or now < self.expires_at)
            and (not self.scope.entries or self.scope.covers(purposes))
        )

    def has_expired(self, now: datetime) -> bool:
        """Say whether its time is over at this instant; while it is frozen its time stands."""
        if self.expires_at is None:
            return False
        return self.expires_at <= (now if self.frozen_at is None else self.frozen_at)

    def is_over(self, now: datetime) -> bool:
        """Say whether it can be spent no more, but for what is pinned: expired or voided."""
        return self.voided_at is not None or self.has_expired(now)

    def state(self, now: datetime) -> GrantState:
        """Return where the lot stands at this instant."""
        if self.voided_at is not None:
            return GrantState.VOIDED
        if self.has_expired(now):
            return GrantState.EXPIRED
        if not self.is_open:
            return GrantState.EXHAUSTED
        return GrantState.ACTIVE if self.effective_at <= now else GrantState.SCHEDULED

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
        """Return the lot with so much less left of what is free; an empty one is not frozen."""
        assert 0 < amount <= self.free
        left = self.remaining - amount
        return self._with(left, self.pinned, self.frozen_at if left else None)

    def with_pinned(self, change: int) -> Grant:
        """Return the lot with so much more, or less, set aside for holds."""
        pinned = self.pinned + change
        assert 0 <= pinned <= self.remaining
        return self._with(self.remaining, pinned, self.frozen_at)

    def _with(self, remaining: int, pinned: int, frozen_at: datetime | None) -> Grant:
        # Every field by its name, as every spend comes by here and `evolve` takes twice as long.
        return Grant(
            id=self.id,
            account_id=self.account_id,
            amount=self.amount,
            remaining=remaining,
            source=self.source,
            category=self.category,
            priority=self.priority,
            effective_at=self.effective_at,
            expires_at=self.expires_at,
            created_at=self.created_at,
            cause=self.cause,
            cost=self.cost,
            is_posted=self.is_posted,
            pinned=pinned,
            frozen_at=frozen_at,
            voided_at=self.voided_at,
            scope=self.scope,
            rollover=self.rollover,
            rolled=self.rolled,
            parent=self.parent,
            stood_still=self.stood_still,
        )

    def frozen(self, at: datetime) -> Grant:
        """Return the lot frozen from this instant on, if it is not frozen yet."""
        return self if self.frozen_at is not None else evolve(self, frozen_at=at)

    def thawed(self, at: datetime) -> Grant:
        """Return the lot free again, with the time that it stood still given back."""
        if self.frozen_at is None:
            return self
        if self.expires_at is None:
            return evolve(self, frozen_at=None)
        still = max(at, self.frozen_at) - self.frozen_at
        return evolve(
            self,
            frozen_at=None,
            expires_at=self.expires_at + still,
            stood_still=self.stood_still + still,
        )

    def rolling(self, at: datetime) -> int:
        """Return how much of what is left would live on, were this the lot's end."""
        if self.rollover is None or self.voided_at is not None or self.rollover.until <= at:
            return 0
        return max(0, min(self.free, self.rollover.most - self.rolled))

    @property
    def pool(self) -> str | None:
        """Return what names the lots that share the cap on what it carries over, or None."""
        return None if self.rollover is None else self.rollover.pool

    def given_back(self, amount: int, at: datetime, expires_at: datetime | None) -> Grant:
        """Return the lot with so much more left, and with this end.

        Time past the end it shares with its pool carries nothing over: while the lot was closed,
        nothing told it what the others of the pool have carried over meanwhile.
        """
        rollover = self.rollover
        if self.pool is not None and self.expires_at is not None:
            has_missed = not self.is_open and self.expires_at - self.stood_still <= at
            if has_missed or expires_at != self.expires_at:
                rollover = None
        left = self.remaining + amount
        return evolve(self, remaining=left, expires_at=expires_at, rollover=rollover)

    def beside(self, grant: Grant, rolled: int) -> Grant:
        """Return the lot as it is once so much of another one has rolled over."""
        mine = self.rollover
        if mine is None or mine.pool is None or self.id == grant.id or mine.pool != grant.pool:
            return self
        left = mine.most - rolled
        return evolve(self, rollover=evolve(mine, most=left) if left > 0 else None)

    def successor(self, *, grant_id: GrantId, at: datetime) -> Grant | None:
        """Return the lot in which this one lives on after its end, or None if nothing does."""
        amount = self.rolling(at)
        if amount == 0:
            return None
        assert self.rollover is not None
        cost = self.cost
        if cost is not None:
            cost = evolve(cost, amount_minor=share(cost.amount_minor, amount, self.amount))
        return evolve(
            self,
            id=grant_id,
            amount=amount,
            remaining=amount,
            pinned=0,
            rolled=0,
            effective_at=at,
            expires_at=self.rollover.until,
            created_at=at,
            cost=cost,
            rollover=None,
            is_posted=False,
            parent=self.id,
            stood_still=timedelta(0),
        )


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
        scope=terms.scope,
        rollover=terms.rollover,
    )
