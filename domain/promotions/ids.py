"""Ids of the promotions area."""

from typing import NewType

CouponId = NewType("CouponId", str)
RedemptionId = NewType("RedemptionId", str)
