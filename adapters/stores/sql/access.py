"""Account profiles, API keys and the audit log in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from sqlalchemy import Column, ColumnElement, delete, select, union

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.access import accounts, api_keys, audit_log, sessions
from adapters.stores.sql.tables.credits import wallets
from application.ports.access import Accounts, ApiKeys, AuditFilter, AuditLog, Sessions
from application.ports.paging import Page, PageRequest
from domain.access.account import Account
from domain.access.api_key import ApiKey
from domain.access.audit import Actor, AuditEntry
from domain.access.ids import ApiKeyId, AuditId
from domain.access.role import Role, Scope
from domain.access.session import AdminSession
from domain.credits.ids import AccountId


@frozen
class SqlAccounts(Accounts):
    """Profiles by account."""

    transaction: OpenTransaction

    async def find(self, account_id: AccountId) -> Account | None:
        row = await rows.find(self.transaction, accounts, account_id)
        return None if row is None else _account(row)

    async def find_all(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Account]:
        query = select(accounts).where(accounts.c.id.in_(list(account_ids)))
        found = [_account(row) for row in await self.transaction.run(query)]
        return {account.id: account for account in found}

    async def take(self, blank: Account) -> Account:
        # The row is there from now on, so that even the first profile has something to lock.
        await rows.add_new(self.transaction, accounts, _account_values(blank))
        row = await rows.take(self.transaction, accounts, blank.id)
        assert row is not None, "nobody deletes a profile"
        return _account(row)

    async def save(self, account: Account) -> None:
        await rows.put(self.transaction, accounts, _account_values(account))

    async def named(self, prefix: str, request: PageRequest) -> Page[AccountId]:
        limit = request.limit + 1
        known = [
            select(column)
            .where(*_named(column, prefix, request.after), *where)
            .order_by(column)
            .limit(limit)
            .subquery()
            for column, where in (
                (accounts.c.id, ()),
                (wallets.c.account_id, (wallets.c.version > 0,)),
            )
        ]
        either = union(*(select(each.c[0].label("id")) for each in known)).subquery()
        query = select(either.c.id).order_by(either.c.id).limit(limit)
        found = [AccountId(row.id) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, str)

    async def with_email(self, email: str, limit: int) -> Sequence[AccountId]:
        query = select(accounts.c.id).where(accounts.c.email == email)
        found = await self.transaction.run(query.order_by(accounts.c.id).limit(limit))
        return [AccountId(row.id) for row in found]


def _account_values(account: Account) -> Values:
    return {
        "id": account.id,
        "email": account.email,
        "zone": account.zone,
        "zone_changed_at": account.zone_changed_at,
        "created_at": account.created_at,
    }


def _named(column: Column[str], prefix: str, after: str | None) -> Sequence[ColumnElement[bool]]:
    """Return the range of ids that begin with a prefix: no character comes after the last one."""
    where = [column >= prefix, column < prefix + "\U0010ffff"] if prefix else []
    return where if after is None else [*where, column > after]


def _account(row: AnyRow) -> Account:
    return Account(
        id=AccountId(row.id),
        email=row.email,
        zone=row.zone,
        zone_changed_at=row.zone_changed_at,
        created_at=row.created_at,
    )


@frozen
class SqlApiKeys(ApiKeys):
    """Keys by id."""

    transaction: OpenTransaction

    async def add(self, key: ApiKey) -> None:
        await rows.add(self.transaction, api_keys, _api_key_values(key))

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        row = await rows.find(self.transaction, api_keys, key_id)
        return None if row is None else _api_key(row)

    async def save(self, key: ApiKey) -> None:
        await rows.change(self.transaction, api_keys, _api_key_values(key))

    async def page(self, request: PageRequest) -> Page[ApiKey]:
        query = select(api_keys).order_by(api_keys.c.id.desc()).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(api_keys.c.id < id_after(request.after))
        found = [_api_key(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda key: key.id)


def _api_key_values(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "digest": key.digest,
        "scopes": msgspec.json.encode(sorted(scope.value for scope in key.scopes)).decode(),
        "role": None if key.role is None else key.role.value,
        "spend_max": key.spend_max,
        "spend_max_per_day": key.spend_max_per_day,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _api_key(row: AnyRow) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row.id),
        name=row.name,
        digest=row.digest,
        scopes=msgspec.json.decode(row.scopes, type=frozenset[Scope]),
        role=None if row.role is None else Role(row.role),
        spend_max=row.spend_max,
        spend_max_per_day=row.spend_max_per_day,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


@frozen
class SqlAuditLog(AuditLog):
    """Entries by what they are about; the database refuses to change or delete one."""

    transaction: OpenTransaction

    async def add(self, entry: AuditEntry) -> None:
        values = {
            "id": entry.id,
            "at": entry.at,
            "actor_id": entry.actor.id,
            "request_id": entry.actor.request_id,
            "action": entry.action,
            "target": entry.target,
            "before": entry.before,
            "after": entry.after,
            "reason": entry.reason,
        }
        await rows.add(self.transaction, audit_log, values)

    async def of_target(self, target: str, limit: int) -> Sequence[AuditEntry]:
        query = select(audit_log).where(audit_log.c.target == target)
        newest = query.order_by(audit_log.c.id.desc()).limit(limit)
        return [_entry(row) for row in await self.transaction.run(newest)]

    async def page(self, where: AuditFilter, request: PageRequest) -> Page[AuditEntry]:
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(request.limit + 1)
        if where.target is not None:
            query = query.where(audit_log.c.target == where.target)
        if request.after is not None:
            query = query.where(audit_log.c.id < id_after(request.after))
        found = [_entry(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda entry: entry.id)


def _entry(row: AnyRow) -> AuditEntry:
    return AuditEntry(
        id=AuditId(row.id),
        at=row.at,
        actor=Actor(id=row.actor_id, request_id=row.request_id),
        action=row.action,
        target=row.target,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )


@frozen
class SqlSessions(Sessions):
    """Sessions by the digests of their secrets."""

    transaction: OpenTransaction

    async def add(self, session: AdminSession) -> None:
        values = {
            "digest": session.digest,
            "actor_id": session.actor_id,
            "role": session.role.value,
            "api_key_id": session.api_key_id,
            "opened_at": session.opened_at,
            "expires_at": session.expires_at,
        }
        await rows.add(self.transaction, sessions, values)

    async def find(self, digest: bytes) -> AdminSession | None:
        row = await rows.find(self.transaction, sessions, digest)
        if row is None:
            return None
        return AdminSession(
            digest=row.digest,
            actor_id=row.actor_id,
            role=Role(row.role),
            api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
            opened_at=row.opened_at,
            expires_at=row.expires_at,
        )

    async def remove(self, digest: bytes) -> None:
        await rows.remove(self.transaction, sessions, digest)

    async def forget(self, now: datetime, limit: int) -> None:
        over = select(sessions.c.digest).where(sessions.c.expires_at <= now)
        oldest = over.order_by(sessions.c.expires_at).limit(limit)
        await self.transaction.run(delete(sessions).where(sessions.c.digest.in_(oldest)))
