"""Ids of the payments area."""

from typing import NewType

InboxId = NewType("InboxId", str)
OrderId = NewType("OrderId", str)

Channel = NewType("Channel", str)
"""A payment provider as the customer chooses it, by its configured name."""
