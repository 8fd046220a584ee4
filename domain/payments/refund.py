"""Money going back to a buyer: all of an order's, or a part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId, RefundId
from domain.payments.provider_event import RefundStatus


class RefundState(Enum):
    """How far a refund has come: written down, taken on by the provider, done, or failed."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundKind(Enum):
    """Why money goes back."""

    REQUESTED = "requested"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"


_R = RefundState
# A refund may fail days after it succeeded, when the buyer's bank sends the money back. Nothing
# comes after that: providers begin another refund, and news told late changes nothing.
_MOVES: Mapping[RefundState, frozenset[RefundState]] = {
    _R.REQUESTED: frozenset({_R.PENDING, _R.SUCCEEDED, _R.FAILED}),
    _R.PENDING: frozenset({_R.SUCCEEDED, _R.FAILED}),
    _R.SUCCEEDED: frozenset({_R.FAILED}),
    _R.FAILED: frozenset(),
}


FIRST_WAIT = timedelta(minutes=5)
"""How long an answer may take before the provider is asked again what became of a refund."""

_WAIT_MAX = timedelta(days=1)
ASKED_OFTEN = 10
"""After so many questions, two days on, a refund that is still open needs a person."""


@frozen(kw_only=True)
class Refund:
    """One refund of an order, tax included, whether an admin asked for it or the provider told us.

    Its credits are taken as soon as the provider has taken it on, and given back if it fails.
    `provider_refund_id` is the provider's own id for it, as soon as we know that. `failure` is why
    the provider would not do it, in our words. While it is open the provider is asked about it at
    `ask_at`, later each time; `asked` counts how often that was done.
    """

    id: RefundId
    order_id: OrderId
    account_id: AccountId
    channel: Channel
    amount_minor: int = field(validator=not_negative)
    state: RefundState
    kind: RefundKind
    reason: str
    provider_refund_id: str | None = None
    failure: str | None = None
    created_at: datetime
    changed_at: datetime
    asked: int = field(default=0, validator=not_negative)
    ask_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether nobody knows yet if its money goes back."""
        return self.state in {RefundState.REQUESTED, RefundState.PENDING}

    @property
    def needs_person(self) -> bool:
        """Say whether the provider has been asked often enough without an end to it."""
        return self.is_open and self.asked >= ASKED_OFTEN

    @property
    def counts(self) -> bool:
        """Say whether its money goes back, or has gone back, as far as anybody knows."""
        return self.state in {RefundState.PENDING, RefundState.SUCCEEDED}

    @property
    def may_count(self) -> bool:
        """Say whether its money may go back: nothing else may promise the same money."""
        return self.state is not RefundState.FAILED

    def can_become(self, state: RefundState) -> bool:
        """Say whether the refund may move to the state."""
        return state in _MOVES[self.state]

    def told(self, provider_refund_id: str | None, status: RefundStatus, now: datetime) -> Refund:
        """Take up what the provider says of it; what is old news changes nothing."""
        state = RefundState(status.value)
        known = self.provider_refund_id or provider_refund_id
        if not self.can_become(state):
            return evolve(self, provider_refund_id=known)
        return evolve(self, provider_refund_id=known, state=state, changed_at=now)

    def refused(self, failure: str, now: datetime) -> Refund:
        """Note that the provider would not do it."""
        assert self.can_become(RefundState.FAILED)
        return evolve(self, state=RefundState.FAILED, failure=failure, changed_at=now)

    def asked_about(self, now: datetime) -> Refund:
        """Note that the provider is asked what became of it, and when to ask next."""
        assert self.is_open
        wait = min(FIRST_WAIT * 2 ** min(self.asked + 1, 10), _WAIT_MAX)
        return evolve(self, asked=self.asked + 1, ask_at=now + wait)

    def without_provider_id(self) -> Refund:
        """Give up the provider's id of a refund that failed, for the one that takes its place.

        A provider that names no refunds gives every try at the same money the same id.
        """
        assert self.state is RefundState.FAILED
        return evolve(self, provider_refund_id=None)

    def could_be(self, amount_minor: int) -> bool:
        """Say whether news of a refund of so much, under an id unknown so far, may be about it."""
        return (
            self.is_open and self.provider_refund_id is None and (self.amount_minor == amount_minor)
        )
