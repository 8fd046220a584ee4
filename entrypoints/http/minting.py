"""Development tokens: what the product's login would sign, signed with the shared secret."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from joserfc import jwt
from joserfc.jwk import OctKey

from domain.access.role import Role
from entrypoints.http.tokens import Seconds, TokenRules


@frozen(kw_only=True)
class DevelopmentTokens:
    """Mint tokens as the login does; possible only where its secret is shared with us (HS256)."""

    rules: TokenRules
    secret: str = field(repr=False)
    seconds: Seconds

    def user(self, subject: str, ttl_s: int) -> str:
        """Return a token that makes its bearer the user of an account."""
        claims: dict[str, Any] = {"sub": subject, "aud": self.rules.audience}
        # Both are set, since a token must have a subject whichever claim names the account.
        claims[self.rules.account_claim] = subject
        return self._signed(claims, ttl_s)

    def admin(self, subject: str, role: Role, ttl_s: int) -> str:
        """Return a token that makes its bearer an admin. Needs an admin audience."""
        assert self.rules.admin_audience is not None, "no audience for admins is configured"
        claims = {"sub": subject, "aud": self.rules.admin_audience, "role": role.value}
        return self._signed(claims, ttl_s)

    def _signed(self, claims: dict[str, Any], ttl_s: int) -> str:
        now = int(self.seconds())
        every = {"iss": self.rules.issuer, "iat": now, "exp": now + ttl_s, **claims}
        return jwt.encode({"alg": "HS256"}, every, OctKey.import_key(self.secret))
