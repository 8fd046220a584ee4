"""Access for admins: API keys, shown once and kept as digests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import field, frozen
from msgspec import Meta

from application.access.issue_api_key import (
    ApiKeyIssued,
    IssueApiKey,
    IssuingApiKey,
    ListApiKeys,
    ListingApiKeys,
    RevokeApiKey,
    RevokingApiKey,
)
from domain.access.api_key import ApiKey
from domain.access.errors import ApiKeyNotFound
from domain.access.ids import ApiKeyId
from domain.access.role import Right, Role, Scope
from domain.credits.errors import KeyReused
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.paging import CursorQuery
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import Amount, Id, Instant, Name
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

Scopes = Annotated[
    tuple[Scope, ...], Meta(max_length=20, description="What the product's backend may do with it.")
]
SpendMax = Annotated[Amount, Meta(description="The most one spend may take; null for no limit.")]
SpendMaxPerDay = Annotated[
    Amount, Meta(description="The most one account may spend in a UTC day; null for no limit.")
]


@frozen(kw_only=True)
class ApiKeyBody:
    """A new key: scopes for the product's backend, or a role for an admin, never both."""

    name: Name
    scopes: Scopes = ()
    role: Role | None = None
    spend_max: SpendMax | None = None
    spend_max_per_day: SpendMaxPerDay | None = None


@frozen(kw_only=True, slots=False)
class ApiKeyView:
    """A key's record; never what it opens with."""

    id: Id
    name: Name
    scopes: Scopes
    role: Role | None
    spend_max: SpendMax | None
    spend_max_per_day: SpendMaxPerDay | None
    created_at: Instant
    revoked_at: Instant | None

    @classmethod
    def of(cls, api_key: ApiKey) -> ApiKeyView:
        """Return the record as the owner sees it."""
        return cls(
            id=api_key.id,
            name=api_key.name,
            scopes=tuple(scope for scope in Scope if scope in api_key.scopes),
            role=api_key.role,
            spend_max=api_key.spend_max,
            spend_max_per_day=api_key.spend_max_per_day,
            created_at=api_key.created_at,
            revoked_at=api_key.revoked_at,
        )


@frozen(kw_only=True, slots=False)
class IssuedApiKeyView(ApiKeyView):
    """A new key. `secret` is the whole key: shown once, null when the answer is repeated."""

    secret: str | None = field(repr=False)

    @classmethod
    def issued(cls, issued: ApiKeyIssued) -> IssuedApiKeyView:
        """Return the new key as the owner sees it."""
        shown = ApiKeyView.of(issued.api_key)
        return cls(
            id=shown.id,
            name=shown.name,
            scopes=shown.scopes,
            role=shown.role,
            spend_max=shown.spend_max,
            spend_max_per_day=shown.spend_max_per_day,
            created_at=shown.created_at,
            revoked_at=shown.revoked_at,
            secret=issued.secret,
        )


@frozen(kw_only=True)
class AdminAccessApi:
    """API keys, for the owner."""

    issue_api_key: IssuingApiKey
    list_api_keys: ListingApiKeys
    revoke_api_key: RevokingApiKey
    key_ring: KeyRing

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the owner's routes about keys."""
        return (
            Endpoint(
                method="GET",
                path="/admin/keys",
                handler=self.get_keys,
                policy=Admin(Right.OWN),
                tag="Admin: keys",
                summary="List API keys, newest first, revoked ones included",
                query=CursorQuery,
                response=ApiKeyView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/keys",
                handler=self.post_key,
                policy=Admin(Right.OWN),
                tag="Admin: keys",
                summary="Issue an API key",
                description="The key itself is `data.secret`; it cannot be read again.",
                body=ApiKeyBody,
                response=IssuedApiKeyView,
                status=201,
                refusals=(KeyReused,),
                idempotency=Idempotency.OPTIONAL,
                example={"name": "backend", "scopes": ["credits:read", "credits:spend"]},
            ),
            Endpoint(
                method="DELETE",
                path="/admin/keys/{id}",
                handler=self.delete_key,
                policy=Admin(Right.OWN),
                tag="Admin: keys",
                summary="Revoke an API key",
                description="For good; repeating it changes nothing.",
                response=ApiKeyView,
                refusals=(ApiKeyNotFound,),
            ),
        )

    async def get_keys(self, request: web.Request) -> web.Response:
        """Answer a page of keys."""
        asked = read_query(request, CursorQuery).page()
        page = await self.list_api_keys(ListApiKeys(page=asked))
        return reply_page(page, ApiKeyView.of, asked)

    async def post_key(self, request: web.Request) -> web.Response:
        """Issue a key and show it, this once."""
        body = await read(request, ApiKeyBody)
        actor = actor_of(request)
        issued = await self.issue_api_key(
            IssueApiKey(
                name=body.name,
                scopes=frozenset(body.scopes),
                role=body.role,
                spend_max=body.spend_max,
                spend_max_per_day=body.spend_max_per_day,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(IssuedApiKeyView.issued(issued), status=201, replayed=issued.is_replay)

    async def delete_key(self, request: web.Request) -> web.Response:
        """Revoke the key, and forget at once that it was known."""
        key_id = path_id(request, lambda given: ApiKeyNotFound(api_key_id=ApiKeyId(given)))
        revoked = await self.revoke_api_key(
            RevokeApiKey(key_id=ApiKeyId(key_id), actor=actor_of(request))
        )
        self.key_ring.forget(revoked.id)
        return reply(ApiKeyView.of(revoked))
