"""Sessions of the console: begun with a credential, kept as a digest, bound in time."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from application.ports.system import Clock, NewSecret
from application.ports.unit_of_work import BeginRead, BeginWork
from domain.access.api_key import digest_of
from domain.access.errors import NotSignedIn
from domain.access.ids import ApiKeyId
from domain.access.role import Role
from domain.access.session import SESSION_LIFE, AdminSession

FORGOTTEN_AT_ONCE = 100


@frozen(kw_only=True)
class OpenSession:
    """Let an admin in whose credential has been checked; `until` is when that ends, if it does."""

    actor_id: str
    role: Role
    api_key_id: ApiKeyId | None = None
    until: datetime | None = None


@frozen(kw_only=True)
class SessionOpened:
    """The session, and the secret that stands for it in the browser."""

    session: AdminSession
    secret: str = field(repr=False)


@frozen(kw_only=True)
class OpeningSession:
    """Keep a session of eight hours, or as long as the credential counts if that is shorter.

    `clock` is the real time: a test that moves billing ahead signs nobody out.
    """

    begin: BeginWork
    clock: Clock
    new_secret: NewSecret

    async def __call__(self, command: OpenSession) -> SessionOpened:
        now, secret = self.clock(), self.new_secret()
        ends = now + SESSION_LIFE
        session = AdminSession(
            digest=digest_of(secret),
            actor_id=command.actor_id,
            role=command.role,
            api_key_id=command.api_key_id,
            opened_at=now,
            expires_at=ends if command.until is None else min(ends, command.until),
        )
        async with self.begin() as work:
            await work.sessions.forget(now, FORGOTTEN_AT_ONCE)
            await work.sessions.add(session)
            await work.commit()
        return SessionOpened(session=session, secret=secret)


@frozen(kw_only=True)
class ReadSession:
    """Ask who stands behind a session's secret."""

    secret: str = field(repr=False)


@frozen(kw_only=True)
class ReadingSession:
    """Return the session while it counts. Refusals: NotSignedIn."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadSession) -> AdminSession:
        async with self.read() as work:
            session = await work.sessions.find(digest_of(command.secret))
            if session is None or not session.counts(self.clock()):
                raise NotSignedIn(reason="the session is over")
            if session.api_key_id is not None:
                key = await work.api_keys.find(session.api_key_id)
                if key is None or key.revoked_at is not None or key.role is not session.role:
                    raise NotSignedIn(reason="the key behind the session no longer counts")
        return session


@frozen(kw_only=True)
class EndSession:
    """Sign out."""

    secret: str = field(repr=False)


@frozen(kw_only=True)
class EndingSession:
    """Forget the session; one that is not there changes nothing."""

    begin: BeginWork

    async def __call__(self, command: EndSession) -> None:
        async with self.begin() as work:
            await work.sessions.remove(digest_of(command.secret))
            await work.commit()
