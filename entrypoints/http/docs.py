"""The page that shows the API, and the document behind it. Everything comes from this service."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from aiohttp import web
from attrs import frozen

from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.policy import Public

VENDORED = Path(__file__).parent / "static" / "vendor"
DOCUMENT_PATH = "/openapi.json"

# The file itself is not there: only its compressed form is, which is served in its place.
_VIEWER = VENDORED / "scalar.js"
_VIEWER_VERSION = json.loads((VENDORED / "manifest.json").read_text())[0]["version"]
_VIEWER_PATH = f"/docs/scalar-{_VIEWER_VERSION}.js"
_FOR_A_YEAR = "public, max-age=31536000, immutable"

# Styles are written by the viewer itself, into the page; scripts come from files alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Billing API</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="api"></div>
<noscript>This page needs JavaScript; the API as JSON is at {DOCUMENT_PATH}.</noscript>
<script src="{_VIEWER_PATH}"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

# Nothing that would ask another host: no telemetry, fonts, assistants or request proxy.
_SETTINGS = {
    "url": DOCUMENT_PATH,
    "telemetry": False,
    "withDefaultFonts": False,
    "agent": {"disabled": True},
    "mcp": {"disabled": True},
    "showDeveloperTools": "never",
    "proxyUrl": "",
    "persistAuth": True,
    "hideClientButton": True,
}
_START = f'Scalar.createApiReference("#api", {json.dumps(_SETTINGS)});\n'


@frozen(kw_only=True)
class DocsApi:
    """The page, what it is made of, and the OpenAPI document.

    The `document` is built for the first who asks: what that takes, most services never need.
    """

    document: Callable[[], bytes]

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the page and its files; none of them is part of the document."""
        served = (
            (DOCUMENT_PATH, self.get_document, "The OpenAPI document"),
            ("/docs", self.get_page, "The page that shows the API"),
            ("/docs/start.js", self.get_start, "What starts the page"),
            (_VIEWER_PATH, self.get_viewer, "What draws the page"),
        )
        return tuple(
            Endpoint(
                method="GET",
                path=path,
                handler=handler,
                policy=Public(),
                tag="Documentation",
                summary=summary,
                shape=Shape.RAW,
            )
            for path, handler, summary in served
        )

    async def get_document(self, request: web.Request) -> web.Response:
        """Answer the OpenAPI document."""
        # Building it takes a tenth of a second, in which nobody else is to wait.
        document = await asyncio.to_thread(self.document)
        return web.Response(body=document, content_type="application/json")

    async def get_page(self, request: web.Request) -> web.Response:
        """Answer the page."""
        headers = {"Content-Security-Policy": _POLICY}
        return web.Response(text=_PAGE, content_type="text/html", headers=headers)

    async def get_start(self, request: web.Request) -> web.Response:
        """Answer the few lines that start the viewer, from a file since the page runs no others."""
        return web.Response(text=_START, content_type="text/javascript")

    async def get_viewer(self, request: web.Request) -> web.StreamResponse:
        """Answer the viewer; its version is in its path, so that browsers may keep it.

        A proxy between may ask for it uncompressed, and must not keep a page without its viewer.
        """
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            return web.FileResponse(_VIEWER, headers={"Cache-Control": _FOR_A_YEAR})
        headers = {"Cache-Control": _FOR_A_YEAR, "Vary": "Accept-Encoding"}
        return web.Response(
            body=_uncompressed_viewer(), content_type="text/javascript", headers=headers
        )


@cache
def _uncompressed_viewer() -> bytes:
    return gzip.decompress(_VIEWER.with_name(f"{_VIEWER.name}.gz").read_bytes())
