"""The ways the domain says no.

A caller's mistake is one of ten kinds; each concrete refusal derives from a kind, carries typed
fields, and has a `code` that never changes once it is published. Which status a kind has on a
transport is that transport's business.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen


class BillingError(Exception):
    """A refusal a caller can understand and act on. Nothing was changed when it is raised."""

    code: ClassVar[str]


class Invalid(BillingError):
    """The request itself makes no sense: a value is missing, malformed or out of range."""


class Unauthenticated(BillingError):
    """We do not know who is asking."""


class Unaffordable(BillingError):
    """The account does not have what this costs."""


class Forbidden(BillingError):
    """We know who is asking, and they may not do this."""


class NotFound(BillingError):
    """There is no such thing, or none that the asker may know of."""


class Conflict(BillingError):
    """The state of things does not allow this now."""


class TooLarge(BillingError):
    """The request is bigger than we read."""


class Rejected(BillingError):
    """The request is well formed but cannot be carried out as it stands."""


class TooMany(BillingError):
    """The asker does this too often."""


class Busy(BillingError):
    """We cannot do it right now; asking again later, with the same key, is safe."""


@frozen(kw_only=True)
class InvalidField(Invalid):
    """One value of a request cannot be accepted, and why."""

    code: ClassVar[str] = "invalid_request"
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"
