"""What admins may do, by role, and what the product's backend may do, by scope."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Right(Enum):
    """One kind of thing an admin may do."""

    READ = "read"
    SELL = "sell"
    """Change what is sold and given: plans, packs, coupons, check-in rules."""
    CREDIT = "credit"
    """Move credits by hand, and say what usage costs."""
    OWN = "own"
    """Keys and proofs: whatever concerns the service itself."""


class Role(Enum):
    """An admin's role, as a token or an API key carries it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    TREASURER = "treasurer"
    OWNER = "owner"

    def may(self, right: Right) -> bool:
        """Say whether the role includes the right."""
        return right in _RIGHTS[self]


_RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.OPERATOR: frozenset({Right.READ, Right.SELL}),
    Role.TREASURER: frozenset({Right.READ, Right.CREDIT}),
    Role.OWNER: frozenset(Right),
}


class Scope(Enum):
    """One thing the product's backend may do for its accounts with an API key."""

    CREDITS_READ = "credits:read"
    CREDITS_SPEND = "credits:spend"
    CREDITS_GRANT = "credits:grant"
    ORDERS_READ = "orders:read"
    CHECKOUT_CREATE = "checkout:create"
    CHECKIN_CREATE = "checkin:create"
    SESSIONS_CREATE = "sessions:create"
    ACCOUNTS_WRITE = "accounts:write"
