"""`billing keys`: API keys, on the store itself or through the service that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from attrs import frozen

from application.access.issue_api_key import IssueApiKey, ListApiKeys, RevokeApiKey
from application.ports.paging import LIMIT_MAX, PageRequest
from domain.access.api_key import ApiKey
from domain.access.audit import Actor
from domain.access.ids import ApiKeyId
from domain.access.role import Role, Scope
from domain.errors import InvalidField
from entrypoints.commands.reach import reached
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT
from entrypoints.container import Container
from entrypoints.settings import Settings

_ACTOR = Actor(id=SUBJECT)


@frozen(kw_only=True)
class KeyWanted:
    """A key to be made: with scopes, or with a role."""

    name: str
    scopes: frozenset[Scope] = frozenset()
    role: Role | None = None
    spend_max: int | None = None
    spend_max_per_day: int | None = None


@frozen(kw_only=True)
class KeyLine:
    """A key as the list shows it."""

    id: str
    name: str
    may: str
    created_at: str
    revoked_at: str


def scopes_named(text: str) -> frozenset[Scope]:
    """Return the scopes of a comma-separated list. Raises InvalidField."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    known = ", ".join(scope.value for scope in Scope)
    try:
        return frozenset(Scope(name) for name in names)
    except ValueError:
        raise InvalidField(path="--scopes", problem=f"must name some of {known}") from None


async def create(settings: Settings, admin_key: str | None, wanted: KeyWanted) -> str:
    """Make a key and return it: it is shown this once."""
    async with reached(settings, admin_key) as place:
        if isinstance(place, RunningService):
            made = await place.ask("POST", "/admin/keys", _body(wanted))
            return str(made["secret"])
        issued = await place.issue_api_key()(
            IssueApiKey(
                name=wanted.name,
                scopes=wanted.scopes,
                role=wanted.role,
                spend_max=wanted.spend_max,
                spend_max_per_day=wanted.spend_max_per_day,
                actor=_ACTOR,
            )
        )
        assert issued.secret is not None
        return issued.secret


async def every(settings: Settings, admin_key: str | None) -> Sequence[KeyLine]:
    """Return all keys, newest first, revoked ones included."""
    async with reached(settings, admin_key) as place:
        if isinstance(place, RunningService):
            return [_line_of_answer(key) for key in await place.every("/admin/keys")]
        return [_line(key) for key in await _all(place)]


async def revoke(settings: Settings, admin_key: str | None, key_id: str) -> None:
    """End a key. Raises ApiKeyNotFound."""
    async with reached(settings, admin_key) as place:
        if isinstance(place, RunningService):
            await place.ask("DELETE", f"/admin/keys/{quote(key_id, safe='')}")
        else:
            command = RevokeApiKey(key_id=ApiKeyId(key_id), actor=_ACTOR)
            await place.revoke_api_key()(command)


async def _all(container: Container) -> list[ApiKey]:
    found: list[ApiKey] = []
    after: str | None = None
    while True:
        request = PageRequest(limit=LIMIT_MAX, after=after)
        page = await container.list_api_keys()(ListApiKeys(page=request))
        found += page.items
        after = page.next
        if after is None:
            return found


def _body(wanted: KeyWanted) -> dict[str, object]:
    return {
        "name": wanted.name,
        "scopes": sorted(scope.value for scope in wanted.scopes),
        "role": None if wanted.role is None else wanted.role.value,
        "spend_max": wanted.spend_max,
        "spend_max_per_day": wanted.spend_max_per_day,
    }


def _line_of_answer(key: Mapping[str, Any]) -> KeyLine:
    revoked_at = key["revoked_at"]
    return KeyLine(
        id=key["id"],
        name=key["name"],
        may=key["role"] or ", ".join(sorted(key["scopes"])),
        created_at=_shown(datetime.fromisoformat(key["created_at"])),
        revoked_at=_shown(None if revoked_at is None else datetime.fromisoformat(revoked_at)),
    )


def _line(key: ApiKey) -> KeyLine:
    return KeyLine(
        id=key.id,
        name=key.name,
        may=key.role.value if key.role else ", ".join(sorted(s.value for s in key.scopes)),
        created_at=_shown(key.created_at),
        revoked_at=_shown(key.revoked_at),
    )


def _shown(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}Z"
