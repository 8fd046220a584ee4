"""Who may call an endpoint. Every endpoint states one of these; there is no default."""

from __future__ import annotations

from attrs import frozen

from domain.access.role import Right, Scope


@frozen
class Public:
    """Anybody, without a credential; one that is sent is not looked at."""


@frozen
class AccountHolder:
    """A user, for their own account; or the product's backend, for an account that it names.

    The backend's key must hold the scope. Without a scope the endpoint is for users alone.
    """

    scope: Scope | None


@frozen
class Backend:
    """The product's backend alone, with an API key that holds the scope."""

    scope: Scope


@frozen
class Admin:
    """An admin whose role includes the right: by a token of the admin audience, or by a key."""

    right: Right


@frozen
class Signature:
    """A payment provider: open to anybody, and believed only by the signature over its raw body."""


Policy = Public | AccountHolder | Backend | Admin | Signature
