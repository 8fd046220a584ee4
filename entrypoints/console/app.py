"""The console's routes: everything before a page, and the pages for what went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from aiohttp import web
from attrs import frozen

from application.access.sign_in import (
    EndingSession,
    EndSession,
    OpeningSession,
    OpenSession,
    ReadingSession,
    ReadSession,
)
from application.ports.credits import OutcomeUnknown
from application.wallets.group_commit import StoreSilent
from domain.access.audit import Actor
from domain.access.errors import NotSignedIn
from domain.errors import BillingError
from entrypoints.console.forms import given_to
from entrypoints.console.look import FILES, ROOT, STATIC, Look
from entrypoints.console.page import Page, Section, Visit
from entrypoints.console.session import Cookie, check_form, check_origin, form_token
from entrypoints.http.auth import Gate, check_right
from entrypoints.http.errors import status_of
from entrypoints.http.principal import AdminUser
from entrypoints.http.refusals import RouteNotFound
from entrypoints.http.request_id import request_id_of

_CREDENTIAL_LENGTH_MAX = 8192

# Scripts and styles of this host alone, none of them inline; in no frame; forms that lead here.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Our own forms have to say where they come from.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_TYPES: Mapping[str, str] = {"css": "text/css", "js": "text/javascript"}

_log = structlog.get_logger(__name__)

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


@frozen(kw_only=True)
class Console:
    """All sections behind one sign-in."""

    sections: Sequence[Section]
    gate: Gate
    open_session: OpeningSession
    read_session: ReadingSession
    end_session: EndingSession
    look: Look

    def routes(self) -> Sequence[web.RouteDef]:
        """Return every route of the console. Raises ValueError if two pages share one."""
        pages = [page for section in self.sections for page in section.pages()]
        if len({(page.method, page.path) for page in pages}) < len(pages):
            raise ValueError("two pages of the console cannot be told apart")
        return (
            web.get(f"{ROOT}/sign-in", self._guarded(self.get_sign_in)),
            web.post(f"{ROOT}/sign-in", self._guarded(self.post_sign_in)),
            web.post(f"{ROOT}/sign-out", self._guarded(self.post_sign_out)),
            web.get(f"{ROOT}/static/{{digest}}/{{name}}", self.get_file),
            *(_route(page, self._guarded(self._serving(page))) for page in pages),
            web.get(f"{ROOT}/{{rest:.*}}", self._guarded(self._nothing)),
        )

    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """Answer one of the console's files; its digest is in its address."""
        name = request.match_info["name"]
        if FILES.get(name) != request.match_info["digest"]:
            raise web.HTTPNotFound
        return web.Response(
            body=(STATIC / name).read_bytes(),
            content_type=_TYPES[name.rpartition(".")[2]],
            headers={"Cache-Control": _FOR_A_YEAR},
        )

    async def get_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Ask for a credential, unless there is a session."""
        if await self._session(request) is not None:
            return _see(self.look.link(""))
        return self._sign_in_page(request, notice=request.query.get("notice", ""))

    async def post_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Begin a session with a token or a key, which is kept nowhere."""
        check_origin(request, self.look)
        credential = (await given_to(request)).text("credential").removeprefix("Bearer ")
        try:
            if not credential.isascii() or len(credential) > _CREDENTIAL_LENGTH_MAX:
                raise NotSignedIn(reason="this is neither a token nor a key")
            admin = await self.gate.admin(credential.strip())
        except BillingError as refusal:
            _log.warning(
                "console_sign_in_refused", code=refusal.code, request=request_id_of(request)
            )
            return self._sign_in_page(request, str(refusal), status_of(type(refusal)))
        until = None
        if admin.expires_s is not None:
            until = datetime.fromtimestamp(admin.expires_s, UTC)
        opened = await self.open_session(
            OpenSession(
                actor_id=admin.actor.id,
                role=admin.role,
                api_key_id=admin.api_key_id,
                until=until,
            )
        )
        session, cookie = opened.session, Cookie(look=self.look)
        before = cookie.secret_of(request)
        if before is not None:
            await self.end_session(EndSession(secret=before))
        _log.info("console_sign_in", actor=session.actor_id, role=session.role.value)
        response = _see(self.look.link(""))
        lives = session.expires_at - session.opened_at
        cookie.put(response, opened.secret, int(lives.total_seconds()))
        return response

    async def post_sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session here and in the browser."""
        check_origin(request, self.look)
        cookie = Cookie(look=self.look)
        secret = cookie.secret_of(request)
        if secret is not None:
            check_form(await given_to(request), secret)
            await self.end_session(EndSession(secret=secret))
        response = _see(self.look.link("/sign-in", notice="signed-out"))
        cookie.drop(response)
        return response

    def _serving(self, page: Page) -> Serve:
        async def serve(request: web.Request) -> web.StreamResponse:
            visit = await self._session(request)
            if visit is None:
                return self._sign_in_first(request)
            if page.method == "POST":
                check_origin(request, self.look)
                secret = Cookie(look=self.look).secret_of(request)
                assert secret is not None, "there is a session"
                check_form(await visit.given(), secret)
            check_right(visit.admin.role, page.right)
            return await page.handler(visit)

        return serve

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        if request.path.rstrip("/").endswith(ROOT):
            return _see(self.look.link(""))
        raise RouteNotFound

    async def _session(self, request: web.Request) -> Visit | None:
        """Return the visit of whoever is signed in, or None."""
        secret = Cookie(look=self.look).secret_of(request)
        if secret is None:
            return None
        try:
            session = await self.read_session(ReadSession(secret=secret))
        except NotSignedIn:
            return None
        actor = Actor(id=session.actor_id, request_id=request_id_of(request))
        return Visit(
            request=request,
            admin=AdminUser(actor=actor, role=session.role, api_key_id=session.api_key_id),
            form_token=form_token(secret),
            look=self.look,
        )

    def _guarded(self, serve: Serve) -> Serve:
        """Turn refusals into pages, and put the console's headers on whatever is answered."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                response = await serve(request)
            except BillingError as refusal:
                response = await self._refusal_page(request, refusal)
            except OutcomeUnknown as silence:
                _log.error("store_silent", path=request.path, exc_info=silence)
                response = await self._refusal_page(request, StoreSilent())
            if not response.prepared:
                for name, value in HEADERS.items():
                    response.headers.setdefault(name, value)
            return response

        return guarded

    async def _refusal_page(self, request: web.Request, refusal: BillingError) -> web.Response:
        status = status_of(type(refusal))
        if status >= 500:
            visit = None
        else:
            visit = await self._session(request)
        if visit is None:
            text = self.look.page(
                "refused.html", path="", admin=None, notice="", refusal=refusal, status=status
            )
            return web.Response(text=text, status=status, content_type="text/html")
        return visit.shown("refused.html", status=status, refusal=refusal)

    def _sign_in_first(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            message = "Your session is over. Sign in again; nothing was changed."
            return self._sign_in_page(request, message, 401)
        return _see(self.look.link("/sign-in"))

    def _sign_in_page(
        self, request: web.Request, message: str = "", status: int = 200, notice: str = ""
    ) -> web.Response:
        text = self.look.page("sign-in.html", path="", admin=None, message=message, notice=notice)
        return web.Response(text=text, status=status, content_type="text/html")


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})


def _route(page: Page, serve: Serve) -> web.RouteDef:
    """Return a page's route; what can be got can be asked for without its body, too."""
    # An account's id may hold whatever can be printed, braces included.
    path = ROOT + page.path.replace("{account}", "{account:[^/]+}")
    return web.get(path, serve) if page.method == "GET" else web.post(path, serve)
