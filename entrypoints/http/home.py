"""The address of the service itself: where a person, or a program, goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web
from attrs import frozen

from entrypoints.http.docs import DOCUMENT_PATH
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Public
from entrypoints.http.wire import reply

_CONSOLE = "/console"


@frozen(kw_only=True, slots=False)
class HomeView:
    """Where the parts of the service are; `customer_page` is null where it is switched off."""

    documentation: str
    openapi: str
    console: str
    customer_page: str | None
    health: str
    readiness: str


@frozen(kw_only=True)
class HomeApi:
    """What is answered at the address that the service is known by."""

    public_url: str
    has_customer_page: bool

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the one route."""
        return (
            Endpoint(
                method="GET",
                path="/",
                handler=self.get_home,
                policy=Public(),
                tag="Service",
                summary="Find what is served where",
                description="A browser, which accepts HTML, is sent to the console.",
                response=HomeView,
            ),
        )

    async def get_home(self, request: web.Request) -> web.Response:
        """Answer where everything is, and send a browser to the console."""
        if "text/html" in request.headers.get("Accept", "").lower():
            # The path alone: a browser that came by another host of ours stays there.
            path = urlsplit(self.public_url).path.rstrip("/") + _CONSOLE
            headers = {"Location": path, "Vary": "Accept"}
            return web.Response(status=303, headers=headers)
        answer = reply(self._view())
        answer.headers["Vary"] = "Accept"
        return answer

    def _view(self) -> HomeView:
        url = self.public_url
        return HomeView(
            documentation=f"{url}/docs",
            openapi=f"{url}{DOCUMENT_PATH}",
            console=f"{url}{_CONSOLE}",
            customer_page=f"{url}/billing" if self.has_customer_page else None,
            health=f"{url}/healthz",
            readiness=f"{url}/readyz",
        )
