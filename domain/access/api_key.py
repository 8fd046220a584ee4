"""Keys of the product's backend, and of admins: shown once, kept only as a digest."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from attrs import evolve, field, frozen

from domain.access.ids import ApiKeyId
from domain.access.role import Role, Scope
from domain.amount import AMOUNT_MAX, within
from domain.errors import InvalidField

PREFIX = "bk"


@frozen(kw_only=True)
class ApiKey:
    """A key with scopes (the product's backend) or with a role (an admin), never both.

    The whole key reads `bk_<id>_<secret>`; of the secret only its SHA-256 is kept, which is enough
    for 256 random bits. `spend_max` bounds one spend, `spend_max_per_day` what one account may
    spend through it in a UTC day, counted together with everything else the account spends.
    """

    id: ApiKeyId
    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[Scope] = frozenset()
    role: Role | None = None
    spend_max: int | None = None
    spend_max_per_day: int | None = None
    created_at: datetime
    revoked_at: datetime | None = None

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidField(path="name", problem="must not be empty")
        if (self.role is None) == (not self.scopes):
            raise InvalidField(path="scopes", problem="give either scopes or a role")
        for path, limit in (
            ("spend_max", self.spend_max),
            ("spend_max_per_day", self.spend_max_per_day),
        ):
            if limit is not None:
                within(path, limit, least=1, most=AMOUNT_MAX)

    def opens_for(self, secret: str) -> bool:
        """Say whether this is the key's secret and it still counts; compared in constant time."""
        matches = hmac.compare_digest(digest_of(secret), self.digest)
        return matches and self.revoked_at is None

    def revoked(self, now: datetime) -> ApiKey:
        """End the key; the first end stands."""
        return self if self.revoked_at is not None else evolve(self, revoked_at=now)


def digest_of(secret: str) -> bytes:
    """Return what is kept of a key's secret."""
    return hashlib.sha256(secret.encode()).digest()


def written(api_key_id: ApiKeyId, secret: str) -> str:
    """Return the key as its holder keeps it."""
    return f"{PREFIX}_{api_key_id}_{secret}"


def parts_of(key: str) -> tuple[ApiKeyId, str] | None:
    """Take a written key apart, or return None if it is not one.

    Keys are ASCII; anything else could not even be looked up.
    """
    if not key.isascii() or not key.isprintable():
        return None
    prefix, _, rest = key.partition("_")
    api_key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not api_key_id or not secret:
        return None
    return ApiKeyId(api_key_id), secret
