"""API keys: created, shown once, revoked."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.access.issue_api_key import (
    IssueApiKey,
    IssuingApiKey,
    ListApiKeys,
    ListingApiKeys,
    RevokeApiKey,
    RevokingApiKey,
)
from domain.access.errors import ApiKeyNotFound
from domain.access.ids import ApiKeyId
from domain.access.role import Right, Role, Scope
from domain.errors import BillingError
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_access import ApiKeyBody
from entrypoints.http.key_ring import KeyRing

_FIELDS = ("name", "kind", "scopes", "role", "spend_max", "spend_max_per_day")


@frozen(kw_only=True)
class KeyPages:
    """API keys, for the owner."""

    list_api_keys: ListingApiKeys
    issue_api_key: IssuingApiKey
    revoke_api_key: RevokingApiKey
    key_ring: KeyRing

    def pages(self) -> Sequence[Page]:
        """Return the list, the form, and the end of a key."""
        own, new = Right.OWN, "/key/new"
        return (
            Page(method="GET", path="/keys", handler=self.get_keys, right=own),
            Page(method="GET", path=new, handler=self.get_new, right=own),
            Page(method="POST", path=new, handler=self.post_new, right=own),
            Page(method="POST", path="/key/revoke", handler=self.post_revoke, right=own),
        )

    async def get_keys(self, visit: Visit) -> web.Response:
        """Show the keys, revoked ones included; never what they open with."""
        page = await self.list_api_keys(ListApiKeys(page=page_of(visit)))
        return visit.shown("keys.html", page=page)

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new key may do."""
        return self._form(visit, Filled(values={"kind": "backend"}))

    async def post_new(self, visit: Visit) -> web.Response:
        """Issue the key and show it, this once."""
        given = await visit.given()
        reading = Reading(given)
        is_admin = given.text("kind") == "admin"
        try:
            body = reading.body(
                ApiKeyBody,
                {
                    "name": reading.text("name"),
                    "scopes": [] if is_admin else list(given.texts("scopes")),
                    "role": reading.text("role") if is_admin else None,
                    "spend_max": reading.whole("spend_max"),
                    "spend_max_per_day": reading.whole("spend_max_per_day"),
                },
            )
            issued = await self.issue_api_key(
                IssueApiKey(
                    name=body.name,
                    scopes=frozenset(body.scopes),
                    role=body.role,
                    spend_max=body.spend_max,
                    spend_max_per_day=body.spend_max_per_day,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=_FIELDS), 400)
        return visit.shown("key-issued.html", api_key=issued.api_key, secret=issued.secret)

    async def post_revoke(self, visit: Visit) -> web.Response:
        """End the key, and forget at once that it was known."""
        key_id = ApiKeyId(id_of(visit, lambda given: ApiKeyNotFound(api_key_id=ApiKeyId(given))))
        revoked = await self.revoke_api_key(RevokeApiKey(key_id=key_id, actor=visit.actor))
        self.key_ring.forget(revoked.id)
        return visit.go("/keys", notice="revoked")

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown("key.html", status=status, form=form, scopes=Scope, roles=Role)
