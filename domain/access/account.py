"""What is known about an account beside its credits."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from domain.access.errors import ZoneChangedLately
from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.period import zone_named

# A zone decides when an account's day begins; moving it often would open extra check-ins.
ZONE_REST = timedelta(days=30)

_EMAIL_LENGTH_MAX = 320


@frozen(kw_only=True)
class Account:
    """An account's profile: its e-mail address and its zone, both optional."""

    id: AccountId
    email: str | None = None
    zone: str | None = None
    zone_changed_at: datetime | None = None
    created_at: datetime

    def with_email(self, email: str | None) -> Account:
        """Take a new e-mail address. Raises InvalidField."""
        if email is not None and not _is_address(email):
            raise InvalidField(path="email", problem="is not an e-mail address")
        return evolve(self, email=email)

    def with_email_if_valid(self, email: str) -> Account:
        """Take an e-mail address if it is one, else stay as it is."""
        try:
            return self.with_email(email)
        except InvalidField:
            return self

    def with_zone_if_allowed(self, zone: str, now: datetime) -> Account:
        """Take a zone if there is one of that name and it may change now, else stay as it is."""
        try:
            return self.with_zone(zone, now)
        except (InvalidField, ZoneChangedLately):
            return self

    def with_zone(self, zone: str | None, now: datetime) -> Account:
        """Take a zone; the first is free, later ones are rare.

        Raises InvalidField, ZoneChangedLately.
        """
        if zone == self.zone:
            return self
        if zone is not None:
            zone_named(zone)
        if self.zone_changed_at is not None and now < self.zone_changed_at + ZONE_REST:
            raise ZoneChangedLately(next_at=self.zone_changed_at + ZONE_REST)
        return evolve(self, zone=zone, zone_changed_at=now)


def _is_address(email: str) -> bool:
    """Say whether a text may be an address: something on both sides of an @, on one plain line.

    Providers are handed it, so it must not carry what could end a header or a line.
    """
    is_plain = email.isprintable() and " " not in email
    return is_plain and "@" in email.strip("@") and len(email) <= _EMAIL_LENGTH_MAX
