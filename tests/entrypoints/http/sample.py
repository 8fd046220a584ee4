"""A small API over nothing, so that the edge is tested apart from billing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Literal, cast

from aiohttp import web
from attrs import define, field, frozen
from msgspec import Meta

from application.ports.paging import Page
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.access.api_key import ApiKey, digest_of, written
from domain.access.ids import ApiKeyId
from domain.access.role import Right, Role, Scope
from domain.payments.errors import OrderNotFound, ProviderUnavailable
from domain.payments.ids import Channel, OrderId
from entrypoints.http.app import build_app
from entrypoints.http.auth import Gate
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.health import Readiness
from entrypoints.http.idempotency import required_key
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.minting import DevelopmentTokens
from entrypoints.http.paging import CursorQuery, PageQuery
from entrypoints.http.policy import AccountHolder, Admin, Backend, Public, Signature
from entrypoints.http.principal import account_of, actor_of
from entrypoints.http.token_keys import SharedSecret
from entrypoints.http.tokens import LoginTokens, SessionTokens, TokenRules, Tokens
from entrypoints.http.values import AccountIdText, Amount, Id, Instant, JsonObject
from entrypoints.http.wire import path_id, read, read_query, read_raw, reply, reply_page

# Tokens live by the machine's own time, in tests too.
SECONDS: Callable[[], float] = time.time  # noqa: TID251

SECRET = "a secret of the product's login, long enough"
RULES = TokenRules(issuer="https://login.example", audience="shop", admin_audience="shop-admin")
LOGIN = DevelopmentTokens(rules=RULES, secret=SECRET, seconds=SECONDS)


class Colour(Enum):
    """The colours a part comes in."""

    RED = "red"
    BLUE = "blue"


@frozen(kw_only=True)
class PartBody:
    """A part of a thing."""

    amount: Amount
    colour: Colour = Colour.RED


@frozen(kw_only=True)
class ChangeBody:
    """What an account may say about itself; nothing is required."""

    account_id: AccountIdText | None = None


@frozen(kw_only=True)
class ThingBody:
    """A thing as it is asked for."""

    amount: Amount
    account_id: AccountIdText | None = None
    parts: Annotated[tuple[PartBody, ...], Meta(max_length=4)] = ()
    change: ChangeBody | None = None
    size: Literal["small", "large"] = "small"
    starts_at: Instant | None = None
    metadata: JsonObject | None = None
    note: Annotated[str, Meta(max_length=10)] | None = None
    is_new: bool = False


@frozen(kw_only=True)
class ThingView:
    """A thing as it is answered."""

    id: Id
    account: str
    amount: Amount
    created_at: Instant


@frozen(kw_only=True)
class ThingsQuery(PageQuery):
    """Which things."""

    colour: Colour | None = None
    since: Instant | None = None
    is_new: bool | None = None


NOW = datetime(2026, 4, 15, 10, 0, tzinfo=UTC)
THING_ID = "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10"


def a_view(account: str, amount: int = 1) -> ThingView:
    return ThingView(id=THING_ID, account=account, amount=amount, created_at=NOW)


@define
class SampleApi:
    """Every kind of endpoint once. `seen` is what handlers were given."""

    seen: list[object] = field(factory=list)

    def endpoints(self) -> Sequence[Endpoint]:
        read_scope = AccountHolder(Scope.CREDITS_READ)
        return (
            Endpoint(
                method="GET",
                path="/things",
                handler=self.get_things,
                policy=read_scope,
                tag="Things",
                summary="List things",
                query=ThingsQuery,
                response=ThingView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/things",
                handler=self.post_thing,
                policy=read_scope,
                tag="Things",
                summary="Make a thing",
                body=ThingBody,
                response=ThingView,
                status=201,
                idempotency=Idempotency.REQUIRED,
                example={"amount": 50},
            ),
            Endpoint(
                method="GET",
                path="/things/{id}",
                handler=self.get_thing,
                policy=AccountHolder(None),
                tag="Things",
                summary="Read a thing",
                response=ThingView | None,
                refusals=(OrderNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/change",
                handler=self.post_change,
                policy=read_scope,
                tag="Things",
                summary="Change oneself",
                body=ChangeBody,
                response=ThingView,
            ),
            Endpoint(
                method="POST",
                path="/spend",
                handler=self.post_spend,
                policy=Backend(Scope.CREDITS_SPEND),
                tag="Things",
                summary="Spend",
                body=ThingBody,
                response=ThingView,
            ),
            Endpoint(
                method="GET",
                path="/admin/things",
                handler=self.get_admin_things,
                policy=Admin(Right.READ),
                tag="Admin",
                summary="List all things",
                query=CursorQuery,
                response=ThingView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="PUT",
                path="/admin/things",
                handler=self.put_admin_things,
                policy=Admin(Right.SELL),
                tag="Admin",
                summary="Touch all things",
            ),
            Endpoint(
                method="GET",
                path="/shop",
                handler=self.get_shop,
                policy=Public(),
                tag="Things",
                summary="Look around",
                response=ThingView,
            ),
            Endpoint(
                method="POST",
                path="/hooks/{channel}",
                handler=self.post_hook,
                policy=Signature(),
                tag="Hooks",
                summary="Take a webhook",
            ),
            Endpoint(
                method="GET",
                path="/broken",
                handler=self.get_broken,
                policy=Public(),
                tag="Things",
                summary="Break",
            ),
            Endpoint(
                method="GET",
                path="/busy",
                handler=self.get_busy,
                policy=Public(),
                tag="Things",
                summary="Be busy",
                refusals=(ProviderUnavailable,),
            ),
        )

    async def get_things(self, request: web.Request) -> web.Response:
        query = read_query(request, ThingsQuery)
        asked = query.page() if query.colour is None else query.page_after()
        self.seen.append(query)
        page = Page(items=(1, 2), next="a2", total=7)
        account_id = account_of(request)
        return reply_page(page, lambda amount: a_view(account_id, amount), asked)

    async def post_thing(self, request: web.Request) -> web.Response:
        body = await read(request, ThingBody)
        account_id = account_of(request, body.account_id)
        self.seen += [body, required_key(request, account_id)]
        return reply(a_view(account_id, body.amount), status=201)

    async def get_thing(self, request: web.Request) -> web.Response:
        def unknown(given: str) -> OrderNotFound:
            return OrderNotFound(order_id=OrderId(given))

        self.seen.append(path_id(request, unknown))
        if request.match_info["id"] != THING_ID:
            raise unknown(request.match_info["id"])
        return reply(None)

    async def post_change(self, request: web.Request) -> web.Response:
        body = await read(request, ChangeBody)
        return reply(a_view(account_of(request, body.account_id)), replayed=True)

    async def post_spend(self, request: web.Request) -> web.Response:
        body = await read(request, ThingBody)
        return reply(a_view(account_of(request, body.account_id)))

    async def get_admin_things(self, request: web.Request) -> web.Response:
        query = read_query(request, CursorQuery)
        self.seen.append(actor_of(request))
        page = Page(items=(1,), next=None)
        return reply_page(page, lambda amount: a_view("all", amount), query.page())

    async def put_admin_things(self, request: web.Request) -> web.Response:
        self.seen.append(actor_of(request))
        return reply(None)

    async def get_shop(self, request: web.Request) -> web.Response:
        return reply(a_view("nobody"))

    async def post_hook(self, request: web.Request) -> web.Response:
        self.seen.append(await read_raw(request))
        return reply(None)

    async def get_broken(self, request: web.Request) -> web.Response:
        raise RuntimeError("a secret detail")

    async def get_busy(self, request: web.Request) -> web.Response:
        raise ProviderUnavailable(channel=Channel("stripe"))


@define
class KeysOnly:
    """A store that holds API keys and nothing else, and counts how often it is asked."""

    keys: dict[ApiKeyId, ApiKey] = field(factory=dict)
    asked: int = 0

    @property
    def api_keys(self) -> KeysOnly:
        return self

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        self.asked += 1
        return self.keys.get(key_id)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        yield cast("UnitOfWork", self)

    def add(self, *scopes: Scope, role: Role | None = None) -> str:
        """Keep a new key and return it as its holder writes it."""
        key_id = ApiKeyId(f"key-{len(self.keys) + 1}")
        secret = f"secret-of-{key_id}"
        self.keys[key_id] = ApiKey(
            id=key_id,
            name="backend",
            digest=digest_of(secret),
            scopes=frozenset(scopes),
            role=role,
            created_at=NOW,
        )
        return written(key_id, secret)


async def answers() -> None:
    """Be a store that answers."""


@define(kw_only=True)
class Sample:
    """The sample application with what its parts are made of."""

    api: SampleApi = field(factory=SampleApi)
    store: KeysOnly = field(factory=KeysOnly)
    seconds: Callable[[], float] = SECONDS
    cors_origins: frozenset[str] = frozenset()
    readiness: Readiness = field(factory=lambda: Readiness(ping=answers))

    @property
    def sessions(self) -> SessionTokens:
        return SessionTokens(secret=SECRET, seconds=self.seconds)

    def gate(self) -> Gate:
        login = LoginTokens(rules=RULES, keys=SharedSecret(SECRET), seconds=self.seconds)
        return Gate(
            tokens=Tokens(login=login, sessions=self.sessions),
            key_ring=KeyRing(cast("BeginRead", self.store.begin)),
        )

    def app(self) -> web.Application:
        return build_app(
            [self.api],
            gate=self.gate(),
            readiness=self.readiness,
            public_url="http://127.0.0.1:8080",
            version="1.2.3",
            cors_origins=self.cors_origins,
        )


def bearer(credential: str, **headers: str) -> dict[str, str]:
    """The headers of somebody who holds this credential."""
    return {
        "Authorization": f"Bearer {credential}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }


def a_user(subject: str = "user-1", ttl_s: int = 60) -> str:
    """A token of the product's login for a user."""
    return LOGIN.user(subject, ttl_s)


def an_admin(role: Role = Role.OWNER, ttl_s: int = 60) -> str:
    """A token of the product's login for an admin."""
    return LOGIN.admin("admin-1", role, ttl_s)
