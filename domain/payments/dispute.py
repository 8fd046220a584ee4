"""A buyer's bank asks about a payment or takes it back, and somebody decides who was right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from attrs import evolve, field, frozen

from domain.amount import not_negative
from domain.credits.ids import AccountId
from domain.money import currency_code
from domain.payments.ids import Channel, DisputeId, OrderId
from domain.payments.provider_event import DisputeStatus

_D = DisputeStatus
# What was decided may be decided anew, on appeal; it is never open again.
_MOVES: Mapping[DisputeStatus, frozenset[DisputeStatus]] = {
    _D.INQUIRY: frozenset({_D.OPEN, _D.WON, _D.LOST}),
    _D.OPEN: frozenset({_D.WON, _D.LOST}),
    _D.WON: frozenset({_D.LOST}),
    _D.LOST: frozenset({_D.WON}),
}


@frozen(kw_only=True)
class Dispute:
    """One dispute about an order's payment, tax included.

    While it is an inquiry, the bank has taken nothing and nothing is frozen. While it is open, what
    is left of the order's credits is frozen; lost, they are taken as for a refund of the amount;
    won, all is as before. `as_of` is the instant of the newest word on it.
    """

    id: DisputeId
    order_id: OrderId
    account_id: AccountId
    channel: Channel
    provider_dispute_id: str
    amount_minor: int = field(validator=not_negative)
    currency: str = field(validator=currency_code)
    status: DisputeStatus
    as_of: datetime
    opened_at: datetime
    changed_at: datetime

    @property
    def is_open(self) -> bool:
        """Say whether the money has been taken and nobody has decided about it yet."""
        return self.status is DisputeStatus.OPEN

    @property
    def is_decided(self) -> bool:
        """Say whether it has come to an end, which an appeal alone may change."""
        return self.status in {DisputeStatus.WON, DisputeStatus.LOST}

    @property
    def is_lost(self) -> bool:
        """Say whether the money has gone back for good."""
        return self.status is DisputeStatus.LOST

    def can_become(self, status: DisputeStatus) -> bool:
        """Say whether the dispute may move to the status."""
        return status in _MOVES[self.status]

    def told(self, status: DisputeStatus, as_of: datetime, now: datetime) -> Dispute:
        """Take up a report; an older one never undoes a newer, whichever comes first.

        Of two decisions of one instant the one in our favour stands: it cannot be appealed.
        """
        if not self.can_become(status):
            is_newer = status is self.status and as_of > self.as_of
            return evolve(self, as_of=as_of) if is_newer else self
        is_late = as_of == self.as_of and status is DisputeStatus.LOST
        if self.is_decided and (as_of < self.as_of or is_late):
            return self
        return evolve(self, status=status, as_of=as_of, changed_at=now)
