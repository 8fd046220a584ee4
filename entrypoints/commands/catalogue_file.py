"""The catalogue as one file: what is sold, what usage costs, coupons and check-in rules.

The file is JSON: the service needs no further library to read and to write it, `billing rates`
speaks it, and its words are those of the API. Things are found again by name, since ids differ from
one deployment to the next: plans by name and group, packs by name, coupons by code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from attrs import AttrsInstance, define, field, fields, frozen

from domain.errors import InvalidField
from entrypoints.commands.refusals import CommandRefused
from entrypoints.http.admin_packs import PackReplacementBody
from entrypoints.http.admin_plans import PlanReplacementBody
from entrypoints.http.check_in_rules import CheckInRulesBody
from entrypoints.http.coupon_bodies import CouponBody
from entrypoints.http.rates import RateBody
from entrypoints.http.refusals import InvalidRequest
from entrypoints.http.structure import into, wire_name

Wire = dict[str, Any]
Name = tuple[str, ...]

LISTS: Mapping[str, type[AttrsInstance]] = {
    "plans": PlanReplacementBody,
    "packs": PackReplacementBody,
    "coupons": CouponBody,
}
"""The lists of a file, and the form that their entries have."""

_NAMED_BY: Mapping[str, Sequence[str]] = {
    "plans": ("name", "group"),
    "packs": ("name",),
    "coupons": ("code",),
}
_SECTIONS = (*LISTS, "rates", "check_in")


@frozen(kw_only=True)
class RatesInFile:
    """What usage costs: the part of a rate card that a person decides."""

    rounding: str
    note: str = ""
    rates: tuple[RateBody, ...]


@define(kw_only=True)
class Catalogue:
    """What is in force, or is to be: each entry as the API is sent it, whole."""

    lists: dict[str, dict[Name, Wire]] = field(factory=lambda: {name: {} for name in LISTS})
    rates: Wire | None = None
    check_in: Wire | None = None


def catalogue_of(said: Mapping[str, Any]) -> Catalogue:
    """Return what a file says, every entry checked. Raises CommandRefused naming every fault."""
    problems = [f"{name}: is not a part of the catalogue" for name in said if name not in _SECTIONS]
    found = Catalogue()
    for name, form in LISTS.items():
        for place, entry in enumerate(_list(said.get(name, []), name)):
            path = f"{name}[{place}]"
            checked = _checked(form, entry, path, problems)
            if checked is None:
                continue
            key = name_of(name, checked)
            if key in found.lists[name]:
                problems.append(f"{path}: there is another '{' / '.join(key)}'")
            found.lists[name][key] = checked
    if said.get("rates") is not None:
        found.rates = _checked(RatesInFile, said["rates"], "rates", problems)
    if said.get("check_in") is not None:
        found.check_in = _checked(CheckInRulesBody, said["check_in"], "check_in", problems)
    if problems:
        raise CommandRefused("the file is refused: " + "; ".join(problems))
    return found


def text_of(catalogue: Catalogue) -> str:
    """Return a catalogue as a file: always the same for the same, so that a change is a line."""
    said: Wire = {
        name: [entry for _, entry in sorted(entries.items())]
        for name, entries in catalogue.lists.items()
    }
    said |= {"rates": catalogue.rates, "check_in": catalogue.check_in}
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def name_of(list_name: str, entry: Mapping[str, Any]) -> Name:
    """Return by what an entry is found again."""
    return tuple(entry[part] for part in _NAMED_BY[list_name])


def shown_part(form: type[AttrsInstance], shown: Mapping[str, Any]) -> Wire:
    """Return of what the API shows the part that can be sent."""
    names = [wire_name(each.name) for each in fields(form)]
    return {name: shown[name] for name in names if name in shown}


def on_the_wire(thing: object) -> Wire:
    """Return something as JSON would bring it back, so that equal things compare as equal."""
    found: Wire = msgspec.json.decode(msgspec.json.encode(thing))
    return found


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield in words what differs between two entries, by the names of their fields."""
    for name, value in after.items():
        if before.get(name) != value:
            yield f"{name} {_told(before.get(name))} → {_told(value)}"


def _list(said: object, name: str) -> list[Any]:
    if not isinstance(said, list):
        raise CommandRefused(f"the file is refused: {name}: must be a list")
    return said


def _checked(
    form: type[AttrsInstance], entry: object, path: str, problems: list[str]
) -> Wire | None:
    """Return an entry with everything it leaves out at its default, or note what is wrong."""
    if not isinstance(entry, dict):
        problems.append(f"{path}: must be an object")
        return None
    try:
        whole = on_the_wire(into(form, entry))
    except InvalidRequest as wrong:
        problems += [f"{path}.{each.path}: {each.problem}" for each in wrong.fields]
    except InvalidField as wrong:
        problems.append(f"{path}.{wrong.path}: {wrong.problem}")
    else:
        return shown_part(form, {wire_name(name): value for name, value in whole.items()})
    return None


def _told(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
