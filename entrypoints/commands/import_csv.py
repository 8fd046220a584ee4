"""`billing import`: opening balances and subscribers from a CSV file, line by line."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, field, frozen

from application.credits.steps.importing import ROWS_MAX, RowOutcome
from domain.access.audit import Actor
from domain.errors import InvalidField
from entrypoints.commands.reach import reached
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT
from entrypoints.container import Container
from entrypoints.http.admin_import import (
    BalanceRow,
    ImportBalancesBody,
    ImportSubscribersBody,
    ImportView,
    SubscriberRow,
)
from entrypoints.http.refusals import InvalidRequest
from entrypoints.http.structure import into
from entrypoints.settings import Settings

Row = Mapping[str, Any]
Progress = Callable[[int], None]
"""Told, after each batch, how many rows have been looked at."""


class Kind(Enum):
    """What the rows of a file are."""

    BALANCES = "balances"
    SUBSCRIBERS = "subscribers"


_COLUMNS: Mapping[Kind, tuple[Sequence[str], Sequence[str]]] = {
    Kind.BALANCES: (
        ("account_id", "amount"),
        (
            "key",
            "category",
            "expires_at",
            "cost_amount",
            "cost_currency",
            "email",
            "description",
        ),
    ),
    Kind.SUBSCRIBERS: (
        ("account_id", "plan_id", "interval", "period_start", "period_end", "channel"),
        ("key", "provider_subscription_id", "customer_id", "email", "cancel_at_period_end"),
    ),
}
"""The columns that a file must have, and those that it may have, in any order."""


@frozen(kw_only=True)
class Told:
    """What became of one line, or would."""

    line: int
    account_id: str
    outcome: RowOutcome
    said: str


@define(kw_only=True)
class Imported:
    """Every line's outcome, and whether anything was kept."""

    is_applied: bool
    rows: list[Told] = field(factory=list)

    def count(self, outcome: RowOutcome) -> int:
        """Count the lines with an outcome."""
        return sum(row.outcome is outcome for row in self.rows)


async def import_file(
    settings: Settings,
    admin_key: str | None,
    kind: Kind,
    file: Path,
    progress: Progress,
    *,
    is_to_be_applied: bool,
) -> Imported:
    """Bring a file's rows in, in batches; or only say, line by line, what would become of each.

    Raises CommandRefused where the file is not of the form it has to be.
    """
    rows = rows_of(kind, await asyncio.to_thread(_text_of, file))
    imported = Imported(is_applied=is_to_be_applied)
    async with reached(settings, admin_key) as place:
        waiting = iter(rows)
        while batch := list(islice(waiting, ROWS_MAX)):
            sound = [row for row in batch if _is_sound(kind, row, imported)]
            if sound:
                body = {"rows": sound, "apply": is_to_be_applied}
                imported.rows += await _sent(place, kind, body)
            progress(len(batch))
    imported.rows.sort(key=lambda row: row.line)
    return imported


def rows_of(kind: Kind, text: str) -> Sequence[Row]:
    """Return a file's rows as they are sent, each with its line. Raises CommandRefused."""
    required, optional = _COLUMNS[kind]
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    given = reader.fieldnames or []
    missing = [name for name in required if name not in given]
    unknown = [name for name in given if name not in (*required, *optional)]
    if missing or unknown or len(set(given)) < len(given):
        raise CommandRefused(_about_columns(kind, missing, unknown))
    rows: list[Row] = []
    keys: dict[tuple[str, str], int] = {}
    try:
        for cells in reader:
            row = _row(kind, cells, reader.line_num)
            name = (str(row.get("account_id")), str(row["key"]))
            if name in keys:
                problem = f"line {reader.line_num} has the account and key of line {keys[name]}"
                raise CommandRefused(f"{problem}; give each a key of its own")
            keys[name] = reader.line_num
            rows.append(row)
    except csv.Error as broken:
        raise CommandRefused(f"line {reader.line_num} is no CSV: {broken}") from broken
    if not rows:
        raise CommandRefused("the file has no rows")
    return rows


def _row(kind: Kind, cells: Mapping[str | None, Any], line: int) -> Row:
    if None in cells or None in cells.values():
        raise CommandRefused(f"line {line} has not as many cells as the first line")
    row: dict[str, Any] = {"line": line}
    row |= {str(name): cell.strip() for name, cell in cells.items() if cell.strip()}
    row.setdefault("key", row.get("provider_subscription_id", "opening"))
    if kind is Kind.BALANCES:
        row = _with_numbers(row)
    elif "cancel_at_period_end" in row:
        said = row["cancel_at_period_end"]
        row["cancel_at_period_end"] = {"true": True, "false": False}.get(said, said)
    return row


def _with_numbers(row: dict[str, Any]) -> dict[str, Any]:
    amounts = ("amount", "cost_amount")
    row |= {name: _whole(row[name]) for name in amounts if name in row}
    cost = {
        name: row.pop(f"cost_{name}") for name in ("amount", "currency") if f"cost_{name}" in row
    }
    return row if not cost else {**row, "cost": cost}


def _whole(cell: str) -> int | str:
    """Return a whole number; anything else stays as it is, to be refused by name."""
    digits = cell.removeprefix("-")
    return int(cell) if digits.isascii() and digits.isdigit() and len(digits) < 19 else cell


def _is_sound(kind: Kind, row: Row, imported: Imported) -> bool:
    """Say whether a row has the form it has to have; what has not is told of its line."""
    try:
        match kind:
            case Kind.BALANCES:
                into(BalanceRow, row).opening()
            case Kind.SUBSCRIBERS:
                into(SubscriberRow, row).opening()
    except InvalidRequest as wrong:
        said = "; ".join(f"{each.path} {each.problem}" for each in wrong.fields)
    except InvalidField as wrong:
        said = f"{wrong.path} {wrong.problem}"
    else:
        return True
    imported.rows.append(
        Told(
            line=row["line"],
            account_id=str(row.get("account_id", "")),
            outcome=RowOutcome.REFUSED,
            said=said,
        )
    )
    return False


async def _sent(
    place: Container | RunningService, kind: Kind, body: Mapping[str, object]
) -> Sequence[Told]:
    if isinstance(place, RunningService):
        answer: Mapping[str, Any] = await place.ask("POST", f"/admin/import/{kind.value}", body)
    else:
        answer = msgspec.to_builtins(await _done(place, kind, body))
    return [
        Told(
            line=row["line"],
            account_id=row["account_id"],
            outcome=RowOutcome(row["outcome"]),
            said=row["said"],
        )
        for row in answer["rows"]
    ]


async def _done(place: Container, kind: Kind, body: Mapping[str, object]) -> ImportView:
    operations, actor = place.operations(), Actor(id=SUBJECT)
    match kind:
        case Kind.BALANCES:
            balances = into(ImportBalancesBody, body).command(actor)
            rows = await operations.import_balances(balances)
            return ImportView.of(rows, applied=balances.is_to_be_applied)
        case Kind.SUBSCRIBERS:
            subscribers = into(ImportSubscribersBody, body).command(actor)
            rows = await operations.import_subscribers(subscribers)
            return ImportView.of(rows, applied=subscribers.is_to_be_applied)


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as unreadable:
        raise CommandRefused(f"{file} cannot be read: {unreadable.strerror}") from unreadable
    except UnicodeDecodeError as foreign:
        raise CommandRefused(f"{file} is not UTF-8") from foreign


def _about_columns(kind: Kind, missing: Sequence[str], unknown: Sequence[str]) -> str:
    required, optional = _COLUMNS[kind]
    said = [f"lacks {', '.join(missing)}"] if missing else []
    said += [f"has {', '.join(unknown)}"] if unknown else []
    told = " and ".join(said) or "names a column twice"
    return (
        f"the first line {told}; it must name {', '.join(required)} and may name "
        f"{', '.join(optional)}"
    )
