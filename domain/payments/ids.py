"""Ids of the payments area."""

from typing import NewType

InboxId = NewType("InboxId", str)
OrderId = NewType("OrderId", str)
RefundId = NewType("RefundId", str)
DisputeId = NewType("DisputeId", str)
ReconciliationId = NewType("ReconciliationId", str)

Channel = NewType("Channel", str)
"""A payment provider as the customer chooses it, by its configured name."""
