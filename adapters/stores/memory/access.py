"""Account profiles, API keys and the audit log in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import ACCOUNT_BY_EMAIL, AUDIT_BY_TARGET, SESSION_ENDING
from application.ports.access import Accounts, ApiKeys, AuditFilter, AuditLog, Sessions
from application.ports.paging import Page, PageRequest
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import AuditEntry
from domain.access.ids import ApiKeyId
from domain.access.session import AdminSession
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet


@frozen
class MemoryAccounts(Accounts):
    """Profiles by account."""

    accounts: Rows[Account]
    wallets: Rows[Wallet]

    async def find(self, account_id: AccountId) -> Account | None:
        return self.accounts.find(account_id)

    async def find_all(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Account]:
        found = [self.accounts.find(account_id) for account_id in account_ids]
        return {account.id: account for account in found if account is not None}

    async def take(self, blank: Account) -> Account:
        return self.accounts.take(blank.id) or blank

    async def save(self, account: Account) -> None:
        self.accounts.put(account)

    async def named(self, prefix: str, request: PageRequest) -> Page[AccountId]:
        since = max(prefix, request.after or "")
        known = merge(
            (account.id for account in self.accounts.ascending(since=(since,))),
            (w.account_id for w in self.wallets.ascending(since=(since,)) if w.version > 0),
        )
        begin = takewhile(lambda account_id: account_id.startswith(prefix), known)
        later = (each for each in _once(begin) if request.after is None or each > request.after)
        return page_of(later, request.limit, str)

    async def with_email(self, email: str, limit: int) -> Sequence[AccountId]:
        found = self.accounts.ascending(ACCOUNT_BY_EMAIL, prefix=(email,))
        return [account.id for account in islice(found, limit)]


def _once(ids: Iterator[AccountId]) -> Iterator[AccountId]:
    """Yield ids in order, each that comes twice but once."""
    last: AccountId | None = None
    for each in ids:
        if each != last:
            yield each
        last = each


@frozen
class MemoryApiKeys(ApiKeys):
    """Keys by id."""

    keys: Rows[ApiKey]

    async def add(self, key: ApiKey) -> None:
        self.keys.add(key)

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        return self.keys.find(key_id)

    async def save(self, key: ApiKey) -> None:
        self.keys.change(key)

    async def page(self, request: PageRequest) -> Page[ApiKey]:
        before = id_after(request.after)
        return page_of(self.keys.descending(before=before), request.limit, lambda key: key.id)


@frozen
class MemoryAuditLog(AuditLog):
    """Entries by what they are about."""

    entries: Rows[AuditEntry]

    async def add(self, entry: AuditEntry) -> None:
        self.entries.add(entry)

    async def of_target(self, target: str, limit: int) -> Sequence[AuditEntry]:
        newest = self.entries.descending(AUDIT_BY_TARGET, prefix=(target,))
        return list(islice(newest, limit))

    async def page(self, where: AuditFilter, request: PageRequest) -> Page[AuditEntry]:
        after = id_after(request.after)
        if where.target is None:
            newest = self.entries.descending(before=after)
        else:
            newest = self.entries.descending(
                AUDIT_BY_TARGET,
                prefix=(where.target,),
                before=None if after is None else (where.target, *after),
            )
        return page_of(newest, request.limit, lambda entry: entry.id)


@frozen
class MemorySessions(Sessions):
    """Sessions by digest, and by when they end."""

    sessions: Rows[AdminSession]

    async def add(self, session: AdminSession) -> None:
        self.sessions.add(session)

    async def find(self, digest: bytes) -> AdminSession | None:
        return self.sessions.find(digest.hex())

    async def remove(self, digest: bytes) -> None:
        self.sessions.remove(digest.hex())

    async def forget(self, now: datetime, limit: int) -> None:
        ending = self.sessions.ascending(SESSION_ENDING)
        over = takewhile(lambda session: session.expires_at <= now, ending)
        for session in list(islice(over, limit)):
            self.sessions.remove(session.digest.hex())
