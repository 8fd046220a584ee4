"""What a buyer chooses: a plan at an interval, or a credit pack."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from application.payments.steps.pricing import CREDIT_CODES_MAX
from domain.errors import InvalidField
from domain.payments.order import OrderType
from domain.period import Interval
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.http.values import AccountIdText, Reference

CouponCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="A coupon's code; case, spaces and dashes do not matter.",
        examples=["SPRING25"],
    ),
]
CreditCodes = Annotated[
    tuple[CouponCode, ...],
    Meta(
        max_length=CREDIT_CODES_MAX,
        description="Further codes, each of another coupon that gives credits.",
        examples=[["WELCOME-500"]],
    ),
]


@frozen(kw_only=True)
class PurchaseBody:
    """A purchase: `plan_id` with type `subscription`, `pack_id` with type `credits`.

    `interval` belongs to a subscription and is monthly unless said otherwise. Backends name the
    account.
    """

    account_id: AccountIdText | None = None
    type: OrderType
    plan_id: Reference | None = None
    pack_id: Reference | None = None
    interval: Interval | None = None

    def __attrs_post_init__(self) -> None:
        match self.type:
            case OrderType.SUBSCRIPTION:
                _require("plan_id", self.plan_id, self.type)
                _refuse("pack_id", self.pack_id, self.type)
            case OrderType.CREDITS:
                _require("pack_id", self.pack_id, self.type)
                _refuse("plan_id", self.plan_id, self.type)
                _refuse("interval", self.interval, self.type)

    @property
    def item(self) -> PlanId | PackId:
        """Return the id of what is bought."""
        if self.plan_id is not None:
            return PlanId(self.plan_id)
        assert self.pack_id is not None
        return PackId(self.pack_id)

    @property
    def chosen_interval(self) -> Interval:
        """Return how often a subscription is paid."""
        return self.interval or Interval.MONTHLY


def _require(path: str, value: object, type: OrderType) -> None:
    if value is None:
        raise InvalidField(path=path, problem=f"is required with type {type.value}")


def _refuse(path: str, value: object, type: OrderType) -> None:
    if value is not None:
        raise InvalidField(path=path, problem=f"does not go with type {type.value}")
