"""Ids of the credits area."""

from typing import NewType

AccountId = NewType("AccountId", str)
"""Whoever owns credits: the product's own, opaque id of a user or an organisation."""

GrantId = NewType("GrantId", str)
TransactionId = NewType("TransactionId", str)
