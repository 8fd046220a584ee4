"""`billing plans pull|diff|push`: the catalogue as one reviewed file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import Factory, define, frozen

from domain.errors import BillingError
from entrypoints.commands.catalogue_file import (
    LISTS,
    Catalogue,
    Name,
    RatesInFile,
    catalogue_of,
    changes_of,
    name_of,
    shown_part,
    text_of,
)
from entrypoints.commands.catalogue_places import Place, ServicePlace, StorePlace
from entrypoints.commands.reach import reached
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.remote import RunningService
from entrypoints.container import Container
from entrypoints.http.check_in_rules import CheckInRulesBody
from entrypoints.http.json_body import parse_object
from entrypoints.settings import Settings

_ONE = {"plans": "plan", "packs": "pack", "coupons": "coupon"}


@frozen(kw_only=True)
class Change:
    """One thing that a file would change, in words, and how that is done."""

    said: str
    do: Callable[[Place], Awaitable[None]]


@define(kw_only=True)
class Compared:
    """What a file would change, and what it does not name and leaves alone."""

    changes: list[Change] = Factory(list)
    left_alone: list[str] = Factory(list)


@define(kw_only=True)
class _InForce:
    """What is in force, with the ids that replacing takes and the versions it is judged by."""

    catalogue: Catalogue = Factory(Catalogue)
    ids: dict[tuple[str, Name], str] = Factory(dict)
    rates_version: int = 0
    check_in_version: int = 0


async def pull(settings: Settings, admin_key: str | None) -> str:
    """Return what is in force as a file."""
    async with reached(settings, admin_key) as held:
        return text_of((await _in_force(_place(held))).catalogue)


async def diff(settings: Settings, admin_key: str | None, file: Path) -> Compared:
    """Say what a file would change. Raises CommandRefused for one that breaks a rule."""
    wanted = catalogue_of(parse_object(await asyncio.to_thread(_bytes_of, file)))
    async with reached(settings, admin_key) as held:
        return _compared(await _in_force(_place(held)), wanted)


async def push(settings: Settings, admin_key: str | None, file: Path) -> Compared:
    """Do what a file would change, each in a commit with its audit entry; again changes nothing.

    Raises CommandRefused for a file that breaks a rule, before anything is done, and where one
    change is refused: what was done before it stays, and the next push goes on from there.
    """
    wanted = catalogue_of(parse_object(await asyncio.to_thread(_bytes_of, file)))
    async with reached(settings, admin_key) as held:
        place = _place(held)
        compared = _compared(await _in_force(place), wanted)
        for change in compared.changes:
            try:
                await change.do(place)
            except (BillingError, CommandRefused) as refusal:
                raise CommandRefused(f"{change.said}: {refusal}") from refusal
        return compared


def _place(held: Container | RunningService) -> Place:
    if isinstance(held, RunningService):
        return ServicePlace(service=held)
    return StorePlace(made=held)


async def _in_force(place: Place) -> _InForce:
    found = _InForce()
    for name, form in LISTS.items():
        for shown in await place.every(name):
            if name == "coupons" and shown.get("archived"):
                continue
            entry = shown_part(form, shown)
            key = name_of(name, entry)
            if key in found.catalogue.lists[name]:
                twice = f"two {name} are called '{' / '.join(key)}'"
                raise CommandRefused(f"{twice}; rename one of them first")
            found.catalogue.lists[name][key] = entry
            found.ids[name, key] = shown["id"]
    card = await place.rates()
    found.rates_version = card["version"]
    if card["version"]:
        found.catalogue.rates = shown_part(RatesInFile, card)
    rules = await place.check_in()
    found.check_in_version = rules["version"]
    found.catalogue.check_in = shown_part(CheckInRulesBody, rules)
    return found


def _compared(now: _InForce, wanted: Catalogue) -> Compared:
    compared = Compared()
    for name in LISTS:
        for key, entry in sorted(wanted.lists[name].items()):
            compared.changes += _entry(now, name, key, entry)
        for key in sorted(now.catalogue.lists[name].keys() - wanted.lists[name].keys()):
            said = f"{_ONE[name]} '{' / '.join(key)}' is not in the file and stays as it is"
            compared.left_alone.append(said)
    compared.changes += _rates(now, wanted.rates)
    compared.changes += _check_in(now, wanted.check_in)
    return compared


def _entry(now: _InForce, name: str, key: Name, entry: Mapping[str, Any]) -> Iterator[Change]:
    called = f"{_ONE[name]} '{' / '.join(key)}'"
    before = now.catalogue.lists[name].get(key)
    known_as = now.ids.get((name, key))
    if before is None:
        yield Change(said=f"{called}: new", do=lambda place: place.save(name, None, entry))
        return
    differs = list(changes_of(before, entry))
    if not differs:
        return
    said = f"{called}: {', '.join(differs)}"
    yield Change(said=said, do=lambda place: place.save(name, known_as, entry))


def _rates(now: _InForce, wanted: Mapping[str, Any] | None) -> Iterator[Change]:
    before = now.catalogue.rates
    if wanted is None or before == wanted:
        return
    card = {**wanted, "expected_version": now.rates_version}
    yield Change(
        said=f"rates: {', '.join(_rate_changes(before, wanted)) or 'note'}",
        do=lambda place: place.publish_rates(card),
    )


def _rate_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Iterator[str]:
    old = {} if before is None else _by_name(before["rates"])
    new = _by_name(after["rates"])
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"{' '.join(name)} {old.get(name, 'none')} → {new.get(name, 'none')}"
    if before is not None and before["rounding"] != after["rounding"]:
        yield f"rounding {before['rounding']} → {after['rounding']}"


def _by_name(rates: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], str]:
    return {(rate["model"], rate["kind"]): f"{rate['credits']} per {rate['per']}" for rate in rates}


def _check_in(now: _InForce, wanted: Mapping[str, Any] | None) -> Iterator[Change]:
    before = now.catalogue.check_in or {}
    differs = [] if wanted is None else list(changes_of(before, wanted))
    if wanted is not None and differs:
        rules = {**wanted, "version": now.check_in_version}
        yield Change(
            said=f"check-in: {', '.join(differs)}", do=lambda place: place.change_check_in(rules)
        )


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as unreadable:
        raise CommandRefused(f"{file} cannot be read: {unreadable.strerror}") from unreadable
