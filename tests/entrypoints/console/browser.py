"""Somebody at a browser: follows links, fills forms, keeps the cookie."""

import re
from collections.abc import Mapping
from html import unescape

from aiohttp import ClientResponse
from attrs import define, field, frozen
from multidict import CIMultiDictProxy

from domain.access.role import Role
from tests.support.app import LOGIN, Service
from tests.support.callers import Client

ROOT = "/console"
_HIDDEN = re.compile(r'<input type="hidden" name="(?P<name>[^"]+)" value="(?P<value>[^"]*)">')
_COOKIE = "billing_console"


@frozen(kw_only=True)
class Shown:
    """What a page answered: its text as it was written, and read by a person."""

    status: int
    headers: CIMultiDictProxy[str]
    html: str

    @property
    def text(self) -> str:
        """The page's words, without its marks."""
        words = re.sub(r"<[^>]*>", " ", self.html)
        return re.sub(r"\s+", " ", unescape(words))

    @property
    def location(self) -> str:
        """Where a form leads to."""
        return self.headers.get("Location", "")

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's last form that has some of them."""
        return {found["name"]: unescape(found["value"]) for found in _HIDDEN.finditer(self.html)}


@define(kw_only=True)
class Browser:
    """One browser; `cookie` is what it keeps for the console."""

    client: Client = field(repr=False)
    cookie: str | None = None

    async def get(self, path: str, **query: str) -> Shown:
        """Open a page below the console's root."""
        async with self.client.get(
            ROOT + path, params=query, headers=self._headers({}), allow_redirects=False
        ) as response:
            return await self._shown(response)

    async def post(
        self,
        path: str,
        fields: Mapping[str, str] | list[tuple[str, str]],
        headers: Mapping[str, str] | None = None,
    ) -> Shown:
        """Send a form as it stands."""
        async with self.client.post(
            ROOT + path,
            data=fields,
            headers=self._headers(headers or {}),
            allow_redirects=False,
        ) as response:
            return await self._shown(response)

    async def fill(self, path: str, *, form: str | None = None, **fields: str) -> Shown:
        """Open a page, fill its form, and send it to the same address, or to `form`."""
        page = await self.get(path)
        assert page.status == 200, page.text
        return await self.post(form or path, {**page.hidden, **fields})

    async def sign_in(self, credential: str) -> Shown:
        """Sign in with a token or a key."""
        return await self.post("/sign-in", {"credential": credential})

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        kept = {} if self.cookie is None else {"Cookie": f"{_COOKIE}={self.cookie}"}
        return {**kept, **headers}

    async def _shown(self, response: ClientResponse) -> Shown:
        given = response.cookies.get(_COOKIE)
        if given is not None:
            self.cookie = given.value or None
        # The client behind all browsers of a test would keep the cookie for the next one.
        self.client.session.cookie_jar.clear()
        # A file is not read as text: what could not be decoded of it stands replaced.
        html = (await response.read()).decode(errors="replace")
        return Shown(status=response.status, headers=response.headers, html=html)


async def signed_in(service: Service, role: Role = Role.OWNER) -> Browser:
    """Return a browser in which an admin of this role has signed in."""
    browser = Browser(client=service.client)
    answer = await browser.sign_in(LOGIN.admin("admin-1", role, ttl_s=600))
    assert answer.status == 303, answer.text
    return browser
