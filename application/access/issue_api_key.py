"""Issue, list and revoke API keys."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock, NewId, NewSecret
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.api_key import ApiKey, digest_of, written
from domain.access.audit import Actor
from domain.access.errors import ApiKeyNotFound
from domain.access.ids import ApiKeyId
from domain.access.role import Role, Scope


@frozen(kw_only=True)
class IssueApiKey:
    """A new key, with scopes for the product's backend or a role for an admin."""

    name: str
    scopes: frozenset[Scope] = frozenset()
    role: Role | None = None
    spend_max: int | None = None
    spend_max_per_day: int | None = None
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class ApiKeyIssued:
    """The key's record, and the key itself: shown this once, None when the answer is repeated."""

    api_key: ApiKey
    secret: str | None
    is_replay: bool = False


@frozen(kw_only=True)
class IssuingApiKey:
    """Make a key of which only a digest is kept. Refusals: InvalidField, KeyReused."""

    begin: BeginWork
    clock: Clock
    new_id: NewId
    new_secret: NewSecret

    async def __call__(self, command: IssueApiKey) -> ApiKeyIssued:
        now = self.clock()
        secret = self.new_secret()
        key_id = ApiKeyId(self.new_id())
        api_key = ApiKey(
            id=key_id,
            name=command.name,
            digest=digest_of(secret),
            scopes=command.scopes,
            role=command.role,
            spend_max=command.spend_max,
            spend_max_per_day=command.spend_max_per_day,
            created_at=now,
        )
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    issued = await work.api_keys.find(ApiKeyId(first.id))
                    assert issued is not None, "keys are revoked, never removed"
                    return ApiKeyIssued(api_key=issued, secret=None, is_replay=True)
                await work.answers.keep(command.key, AnswerAbout(id=api_key.id))
            await work.api_keys.add(api_key)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "api_key.issue",
                    f"api_key:{key_id}",
                    after=api_key,
                )
            )
            await work.commit()
        return ApiKeyIssued(api_key=api_key, secret=written(key_id, secret))


@frozen(kw_only=True)
class ListApiKeys:
    """Ask for a page of keys, newest first; never for what they open with."""

    page: PageRequest


@frozen(kw_only=True)
class ListingApiKeys:
    """Read the records of keys, revoked ones included."""

    read: BeginRead

    async def __call__(self, command: ListApiKeys) -> Page[ApiKey]:
        async with self.read() as work:
            return await work.api_keys.page(command.page)


@frozen(kw_only=True)
class RevokeApiKey:
    """End a key."""

    key_id: ApiKeyId
    actor: Actor


@frozen(kw_only=True)
class RevokingApiKey:
    """Revoke for good; repeating it changes nothing. Refusals: ApiKeyNotFound."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: RevokeApiKey) -> ApiKey:
        async with self.begin() as work:
            found = await work.api_keys.find(command.key_id)
            if found is None:
                raise ApiKeyNotFound(api_key_id=command.key_id)
            now = self.clock()
            after = found.revoked(now)
            if after != found:
                await work.api_keys.save(after)
                await work.audit_log.add(
                    entry(
                        self.new_id,
                        now,
                        command.actor,
                        "api_key.revoke",
                        f"api_key:{found.id}",
                        before=found,
                        after=after,
                    )
                )
                await work.commit()
        return after
