"""The gate before every handler: it takes the credential, makes sure of it, and asks the policy."""

from __future__ import annotations

import re

from aiohttp import web
from attrs import evolve, frozen

from domain.access.api_key import PREFIX, ApiKey
from domain.access.audit import Actor
from domain.access.errors import NotAllowed, NotSignedIn
from domain.access.role import Right, Role, Scope
from entrypoints.http.key_ring import KeyRing
from entrypoints.http.policy import AccountHolder, Admin, Backend, Policy, Public, Signature
from entrypoints.http.principal import AdminUser, BackendKey, Principal, User
from entrypoints.http.request_id import request_id_of
from entrypoints.http.tokens import Tokens

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<credential>[\x21-\x7e]+) *")


@frozen(kw_only=True)
class Gate:
    """Decide who is asking and whether the endpoint's policy lets them in."""

    tokens: Tokens
    key_ring: KeyRing

    async def admit(self, request: web.Request, policy: Policy) -> Principal | None:
        """Return who is asking, or None where anybody may. Raises NotSignedIn, NotAllowed."""
        match policy:
            case Public() | Signature():
                return None
            case AccountHolder():
                return await self._account_holder(_credential(request), policy.scope)
            case Backend():
                return await self._backend(_credential(request), policy.scope)
            case Admin():
                admin = await self.admin(_credential(request))
                check_right(admin.role, policy.right)
                actor = evolve(admin.actor, request_id=request_id_of(request))
                return evolve(admin, actor=actor)

    async def _account_holder(self, credential: str, scope: Scope | None) -> User | BackendKey:
        if not _is_key(credential):
            return await self.tokens.user(credential)
        if scope is None:
            raise NotAllowed(needed="a user's token")
        return _holding(await self._key(credential), scope)

    async def _backend(self, credential: str, scope: Scope) -> BackendKey:
        if not _is_key(credential):
            await self.tokens.user(credential)  # who is not known at all is told that instead
            raise NotAllowed(needed=f"an API key with the scope {scope.value}")
        return _holding(await self._key(credential), scope)

    async def admin(self, credential: str) -> AdminUser:
        """Return the admin whom a token or a key stands for. Raises NotSignedIn, NotAllowed."""
        if not _is_key(credential):
            return await self.tokens.admin(credential)
        key = await self._key(credential)
        if key.role is None:
            raise NotAllowed(needed="an admin's role")
        return AdminUser(actor=Actor(id=key.id), role=key.role, api_key_id=key.id)

    async def _key(self, credential: str) -> ApiKey:
        key = self.key_ring.remembered(credential) or await self.key_ring.find(credential)
        if key is None:
            raise NotSignedIn(reason="the API key is unknown or revoked")
        return key


def check_right(role: Role, right: Right) -> None:
    """Raises NotAllowed unless the role includes the right."""
    if not role.may(right):
        able = ", ".join(each.value for each in Role if each.may(right))
        raise NotAllowed(needed=f"one of the roles {able}")


def _credential(request: web.Request) -> str:
    """Return the one bearer credential of a request. Raises NotSignedIn."""
    given = request.headers.getall("Authorization", [])
    if not given:
        raise NotSignedIn(reason="the header Authorization is missing")
    bearer = _BEARER.fullmatch(given[0])
    if len(given) > 1 or bearer is None:
        raise NotSignedIn(reason="the header Authorization must read: Bearer <credential>, once")
    return bearer["credential"]


def _is_key(credential: str) -> bool:
    return credential.startswith(f"{PREFIX}_")


def _holding(key: ApiKey, scope: Scope) -> BackendKey:
    if scope not in key.scopes:
        raise NotAllowed(needed=f"the scope {scope.value}")
    return BackendKey(key=key)
