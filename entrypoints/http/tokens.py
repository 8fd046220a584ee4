"""Bearer tokens: those of the product's login, those of admins, and short ones we mint ourselves.

Their time is the machine's own, never the billing clock: a test that moves billing a year ahead
must not sign everybody out, nor let an expired token live.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OctKey

from domain.access.audit import Actor
from domain.access.errors import NotSignedIn
from domain.access.role import Role
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from entrypoints.http.principal import AdminUser, User
from entrypoints.http.token_keys import SHARED_ALGORITHMS, SignatureRules, TokenKeys
from entrypoints.http.values import account_id_of

LEEWAY_S_MAX = 60
SESSION_ISSUER = "billing"
SESSION_AUDIENCE = "billing:session"
SESSION_TTL_S_MAX = 3600

_HEADER_LENGTH_MAX = 2048
_SESSION_TYPE = "billing-session+jwt"
_SESSION_PURPOSE = b"billing session tokens"

Seconds = Callable[[], float]
"""Return the machine's time in seconds since 1970."""


@frozen(kw_only=True)
class TokenRules:
    """What a token must say to count: who issued it, for whom, and which claim is the account.

    Without an admin audience no token makes anybody an admin; API keys with a role still do.
    """

    issuer: str
    audience: str
    admin_audience: str | None = field(default=None)
    account_claim: str = "sub"
    leeway_s: int = field(default=30)

    @leeway_s.validator
    def _is_short(self, attribute: object, value: int) -> None:
        if not 0 <= value <= LEEWAY_S_MAX:
            raise ValueError(f"must be 0 to {LEEWAY_S_MAX} seconds")

    @admin_audience.validator
    def _differs(self, attribute: object, value: str | None) -> None:
        if value == self.audience:
            raise ValueError("must differ from the users' audience")


@frozen(kw_only=True)
class LoginTokens:
    """Tokens of the product's login: a user's by one audience, an admin's by another."""

    rules: TokenRules
    keys: TokenKeys
    seconds: Seconds

    async def user(self, token: str) -> User:
        """Return the user a token stands for. Raises NotSignedIn, TokenKeysUnavailable."""
        rules = self.rules
        claims = await self._claims(token, rules.audience)
        if rules.admin_audience in _audiences(claims):
            raise NotSignedIn(reason="an admin's token is not a user's")
        account_id = claims.get(rules.account_claim)
        if not isinstance(account_id, str):
            raise NotSignedIn(reason=f"the token has no claim {rules.account_claim}")
        return User(
            account_id=_account(account_id),
            email=_text(claims.get("email")),
            zone=_text(claims.get("zoneinfo")),
        )

    async def admin(self, token: str) -> AdminUser:
        """Return the admin a token stands for. Raises NotSignedIn, TokenKeysUnavailable."""
        rules = self.rules
        if rules.admin_audience is None:
            raise NotSignedIn(reason="no audience for admins is configured")
        claims = await self._claims(token, rules.admin_audience)
        if rules.audience in _audiences(claims):
            raise NotSignedIn(reason="a user's token is not an admin's")
        try:
            role = Role(claims.get("role"))
        except ValueError:
            raise NotSignedIn(reason="the token's role is unknown") from None
        actor = Actor(id=_account(claims["sub"]))
        return AdminUser(actor=actor, role=role, expires_s=int(claims["exp"]))

    async def _claims(self, token: str, audience: str) -> Mapping[str, Any]:
        key = await self.keys.named(_header(token).get("kid"))
        required = _required(self.rules.issuer, audience, self.seconds, self.rules.leeway_s)
        return _verified(token, key, self.keys.algorithms, required)


@frozen(kw_only=True)
class SessionTokens:
    """Short tokens for one account, which the product's backend has us mint for a user's browser.

    Their key is derived, so that a token of ours can never be taken for one of the login's.
    """

    secret: str = field(repr=False)
    seconds: Seconds
    _key: OctKey = field(init=False, repr=False)

    @_key.default
    def _derived(self) -> OctKey:
        return OctKey.import_key(
            hmac.digest(self.secret.encode(), _SESSION_PURPOSE, hashlib.sha256)
        )

    def mint(self, account_id: AccountId, ttl_s: int) -> tuple[str, int]:
        """Return a token and the second it expires at."""
        assert 0 < ttl_s <= SESSION_TTL_S_MAX
        now = int(self.seconds())
        claims: dict[str, Any] = {
            "iss": SESSION_ISSUER,
            "aud": SESSION_AUDIENCE,
            "sub": account_id,
            "iat": now,
            "exp": now + ttl_s,
        }
        header = {"alg": "HS256", "typ": _SESSION_TYPE}
        return jwt.encode(header, claims, self._key), now + ttl_s

    def user(self, token: str) -> User:
        """Return the user a token stands for. Raises NotSignedIn."""
        required = _required(SESSION_ISSUER, SESSION_AUDIENCE, self.seconds, leeway_s=0)
        claims = _verified(token, self._key, SHARED_ALGORITHMS, required)
        return User(account_id=_account(claims["sub"]))


@frozen(kw_only=True)
class Tokens:
    """Every token that may be presented. Each of the two kinds is off until it is configured."""

    login: LoginTokens | None
    sessions: SessionTokens | None

    async def user(self, token: str) -> User:
        """Return the user a token stands for. Raises NotSignedIn, TokenKeysUnavailable."""
        # The header only says which key to try; what counts is what that key confirms.
        if _header(token).get("typ") == _SESSION_TYPE:
            if self.sessions is None:
                raise NotSignedIn(reason="session tokens are not configured")
            return self.sessions.user(token)
        if self.login is None:
            raise NotSignedIn(reason="user tokens are not configured")
        return await self.login.user(token)

    async def admin(self, token: str) -> AdminUser:
        """Return the admin a token stands for. Raises NotSignedIn, TokenKeysUnavailable."""
        if self.login is None:
            raise NotSignedIn(reason="admin tokens are not configured")
        return await self.login.admin(token)


def _required(issuer: str, audience: str, seconds: Seconds, leeway_s: int) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=lambda: int(seconds()),
        leeway=leeway_s,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _verified(
    token: str,
    key: OctKey | KeySet,
    algorithms: tuple[str, ...],
    required: jwt.JWTClaimsRegistry,
) -> Mapping[str, Any]:
    rules = SignatureRules(algorithms=algorithms, strict_check_header=False)
    try:
        claims = jwt.decode(token, key, registry=rules).claims
        required.validate(claims)
    except ExpiredTokenError:
        raise NotSignedIn(reason="the token has expired") from None
    except (JoseError, ValueError, RecursionError):
        # Which check failed is for nobody who tries tokens.
        raise NotSignedIn(reason="the token does not count here") from None
    return claims


def _header(token: str) -> Mapping[str, Any]:
    """Read the header without believing it; one that asks for extensions is refused."""
    segment = token.partition(".")[0][:_HEADER_LENGTH_MAX]
    try:
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or not isinstance(header.get("alg"), str):
        raise NotSignedIn(reason="the credential is not a token")
    if "crit" in header or "b64" in header or not isinstance(header.get("kid", ""), str):
        raise NotSignedIn(reason="the token's header is not one that is understood here")
    return header


def _audiences(claims: Mapping[str, Any]) -> frozenset[object]:
    audience = claims["aud"]
    return frozenset(audience if isinstance(audience, list) else [audience])


def _account(text: str) -> AccountId:
    try:
        return account_id_of(text)
    except InvalidField as invalid:
        raise NotSignedIn(reason=f"the token's account {invalid.problem}") from invalid


def _text(claim: object) -> str | None:
    return claim if isinstance(claim, str) and 0 < len(claim) <= 320 else None
