"""Lots of credits on the wire: on which terms they are given, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.credits.grant import (
    PRIORITY_DEFAULT,
    PRIORITY_MAX,
    Category,
    Cost,
    Grant,
    GrantSource,
    GrantState,
    GrantTerms,
    Rollover,
)
from domain.credits.scope import ENTRIES_MAX, Scope
from entrypoints.http.explain import CostView
from entrypoints.http.paging import CursorQuery
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
)

Priority = Annotated[
    int,
    Meta(ge=1, le=PRIORITY_MAX, description="Lots with a lower number are spent first."),
]
ScopeEntries = Annotated[
    tuple[str, ...],
    Meta(
        max_length=ENTRIES_MAX,
        description=(
            "What alone it may pay for: `model:<name>` or `feature:<name>`, where `*` stands for "
            "any characters. Empty for anything."
        ),
        examples=[["model:gpt-4*", "feature:images"]],
    ),
]


@frozen(kw_only=True)
class RolloverBody:
    """What becomes of credits left at the end: up to `max` of them live on until `until`."""

    max: Amount
    until: Instant


@frozen(kw_only=True)
class CostBody:
    """The money a lot was sold for, in minor units."""

    amount: PriceMinor
    currency: Currency


@frozen(kw_only=True)
class LotBody:
    """Credits to give; they count from `effective_at`, or at once, until `expires_at`, or for ever.

    `category` says whether anybody paid for them: free ones are spent before paid ones.
    """

    account_id: AccountIdText
    amount: Amount
    category: Category = Category.PROMOTIONAL
    priority: Priority = PRIORITY_DEFAULT
    effective_at: Instant | None = None
    expires_at: Instant | None = None
    scope: ScopeEntries = ()
    rollover: RolloverBody | None = None

    def terms(self, cost: CostBody | None = None) -> GrantTerms:
        """Return the terms in the domain's words. Raises InvalidField."""
        rollover = self.rollover
        return GrantTerms(
            amount=self.amount,
            source=GrantSource.MANUAL,
            category=self.category,
            priority=self.priority,
            effective_at=self.effective_at,
            expires_at=self.expires_at,
            cost=None if cost is None else Cost(amount_minor=cost.amount, currency=cost.currency),
            scope=Scope(self.scope),
            rollover=None
            if rollover is None
            else Rollover(most=rollover.max, until=rollover.until),
        )


@frozen(kw_only=True)
class GrantsQuery(CursorQuery):
    """Which of an account's lots."""

    state: GrantState | None = None


@frozen(kw_only=True, slots=False)
class RolloverView:
    """How much lives on after the end, and until when."""

    max: Amount
    until: Instant

    @classmethod
    def of(cls, rollover: Rollover | None) -> RolloverView | None:
        """Return the rollover as it is shown, or None where nothing lives on."""
        return None if rollover is None else cls(max=rollover.most, until=rollover.until)


@frozen(kw_only=True, slots=False)
class GrantLineView:
    """A lot of credits as it stands now.

    `remaining` is what still counts of it, `held` what of that is set aside for holds. `parent` is
    the lot of which it is what lives on. `frozen` is one whose payment is disputed.
    """

    id: Id
    state: GrantState
    amount: Amount
    remaining: Credits
    held: Credits
    source: GrantSource
    category: Category
    cause: str | None
    scope: ScopeEntries
    priority: Priority
    frozen: bool
    created_at: Instant
    effective_at: Instant
    expires_at: Instant | None
    voided_at: Instant | None
    cost: CostView | None
    parent: Id | None
    rollover: RolloverView | None

    @classmethod
    def at(cls, now: datetime) -> Callable[[Grant], GrantLineView]:
        """Return how a lot is shown at an instant."""
        return lambda grant: cls(
            id=grant.id,
            state=grant.state(now),
            amount=grant.amount,
            remaining=_counted(grant, now),
            held=grant.pinned,
            source=grant.source,
            category=grant.category,
            cause=grant.cause,
            scope=grant.scope.entries,
            priority=grant.priority,
            frozen=grant.is_frozen,
            created_at=grant.created_at,
            effective_at=grant.effective_at,
            expires_at=grant.expires_at,
            voided_at=grant.voided_at,
            cost=CostView.of(grant.cost),
            parent=grant.parent,
            rollover=RolloverView.of(grant.rollover),
        )


def _counted(grant: Grant, now: datetime) -> int:
    """Return what is left of a lot: once it is over, only what holds have of it."""
    return grant.pinned if grant.is_over(now) else grant.remaining
