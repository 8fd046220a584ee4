"""The collections of the access area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import AuditEntry
from domain.access.ids import ApiKeyId
from domain.access.session import AdminSession
from domain.credits.ids import AccountId


class Accounts(Protocol):
    """What is known about accounts beside their credits."""

    async def find(self, account_id: AccountId) -> Account | None:
        """Return the profile, or None if there is none."""
        ...

    async def find_all(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Account]:
        """Return the profiles of those that have one, at once."""
        ...

    async def take(self, blank: Account) -> Account:
        """Return an account's profile, locked until the unit ends; the blank one if it has none.

        Whoever takes the same profile at the same time waits, also where there is none yet.
        """
        ...

    async def save(self, account: Account) -> None:
        """Keep a profile, new or changed."""
        ...

    async def named(self, prefix: str, request: PageRequest) -> Page[AccountId]:
        """Return accounts that have a profile or a wallet, in id order, without offset or total.

        Only those whose id begins with the prefix.
        """
        ...

    async def with_email(self, email: str, limit: int) -> Sequence[AccountId]:
        """Return accounts with this very address, in id order."""
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


@frozen(kw_only=True)
class AuditFilter:
    """Which entries an admin's list holds; None means all."""

    target: str | None = None


class AuditLog(Protocol):
    """What admins changed; append-only."""

    async def add(self, entry: AuditEntry) -> None:
        """Keep one entry."""
        ...

    async def of_target(self, target: str, limit: int) -> Sequence[AuditEntry]:
        """Return the entries about one thing, newest first."""
        ...

    async def page(self, where: AuditFilter, request: PageRequest) -> Page[AuditEntry]:
        """Return entries, newest first, without offset or total."""
        ...


class Sessions(Protocol):
    """Sessions of the console, by the digests of their secrets."""

    async def add(self, session: AdminSession) -> None:
        """Keep a new session."""
        ...

    async def find(self, digest: bytes) -> AdminSession | None:
        """Return the session, over or not, or None."""
        ...

    async def remove(self, digest: bytes) -> None:
        """Forget a session, if there is one."""
        ...

    async def forget(self, now: datetime, limit: int) -> None:
        """Forget so many of the sessions that are over."""
        ...
