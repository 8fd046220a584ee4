"""Ids of the credits area."""

from typing import NewType

AccountId = NewType("AccountId", str)
"""Whoever owns credits: the product's own, opaque id of a user or an organisation."""

GrantId = NewType("GrantId", str)
OVERDRAFT = GrantId("overdraft")
"""The lot that does not exist: allocations name it for credits owed, and for those that fill it."""

HoldId = NewType("HoldId", str)
TransactionId = NewType("TransactionId", str)
