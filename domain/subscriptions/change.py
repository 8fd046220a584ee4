"""A change of plan: asked for once, carried out once, at once or when the paid period ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.payments.provider_event import ChangePaid
from domain.period import Period
from domain.subscriptions.ids import ChangeId, SubscriptionId
from domain.subscriptions.reckoning import Reckoning
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms

LEAD = timedelta(hours=1)
"""How long before the period's end a provider is told of the price that follows."""

LEASE = timedelta(minutes=2)
"""How long nobody else asks the provider: longer than any call to one may take."""

ASKED_FOR = timedelta(hours=23)
"""How long an answer that was lost is asked for again: providers forget a key after a day."""


class Timing(Enum):
    """When a change of plan comes into force."""

    NOW = "now"
    AT_PERIOD_END = "at_period_end"


class ChangeStatus(Enum):
    """How far a change has come: `placed` is one that the provider bills from its next period on.

    A change that is `requested` or `scheduled` is not in force yet; the last three are for ever.
    """

    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    PLACED = "placed"
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_S = ChangeStatus
_MOVES: Mapping[ChangeStatus, frozenset[ChangeStatus]] = {
    _S.REQUESTED: frozenset({_S.PLACED, _S.APPLIED, _S.REFUSED, _S.WITHDRAWN}),
    _S.SCHEDULED: frozenset({_S.PLACED, _S.APPLIED, _S.REFUSED, _S.WITHDRAWN}),
    _S.PLACED: frozenset({_S.APPLIED, _S.WITHDRAWN}),
    _S.APPLIED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
OPEN = frozenset({_S.REQUESTED, _S.SCHEDULED, _S.PLACED})


@frozen(kw_only=True)
class Change:
    """One change of a subscription's plan, with what was agreed upon.

    `at` is the instant by which it was reckoned; it comes into force at `effective_at`. A change
    that `begins_period` starts a new paid period then. `credits` come with it, or go if below zero;
    `due_minor` is what it was to cost, whatever of that came from a balance, and `reckoning` how
    both came about where it was made at once. `order_id` is that payment's order, once it is paid.
    `ask_at` is when the provider is to be asked (again), by whoever comes first. One made
    `by_seller` moves a subscriber to what the plan is today: they cannot take it back.
    """

    id: ChangeId
    subscription_id: SubscriptionId
    account_id: AccountId
    before: Terms
    after: Terms
    status: ChangeStatus
    begins_period: bool
    at: datetime
    effective_at: datetime
    month_ends_at: datetime
    due_minor: int
    credits: int
    taken_back: int = field(default=0, validator=not_negative)
    reckoning: Reckoning | None = None
    order_id: OrderId
    asked_at: datetime
    ask_at: datetime | None = None
    settled_at: datetime | None = None
    failure: str = ""
    by_seller: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether it may still come into force."""
        return self.status in OPEN

    @property
    def is_waiting(self) -> bool:
        """Say whether it waits for the end of the period, as its account is shown."""
        return self.status is _S.SCHEDULED or (
            self.status is _S.PLACED and self.effective_at > self.at
        )

    @property
    def collects(self) -> bool:
        """Say whether what it costs is a payment of its own, beside those of the periods."""
        return self.due_minor > 0 and not self.begins_period

    @property
    def cause(self) -> str:
        """What the lot that it brings names as what brought it."""
        return f"order:{self.order_id}"

    def is_paid_by(self, paid: ChangePaid) -> bool:
        """Say whether a payment is for this change: by our key, or by the instant it was reckoned.

        A provider that names instants keeps whole seconds, and cuts off what is beyond them.
        """
        if paid.key is not None:
            return paid.key == self.id
        return self.at.replace(microsecond=0) in paid.prorated_at

    def is_billed_as(self, reference: str | None) -> bool:
        """Say whether this provider's price is the one that it leads to, while it is open."""
        return self.is_open and reference is not None and reference == self.after.reference

    def begins_with(self, period: Period, subscription: Subscription) -> bool:
        """Say whether a further paid period is the first one on the new terms.

        Where the provider was asked and its answer is not known yet, a period that begins before
        the one paid for has ended can have come about by the change alone.
        """
        if period.start_at <= subscription.period.start_at:
            return False
        if self.status is _S.PLACED:
            return True
        is_early = period.start_at < subscription.period.end_at
        return self.status is _S.REQUESTED and self.begins_period and is_early

    def can_become(self, status: ChangeStatus) -> bool:
        """Say whether the table allows the move."""
        return status in _MOVES[self.status]

    def become(self, status: ChangeStatus, now: datetime, failure: str = "") -> Change:
        """Move to a status that the table allows; anything else is a programmer's mistake."""
        assert self.can_become(status), f"{self.status} to {status}"
        is_over = status not in OPEN
        return evolve(
            self,
            status=status,
            ask_at=None,
            settled_at=now if is_over else None,
            failure=failure,
        )

    def leased(self, now: datetime) -> Change:
        """Be asked for now by us alone: nobody else asks until the lease is over."""
        return evolve(self, ask_at=now + LEASE)

    def looked_at_again(self, ask_at: datetime) -> Change:
        """Be put off, because as things stand there is nothing to ask yet."""
        return evolve(self, ask_at=ask_at)

    def put_off_to(self, period_end_at: datetime) -> Change:
        """Wait for another period's end: the one it waited for was renewed before it was told."""
        assert self.status is _S.SCHEDULED
        return evolve(self, effective_at=period_end_at, ask_at=period_end_at - LEAD)
