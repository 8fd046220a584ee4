"""The collections of the access area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from application.ports.paging import Page, PageRequest
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import AuditEntry
from domain.access.ids import ApiKeyId
from domain.credits.ids import AccountId


class Accounts(Protocol):
    """What is known about accounts beside their credits."""

    async def find(self, account_id: AccountId) -> Account | None:
        """Return the profile, or None if there is none."""
        ...

    async def take(self, blank: Account) -> Account:
        """Return an account's profile, locked until the unit ends; the blank one if it has none.

        Whoever takes the same profile at the same time waits, also where there is none yet.
        """
        ...

    async def save(self, account: Account) -> None:
        """Keep a profile, new or changed."""
        ...


class ApiKeys(Protocol):
    """Keys of backends and admins."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return the key, revoked or not, or None."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Keep a changed key."""
        ...

    async def page(self, request: PageRequest) -> Page[ApiKey]:
        """Return keys, newest first."""
        ...


class AuditLog(Protocol):
    """What admins changed; append-only."""

    async def add(self, entry: AuditEntry) -> None:
        """Keep one entry."""
        ...

    async def of_target(self, target: str, limit: int) -> Sequence[AuditEntry]:
        """Return the entries about one thing, newest first."""
        ...
