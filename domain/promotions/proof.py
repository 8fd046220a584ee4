"""The proof of counters: what is kept as a number, against the rows that it counts."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from domain.promotions.ids import CouponId


@frozen(kw_only=True)
class Miscount:
    """A counter that is not what its rows say: which one, by which rule, and both numbers."""

    counter: str
    rule: str
    found: str


@frozen(kw_only=True)
class CouponCount:
    """A coupon's `taken` slots as it counts them, as all its codes do, and as its uses are."""

    coupon_id: CouponId
    taken: int
    of_codes: int
    uses: int

    def miscounts(self) -> Iterator[Miscount]:
        """Name the numbers that differ from the uses that are written down."""
        counter = f"coupon {self.coupon_id}"
        if self.taken != self.uses:
            yield _miscount(counter, "coupon_counts_its_uses", self.taken, self.uses)
        if self.of_codes != self.uses:
            yield _miscount(counter, "codes_count_their_coupons_uses", self.of_codes, self.uses)


@frozen(kw_only=True)
class CodeCount:
    """A code's `taken` slots as it counts them, and as its uses are."""

    coupon_id: CouponId
    code: str
    taken: int
    uses: int

    def miscounts(self) -> Iterator[Miscount]:
        """Name the number, if it differs from the uses that are written down."""
        if self.taken != self.uses:
            counter = f"code {self.code} of coupon {self.coupon_id}"
            yield _miscount(counter, "code_counts_its_uses", self.taken, self.uses)


@frozen(kw_only=True)
class BudgetCount:
    """What was `given` out of a period's budget for check-ins, in credits, and what is left of it.

    `room` and `given` are counted apart, so that together they are the `total` shared out last.
    """

    period: str
    given: int
    room: int
    total: int

    def miscounts(self, awarded: int) -> Iterator[Miscount]:
        """Name what is wrong, where check-ins of the period were awarded so many credits in all.

        A budget that was set within a period has not seen what was given before; it never saw more.
        """
        counter = f"check-in budget {self.period}"
        whole = self.given + self.room
        if whole != self.total:
            yield _miscount(counter, "budget_adds_up", whole, self.total)
        if self.given > awarded:
            yield _miscount(counter, "budget_gave_what_was_awarded", self.given, awarded)


def _miscount(counter: str, rule: str, kept: int, counted: int) -> Miscount:
    return Miscount(counter=counter, rule=rule, found=f"keeps {kept}, counted {counted}")
