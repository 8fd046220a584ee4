"""The customer page's routes: one page, and the files it is made of.

The page holds nothing about anybody: it asks the API in the browser, with the customer's token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from aiohttp import web
from attrs import frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from entrypoints.customer_page.theme import Theme

ROOT = "/billing"

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_THEME = "theme.css"
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_TYPES: Mapping[str, str] = {".css": "text/css", ".js": "text/javascript"}


@frozen(kw_only=True, slots=False)
class CustomerPage:
    """The page as it is configured: who may frame it, what it may offer, and its colours.

    `pausing` are the channels through which a subscription can be paused.
    """

    frame_origins: tuple[str, ...]
    channels: tuple[str, ...]
    pausing: tuple[str, ...]
    is_live: bool
    theme: Theme

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes of the page and its files."""
        return (
            web.get(ROOT, self.get_page),
            web.get(f"{ROOT}/", self.get_page),
            web.get(f"{ROOT}/static/{{digest}}/{{name}}", self.get_file),
        )

    async def get_page(self, request: web.Request) -> web.Response:
        """Answer the page, which is the same for everybody."""
        # Relative, so that it works below any path of a proxy; the slash at the end is one deeper.
        base = "static" if request.path.endswith("/") else ROOT.strip("/") + "/static"
        text = self._template.render(page=self, files=f"{base}/{self._digest}")
        return web.Response(text=text, content_type="text/html", headers=self._headers)

    async def get_file(self, request: web.Request) -> web.Response:
        """Answer one of the page's files; the digest of all of them is in their addresses."""
        found = self._files.get(request.match_info["name"])
        if found is None or request.match_info["digest"] != self._digest:
            raise web.HTTPNotFound
        return web.Response(
            body=found,
            content_type=_TYPES[Path(request.match_info["name"]).suffix],
            charset="utf-8",
            headers={"Cache-Control": _FOR_A_YEAR},
        )

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        files = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir())}
        return {**files, _THEME: self.theme.css().encode()}

    @cached_property
    def _digest(self) -> str:
        whole = hashlib.sha256()
        for name, data in self._files.items():
            whole.update(f"{name} {len(data)} ".encode() + data)
        return whole.hexdigest()[:16]

    @cached_property
    def _template(self) -> Template:
        loader = FileSystemLoader(_HERE / "templates")
        environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
        return environment.get_template("page.html")

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        ancestors = " ".join(self.frame_origins) or "'none'"
        return {
            # Scripts and styles of this host from files alone; texts never become markup; frames
            # only where they were asked for.
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
                "require-trusted-types-for 'script'; trusted-types 'none'; "
                f"frame-ancestors {ancestors}"
            ),
            "X-Robots-Tag": "noindex",
        }
