"""The console's cookie, and the proof that a form was sent from one of our own pages."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web
from attrs import frozen

from domain.access.errors import NotAllowed
from entrypoints.console.forms import TOKEN, Given
from entrypoints.console.look import Look

COOKIE = "billing_console"
_PURPOSE = b"forms of the console"
_OURS = frozenset({"same-origin", "none"})


@frozen(kw_only=True)
class Cookie:
    """A session's secret in the browser: out of reach for scripts and for other sites."""

    look: Look

    def secret_of(self, request: web.Request) -> str | None:
        """Return the secret that the browser sent, or None."""
        found = request.cookies.get(COOKIE, "")
        return found if found.isascii() and 0 < len(found) <= 200 else None

    def put(self, response: web.Response, secret: str, lives_s: int) -> None:
        """Let the browser keep the secret as long as the session counts."""
        response.set_cookie(
            COOKIE,
            secret,
            max_age=max(0, lives_s),
            path=self.look.root,
            httponly=True,
            samesite="Strict",
            secure=self.look.is_https,
        )

    def drop(self, response: web.Response) -> None:
        """Let the browser forget it."""
        response.del_cookie(
            COOKIE,
            path=self.look.root,
            httponly=True,
            samesite="Strict",
            secure=self.look.is_https,
        )


def form_token(secret: str) -> str:
    """Return what the forms of a session carry: made from its secret, and no way back to it."""
    return hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256).hex()


def check_origin(request: web.Request, look: Look) -> None:
    """Raises NotAllowed where a browser says that another site sent the request.

    Browsers say it in `Sec-Fetch-Site`; those that do not, in `Origin`.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    here = f"{request.scheme}://{request.host}"
    if site is None and origin in {None, look.origin, here}:
        return
    if site not in _OURS:
        raise NotAllowed(needed="a form of the console itself")


def check_form(given: Given, secret: str) -> None:
    """Raises NotAllowed unless the form carries its session's token."""
    if not hmac.compare_digest(given.text(TOKEN).encode(), form_token(secret).encode()):
        raise NotAllowed(needed="a form of the console itself: open the page anew")
