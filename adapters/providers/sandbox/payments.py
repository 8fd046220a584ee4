"""What the sandbox keeps of the money it pretends to have collected, and what went back of it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from attrs import evolve, frozen

from adapters.providers.sandbox.records import kept
from application.ports.sandbox import SandboxRecord
from domain.payments.provider_event import DisputeStatus

PAYMENT = "payment"


@frozen(kw_only=True)
class RefundState:
    """A part of a payment that went back; `key` is whose request it answers."""

    id: str
    key: str
    amount_minor: int


@frozen(kw_only=True)
class PaymentState:
    """One payment. `told_at` is the instant of the last webhook about what became of it."""

    id: str
    amount_minor: int
    currency: str
    paid_at: datetime
    refunds: tuple[RefundState, ...] = ()
    disputed_minor: int = 0
    dispute: DisputeStatus | None = None
    told_at: datetime | None = None

    @property
    def left_minor(self) -> int:
        """What has not gone back."""
        return self.amount_minor - sum(refund.amount_minor for refund in self.refunds)

    @property
    def dispute_id(self) -> str:
        """The id of the one dispute there can be about a payment."""
        return f"dp_{self.id}"

    def refund_for(self, key: str) -> RefundState | None:
        """Return the refund that was asked for under this key before."""
        return next((refund for refund in self.refunds if refund.key == key), None)

    def refunded(self, key: str, amount_minor: int, told_at: datetime) -> PaymentState:
        """Let a part go back, under an id that follows from the key."""
        assert 0 < amount_minor <= self.left_minor
        refund_id = f"re_{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        refund = RefundState(id=refund_id, key=key, amount_minor=amount_minor)
        return evolve(self, refunds=(*self.refunds, refund), told_at=told_at)

    def can_be_disputed(self, status: DisputeStatus) -> bool:
        """Say whether that is news: a bank asks first of all, and opens no dispute twice."""
        if status is DisputeStatus.INQUIRY:
            return self.dispute is None
        if status is DisputeStatus.OPEN:
            return self.dispute in {None, DisputeStatus.INQUIRY}
        return self.dispute is not status

    def disputed(self, status: DisputeStatus, told_at: datetime) -> PaymentState:
        """Let the buyer's bank ask about what is left, dispute it, or decide about it."""
        amount = self.left_minor if self.dispute is None else self.disputed_minor
        return evolve(self, dispute=status, disputed_minor=amount, told_at=told_at)

    def record(self) -> SandboxRecord:
        """Return it as it is kept."""
        return kept(PAYMENT, self.id, self)
