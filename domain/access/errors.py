"""Refusals of the access area."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from domain.access.ids import ApiKeyId
from domain.credits.ids import AccountId
from domain.errors import Conflict, Forbidden, NotFound, Unauthenticated


@frozen(kw_only=True)
class NotSignedIn(Unauthenticated):
    """The request carries no credential, or one that does not count; `reason` says which."""

    code: ClassVar[str] = "unauthenticated"
    reason: str

    def __str__(self) -> str:
        return f"Not signed in: {self.reason}."


@frozen(kw_only=True)
class NotAllowed(Forbidden):
    """The asker is known but lacks what this needs."""

    code: ClassVar[str] = "forbidden"
    needed: str

    def __str__(self) -> str:
        return f"This needs {self.needed}."


@frozen(kw_only=True)
class OtherAccount(Forbidden):
    """A user asked on behalf of another account."""

    code: ClassVar[str] = "other_account"

    def __str__(self) -> str:
        return "A user may only ask about their own account."


@frozen(kw_only=True)
class AccountNotFound(NotFound):
    """Nothing is known about this account."""

    code: ClassVar[str] = "account_not_found"
    account_id: AccountId

    def __str__(self) -> str:
        return "Nothing is known about this account."


@frozen(kw_only=True)
class AccountInUse(Conflict):
    """An account is not erased while something of it is still under way."""

    code: ClassVar[str] = "account_in_use"
    account_id: AccountId
    live_subscriptions: tuple[str, ...]
    open_holds: tuple[str, ...]
    unpaid_orders: tuple[str, ...]

    def __str__(self) -> str:
        return (
            "First end the account's subscriptions, capture or release its holds, and let its "
            "unpaid orders lapse; or force it, and they go on without a name."
        )


@frozen(kw_only=True)
class ApiKeyNotFound(NotFound):
    """There is no such API key."""

    code: ClassVar[str] = "api_key_not_found"
    api_key_id: ApiKeyId

    def __str__(self) -> str:
        return "There is no such API key."


@frozen(kw_only=True)
class ZoneChangedLately(Conflict):
    """An account's zone may change only rarely, since its days begin by it."""

    code: ClassVar[str] = "zone_changed_lately"
    next_at: datetime

    def __str__(self) -> str:
        return f"The zone was changed lately; it can be changed again from {self.next_at:%Y-%m-%d}."
