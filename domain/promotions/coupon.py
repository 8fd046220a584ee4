"""A coupon: its terms, its slots, and whether it counts."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from domain.errors import InvalidField
from domain.promotions.coupon_code import CouponCode, check_code
from domain.promotions.effect import Benefit, Purchase
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.ids import CouponId
from domain.promotions.terms import Asker, CouponTerms


@frozen(kw_only=True)
class Coupon:
    """What makes a purchase cheaper or richer, or gives credits, within its terms.

    `code` is the first of its codes. `taken` counts slots over all of them: a checkout reserves
    one, payment keeps it, an abandoned checkout gives it back.
    """

    id: CouponId
    code: str
    terms: CouponTerms
    is_archived: bool = False
    taken: int = 0
    created_at: datetime

    def __attrs_post_init__(self) -> None:
        check_code("code", self.code)

    def benefit(
        self, code: CouponCode, purchase: Purchase | None, asker: Asker, now: datetime
    ) -> Benefit:
        """Return what one of its codes does to a purchase, or by itself without one.

        Raises CouponRefused with the exact reason; of several the one that an admin or time set.
        """
        assert code.coupon_id == self.id
        reason = self._refusal(code, purchase, asker, now)
        if reason is not None:
            raise CouponRefused(reason=reason)
        if purchase is not None:
            return self.terms.promised(purchase)
        alone = self.terms.alone
        assert alone is not None, "nothing else counts without a purchase"
        return Benefit(bonus_credits=alone.credits, lot=alone.lot)

    def reserve(self) -> Coupon:
        """Take a slot. Raises CouponRefused when none is left."""
        most = self.terms.redemptions_max
        if most is not None and self.taken >= most:
            raise CouponRefused(reason=CouponReason.USED_UP)
        return evolve(self, taken=self.taken + 1)

    def release(self) -> Coupon:
        """Give the slot of an abandoned checkout back."""
        assert self.taken > 0
        return evolve(self, taken=self.taken - 1)

    def changed(self, terms: CouponTerms) -> Coupon:
        """Take other terms. What was promised before stays as it was. Raises InvalidField."""
        most = terms.redemptions_max
        if most is not None and most < self.taken:
            problem = f"must not be below the {self.taken} that are taken"
            raise InvalidField(path="max_redemptions", problem=problem)
        return evolve(self, terms=terms)

    def archived(self, is_archived: bool) -> Coupon:
        """Be put aside, so that it counts for nothing new, or be taken up again."""
        return evolve(self, is_archived=is_archived)

    def _refusal(
        self, code: CouponCode, purchase: Purchase | None, asker: Asker, now: datetime
    ) -> CouponReason | None:
        if self.is_archived:
            return CouponReason.ARCHIVED
        if code.is_disabled:
            return CouponReason.DISABLED
        ineligible = self.terms.ineligible(purchase, asker, now)
        if ineligible is not None:
            return ineligible
        most, most_of_account = self.terms.redemptions_max, self.terms.redemptions_per_account_max
        for limit, taken, reason in (
            (most, self.taken - asker.held, CouponReason.USED_UP),
            (code.redemptions_max, code.taken - asker.code_held, CouponReason.CODE_USED_UP),
            (most_of_account, asker.taken - asker.held, CouponReason.USED_UP_BY_ACCOUNT),
        ):
            if limit is not None and taken >= limit:
                return CouponReason.ALREADY_USED if asker.has_used_code else reason
        return None
