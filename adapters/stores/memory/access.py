"""Account profiles, API keys and the audit log in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from attrs import frozen

from adapters.stores.memory.paging import id_after, page_of
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import AUDIT_BY_TARGET
from application.ports.access import Accounts, ApiKeys, AuditLog
from application.ports.paging import Page, PageRequest
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import AuditEntry
from domain.access.ids import ApiKeyId
from domain.credits.ids import AccountId


@frozen
class MemoryAccounts(Accounts):
    """Profiles by account."""

    accounts: Rows[Account]

    async def find(self, account_id: AccountId) -> Account | None:
        return self.accounts.find(account_id)

    async def take(self, blank: Account) -> Account:
        return self.accounts.take(blank.id) or blank

    async def save(self, account: Account) -> None:
        self.accounts.put(account)


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
