"""The tables of coupons and check-ins, and the orders their rows are found in."""

from __future__ import annotations

from adapters.stores.memory.kept_rows import GivenInPeriod
from adapters.stores.memory.table import Index, Table
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode
from domain.promotions.redemption import Redemption, RedemptionStatus

CODE_BY_KEY = Index[CouponCode](lambda code: (code.key,))
CODE_BY_COUPON = Index[CouponCode](lambda code: (code.coupon_id, code.id))
REDEMPTION_BY_ORDER = Index[Redemption](
    lambda redemption: (
        None if redemption.order_id is None else (redemption.order_id, redemption.coupon_id)
    )
)
REDEMPTION_BY_ACCOUNT = Index[Redemption](lambda redemption: (redemption.account_id, redemption.id))
REDEMPTION_BY_COUPON = Index[Redemption](lambda redemption: (redemption.coupon_id, redemption.id))
REDEMPTION_TAKEN = Index[Redemption](
    lambda redemption: (
        None
        if redemption.status is RedemptionStatus.RELEASED
        else (redemption.coupon_id, redemption.account_id, redemption.id)
    )
)


def coupons() -> Table[Coupon]:
    """Return the table of coupons."""
    return Table("coupons", lambda coupon: (coupon.id,))


def coupon_codes() -> Table[CouponCode]:
    """Return the table of their codes, found by what a person types."""
    return Table("coupon_codes", lambda code: (code.id,), (CODE_BY_KEY, CODE_BY_COUPON))


def redemptions() -> Table[Redemption]:
    """Return the table of uses."""
    return Table(
        "redemptions",
        lambda redemption: (redemption.id,),
        (REDEMPTION_BY_ORDER, REDEMPTION_BY_COUPON, REDEMPTION_BY_ACCOUNT, REDEMPTION_TAKEN),
    )


def check_ins() -> Table[CheckIn]:
    """Return the table of check-ins, one a day for an account."""
    return Table("check_ins", lambda check_in: (check_in.account_id, check_in.day))


def check_in_rules() -> Table[CheckInRules]:
    """Return the table of rules, by version."""
    return Table("check_in_rules", lambda rules: (rules.version,))


def check_in_budgets() -> Table[GivenInPeriod]:
    """Return the table of what was given away in a day or a month."""
    return Table("check_in_budgets", lambda given: (given.period,))
