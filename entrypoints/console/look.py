"""How pages are made: templates, links, and values in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from attrs import field, frozen
from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.credits.transaction import AI_USAGE, CHECK_IN
from entrypoints.console.navigation import is_within, menu_for
from entrypoints.console.notices import NOTICES
from entrypoints.console.telling import deed, doer
from entrypoints.http.currencies import decimals_of
from entrypoints.http.principal import AdminUser
from entrypoints.http.sandbox_pages import money

ROOT = "/console"
STATIC = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_LOCALE = "en_GB"


def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


FILES: Mapping[str, str] = {
    name: _digest(name) for name in ("console.css", "console.js", "export.js")
}
"""The console's own files with their digests, which stand in their addresses."""


@frozen(kw_only=True)
class Look:
    """The console as it looks under one public address; nothing in it comes from elsewhere."""

    public_url: str
    is_live: bool
    _templates: Environment = field(init=False, repr=False)

    @_templates.default
    def _loaded(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "credits": number,
            "money": money,
            "percent": percent,
            "major": major,
            "instant": instant,
            "day": day,
            "iso": iso,
            "field_instant": field_instant,
            "words": words,
            "deed": deed,
            "doer": doer,
            "counted": counted,
            "seams": seams,
        }
        environment.globals |= {"link": self.link, "asset": self.asset}
        return environment

    @property
    def root(self) -> str:
        """The path under which browsers find the console."""
        return urlsplit(self.public_url).path.rstrip("/") + ROOT

    @property
    def is_https(self) -> bool:
        """Say whether browsers reach the service over HTTPS."""
        return urlsplit(self.public_url).scheme == "https"

    @property
    def origin(self) -> str:
        """The origin that browsers name as theirs when they send one of our forms."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    def link(self, path: str, /, **query: object) -> str:
        """Return the address of a page; what is empty is left out."""
        said = {name: str(value) for name, value in query.items() if value not in ("", None)}
        return f"{self.root}{path}" + (f"?{urlencode(said)}" if said else "")

    def asset(self, name: str) -> str:
        """Return the address of one of the console's own files."""
        return f"{self.root}/static/{FILES[name]}/{name}"

    def page(self, template: str, *, path: str, admin: AdminUser | None, **values: object) -> str:
        """Return a page as HTML."""
        below = path.partition(ROOT)[2]
        return self._templates.get_template(template).render(
            menu=() if admin is None else menu_for(admin.role),
            is_current=lambda entry: is_within(entry, below),
            admin=admin,
            is_live=self.is_live,
            notices=NOTICES,
            **values,
        )


def number(amount: int) -> str:
    """Return a whole number with its thousands told apart, and a true minus sign."""
    return format_decimal(amount, locale=_LOCALE).replace("-", "−")


def counted(amount: int, noun: str) -> str:
    """Return how many there are of something: `1 transaction`, `1,200 lots`."""
    return f"{number(amount)} {noun}" if amount == 1 else f"{number(amount)} {noun}s"


def percent(basis_points: int) -> str:
    """Return hundredths of a percent as people read them, to one decimal: 2.5 %."""
    tenths = (basis_points + 5) // 10
    return f"{tenths // 10}.{tenths % 10}\u00a0%"


def major(amount_minor: int, currency: str) -> str:
    """Return an amount as it is typed into a field: 9.99."""
    decimals = decimals_of(currency)
    whole, part = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}" + (f".{part:0{decimals}d}" if decimals else "")


def instant(at: datetime) -> str:
    """Return an instant in words, in UTC."""
    there = at.astimezone(UTC)
    return f"{day(there)}, {there:%H:%M} UTC"


def day(on: date) -> str:
    """Return a day in words: every month in three letters, so that columns of days are even."""
    return format_date(on, "d MMM y", locale=_LOCALE).replace("Sept", "Sep")


def iso(at: datetime) -> str:
    """Return an instant for machines."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def field_instant(at: datetime | None) -> str:
    """Return an instant as a field for instants takes it."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


_SEAM = re.compile(r"(?<=[._:/@])(?=.)")

# Names that people spell otherwise than by leaving out the underscore.
_SPELT: dict[str, str] = {AI_USAGE: "AI usage", CHECK_IN: "Check-in"}


def words(value: object) -> str:
    """Return a name of ours as people read it: `partially_refunded` as “Partially refunded”."""
    name = str(value.value if isinstance(value, Enum) else value)
    if name in _SPELT:
        return _SPELT[name]
    text = name.replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}"


def seams(name: str) -> Sequence[str]:
    """Return a name's parts, between which a line may break: `plan.` and `change`."""
    return _SEAM.split(name)
