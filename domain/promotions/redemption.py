"""One use of a coupon: reserved at checkout, kept by payment, given back if nothing comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from attrs import evolve, frozen

from domain.credits.ids import AccountId
from domain.promotions.effect import Benefit
from domain.promotions.ids import CouponId, RedemptionId


class RedemptionStatus(Enum):
    """How far the use of a coupon has come."""

    RESERVED = "reserved"
    CONFIRMED = "confirmed"
    RELEASED = "released"


_MOVES: Mapping[RedemptionStatus, frozenset[RedemptionStatus]] = {
    RedemptionStatus.RESERVED: frozenset({RedemptionStatus.CONFIRMED, RedemptionStatus.RELEASED}),
    # Money that arrives late for an abandoned checkout is honoured as it was promised.
    RedemptionStatus.RELEASED: frozenset({RedemptionStatus.CONFIRMED}),
    # For ever: money that goes back gives no slot back, or buying and returning would multiply it.
    RedemptionStatus.CONFIRMED: frozenset(),
}


@frozen(kw_only=True)
class Redemption:
    """One use of a coupon by an account, under one of its codes.

    `order_id` is None where credits were redeemed by themselves; such a use is confirmed at once.
    `currency` is that of the order. `settled_at` is when it was last confirmed or released.
    `is_first_purchase` says that it was promised to the account's first purchase: of all that it
    buys one purchase has such uses, whatever coupons they are of.
    """

    id: RedemptionId
    coupon_id: CouponId
    code: str
    account_id: AccountId
    order_id: str | None
    benefit: Benefit
    currency: str | None = None
    is_first_purchase: bool = False
    status: RedemptionStatus = RedemptionStatus.RESERVED
    reserved_at: datetime
    settled_at: datetime | None = None

    @property
    def takes_slot(self) -> bool:
        """Say whether it counts among the uses that are taken."""
        return self.status is not RedemptionStatus.RELEASED

    @property
    def cause(self) -> str:
        """What a lot that it brought by itself names as what brought it."""
        return f"redemption:{self.id}"

    def can_become(self, status: RedemptionStatus) -> bool:
        """Say whether this use may move to the status."""
        return status in _MOVES[self.status]

    def become(self, status: RedemptionStatus, now: datetime) -> Redemption:
        """Move to a status that the table allows; anything else is a programmer's mistake."""
        assert self.can_become(status)
        return evolve(self, status=status, settled_at=now)
