"""A session of the console: an admin who signed in a while ago, and until when that counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import field, frozen

from domain.access.ids import ApiKeyId
from domain.access.role import Role

SESSION_LIFE = timedelta(hours=8)
"""How long nobody is asked to sign in again: a working day."""


@frozen(kw_only=True)
class AdminSession:
    """Who signed in to the console, and as what; of the session's secret only a digest is kept.

    One that was opened with an API key counts no longer than the key does.
    """

    digest: bytes = field(repr=False)
    actor_id: str
    role: Role
    api_key_id: ApiKeyId | None = None
    opened_at: datetime
    expires_at: datetime

    def counts(self, now: datetime) -> bool:
        """Say whether the session is not over at this instant."""
        return self.opened_at <= now < self.expires_at
