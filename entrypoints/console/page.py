"""One page of the console, and one visit to it.

A section is a frozen attrs class whose fields are use cases; its `pages` are the rows that routes
are made of. A page without a right cannot be written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import web
from attrs import field, frozen
from attrs.validators import in_, instance_of, matches_re

from application.ports.idempotency import Caller, RequestKey
from domain.access.audit import Actor
from domain.access.role import Right
from domain.credits.ids import AccountId
from entrypoints.console.forms import ONCE, Given, given_to
from entrypoints.console.look import Look
from entrypoints.http.principal import AdminUser
from entrypoints.http.values import account_id_of


@frozen(kw_only=True)
class Visit:
    """A signed-in admin asks for a page. `form_token` is what every form sends back."""

    request: web.Request
    admin: AdminUser
    form_token: str = field(repr=False)
    look: Look

    @property
    def actor(self) -> Actor:
        """The admin, as the audit log keeps them."""
        return self.admin.actor

    @property
    def query(self) -> Mapping[str, str]:
        """What stands behind the question mark; of a name given twice the first counts."""
        return self.request.query

    def may(self, right: Right) -> bool:
        """Say whether the admin's role includes the right."""
        return self.admin.role.may(right)

    def account(self) -> AccountId:
        """Return the account that the address names. Raises InvalidField."""
        return account_id_of(self.query.get("account", ""), path="account")

    async def given(self) -> Given:
        """Return what the form holds that was sent."""
        return await given_to(self.request)

    def key(self, given: Given) -> RequestKey:
        """Return the key under which a form's action happens once, however often it is sent."""
        said = [self.request.path_qs, *(f"{name}={value}" for name, value in given.said)]
        once = hashlib.sha256(given.text(ONCE).encode()).hexdigest()
        return RequestKey(
            owner=self.actor.id,
            caller=Caller.ADMIN,
            key=f"console:{once}",
            fingerprint=hashlib.sha256("\n".join(said).encode()).hexdigest(),
        )

    def shown(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """Answer a page."""
        text = self.look.page(
            template,
            path=self.request.path,
            admin=self.admin,
            form_token=self.form_token,
            notice=self.query.get("notice", ""),
            status=status,
            **values,
        )
        return web.Response(text=text, status=status, content_type="text/html")

    def go(self, path: str, *, notice: str = "", **query: str) -> web.Response:
        """Answer a form: the browser goes on with a GET, and reloading repeats nothing."""
        named = {**query, "notice": notice} if notice else query
        address = self.look.link(path) + (f"?{urlencode(named)}" if named else "")
        return web.Response(status=303, headers={"Location": address})


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@frozen(kw_only=True)
class Page:
    """One method on one path below the console's root, and the right that it takes."""

    method: str = field(validator=in_(("GET", "POST")))
    path: str = field(validator=matches_re(r"(/[a-z-]+)*(/\{account\})?"))
    handler: Handler = field(repr=False)
    right: Right = field(validator=instance_of(Right))


class Section(Protocol):
    """A group of pages over the use cases they call."""

    def pages(self) -> Sequence[Page]:
        """Return the rows of this part of the console."""
        ...
