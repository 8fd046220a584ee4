"""Ids of the promotions area."""

from typing import NewType

CodeId = NewType("CodeId", str)
CouponId = NewType("CouponId", str)
RedemptionId = NewType("RedemptionId", str)
