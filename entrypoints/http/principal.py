"""Who is asking, as the edge has made sure, and on whose behalf."""

from __future__ import annotations

from typing import cast

from aiohttp import web
from attrs import frozen

from application.ports.idempotency import Caller
from domain.access.api_key import ApiKey
from domain.access.audit import Actor
from domain.access.errors import OtherAccount
from domain.access.ids import ApiKeyId
from domain.access.role import Role
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from entrypoints.http.endpoint import ENDPOINT
from entrypoints.http.request_id import request_id_of
from entrypoints.http.values import account_id_of


@frozen(kw_only=True)
class User:
    """A person signed in to the product, for the account that their token names.

    `email` and `zone` are the token's claims, if it has them.
    """

    account_id: AccountId
    email: str | None = None
    zone: str | None = None


@frozen(kw_only=True)
class BackendKey:
    """The product's backend, by an API key with scopes."""

    key: ApiKey


@frozen(kw_only=True)
class AdminUser:
    """An admin, by a token of the admin audience or by an API key with a role.

    `expires_s` is the second since 1970 at which the token ends; `api_key_id` names the key.
    """

    actor: Actor
    role: Role
    expires_s: int | None = None
    api_key_id: ApiKeyId | None = None


Principal = User | BackendKey | AdminUser

PRINCIPAL: web.RequestKey[Principal] = web.RequestKey("principal", cast("type[Principal]", object))
"""Who a request was admitted as; absent where anybody may ask."""


def account_of(request: web.Request, named: str | None = None) -> AccountId:
    """Return the account that the request is about.

    `named` is the body's `account_id`; a GET is looked up in the query by itself. A user gets
    their own account, and may name it but no other; a backend has to name one.
    Raises OtherAccount, InvalidField.
    """
    if request[ENDPOINT].takes_account_in_query:
        named = request.query.get("account_id")
    principal = request[PRINCIPAL]
    match principal:
        case User():
            if named is not None and named != principal.account_id:
                raise OtherAccount
            return principal.account_id
        case _:
            if named is None:
                raise InvalidField(path="account_id", problem="is required with an API key")
            return account_id_of(named)


def caller_of(request: web.Request) -> Caller:
    """Return the kind of caller, each of which chooses its idempotency keys independently."""
    match request[PRINCIPAL]:
        case User():
            return Caller.USER
        case BackendKey():
            return Caller.BACKEND
        case AdminUser():
            return Caller.ADMIN


def user_of(request: web.Request) -> User | None:
    """Return the user who is asking, or None if it is a backend."""
    principal = request[PRINCIPAL]
    return principal if isinstance(principal, User) else None


def key_of(request: web.Request) -> ApiKey | None:
    """Return the backend's key, with its limits, or None if a user is asking."""
    principal = request[PRINCIPAL]
    return principal.key if isinstance(principal, BackendKey) else None


def actor_of(request: web.Request) -> Actor:
    """Return the admin who is asking; only endpoints with an Admin policy have one."""
    principal = request[PRINCIPAL]
    assert isinstance(principal, AdminUser), "only admin endpoints have an actor"
    return principal.actor


def asker_of(request: web.Request) -> Actor:
    """Return whoever asks for a change of an account's own things, as its history names them.

    That is the account itself, or the backend's key that acts for it.
    """
    principal = request[PRINCIPAL]
    match principal:
        case User(account_id=account_id):
            return Actor(id=f"account:{account_id}", request_id=request_id_of(request))
        case BackendKey(key=key):
            return Actor(id=key.id, request_id=request_id_of(request))
        case AdminUser(actor=actor):
            return actor
