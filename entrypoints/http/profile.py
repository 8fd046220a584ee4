"""Take up what a user's own token says about them, where it matters."""

from __future__ import annotations

from aiohttp import web

from application.access.keep_account import NoteProfile, NotingProfile
from entrypoints.http.principal import user_of


async def note_claims(request: web.Request, note_profile: NotingProfile) -> None:
    """Keep the e-mail address and zone of the token's claims, if a user asks and it has any."""
    user = user_of(request)
    if user is not None and (user.email is not None or user.zone is not None):
        await note_profile(
            NoteProfile(account_id=user.account_id, email=user.email, zone=user.zone)
        )
