"""`billing rates`: rate cards, on the store itself or through the service that holds it.

Cards are handled in the form that they have on the wire, which is also that of the file.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from application.credits.list_rates import ReadRates
from domain.access.audit import Actor
from entrypoints.commands.reach import reached
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT
from entrypoints.container import Container
from entrypoints.http.json_body import parse_object
from entrypoints.http.rates import PublicationView, RatesBody, RatesView
from entrypoints.http.structure import into
from entrypoints.settings import Settings

Wire = Mapping[str, Any]

_IN_FILE = ("rounding", "note")


async def read(settings: Settings, admin_key: str | None, version: int | None) -> Wire:
    """Return a version of the rates, or the one in force. Raises RatesNotFound."""
    async with reached(settings, admin_key) as place:
        if isinstance(place, RunningService):
            name = "current" if version is None else version
            found: Wire = await place.ask("GET", f"/admin/rates/{name}")
            return found
        card = await place.read_rates()(ReadRates(version=version))
        return _wire(RatesView.of(card.card, card.effective_to))


def file_text(card: Wire) -> str:
    """Return a card as a file: JSON with one rate a line, so that a change is a changed line.

    Raises CommandRefused where there is no card.
    """
    if card["version"] == 0:
        raise CommandRefused("no rates are in force; `billing rates import` publishes some")
    head = [f"  {_json(name)}: {_json(card[name])}," for name in _IN_FILE]
    rates = ",\n".join(f"    {_json(rate)}" for rate in card["rates"])
    return "\n".join(["{", *head, '  "rates": [', rates, "  ]", "}"])


async def publish(
    settings: Settings,
    admin_key: str | None,
    file: Path,
    effective_from: str | None,
    *,
    is_to_be_applied: bool,
) -> Wire:
    """Say what the file would change, and publish just that if it is to be applied.

    Whoever publishes between the two is not overwritten. Raises InvalidRequest, InvalidField,
    RatesChangedMeanwhile.
    """
    body = parse_object(await asyncio.to_thread(file.read_bytes))
    if effective_from is not None:
        body["effective_from"] = effective_from
    async with reached(settings, admin_key) as place:
        seen = await _posted(place, {**body, "preview": True})
        if not is_to_be_applied:
            return seen
        expected = {"expected_version": seen["version"] - 1}
        return await _posted(place, {**body, **expected, "preview": False})


async def _posted(place: Container | RunningService, body: Mapping[str, object]) -> Wire:
    if isinstance(place, RunningService):
        answer: Wire = await place.ask("POST", "/admin/rates", body)
        return answer
    command = into(RatesBody, body).command(Actor(id=SUBJECT))
    published = await place.publish_rates()(command)
    return _wire(PublicationView.of(published, is_preview=command.is_preview))


def _wire(view: object) -> Wire:
    shown: Wire = msgspec.to_builtins(view)
    return shown


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
