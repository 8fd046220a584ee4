"""What `billing rates` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from entrypoints.commands.show import console_of


def show_card(card: Mapping[str, Any]) -> None:
    """Show a version of the rates as a table."""
    console = console_of()
    if card["version"] == 0:
        console.print("No rates are in force; `billing rates import` publishes some.")
        return
    ends = "" if card["effective_to"] is None else f" until {card['effective_to']}"
    console.print(
        f"Version {card['version']}, rounded {card['rounding']}, "
        f"in force from {card['effective_from']}{ends}",
        soft_wrap=True,
    )
    if card["note"]:
        console.print(card["note"], soft_wrap=True)
    table = Table("model", "kind", "credits", "per", box=None, pad_edge=False)
    for rate in card["rates"]:
        table.add_row(rate["model"], rate["kind"], rate["credits"], f"{rate['per']:,}")
    console.print(table)


def show_publication(seen: Mapping[str, Any]) -> None:
    """Show every rate that differs, and whether that was published."""
    console = console_of()
    table = Table("model", "kind", "before", "after", box=None, pad_edge=False)
    for change in seen["changes"]:
        prices = (_price(change["before"]), _price(change["after"]))
        table.add_row(change["model"], change["kind"], *prices)
    if seen["changes"]:
        console.print(table)
    told = f"{len(seen['changes'])} changes, rounded {seen['rounding']}"
    if seen["published"]:
        when = f"in force from {seen['effective_from']}"
        console.print(f"{told}: published as version {seen['version']}, {when}", soft_wrap=True)
    else:
        console.print(f"{told}. Nothing was changed; --apply publishes it.", soft_wrap=True)


def _price(rate: Mapping[str, Any] | None) -> str:
    return "none" if rate is None else f"{rate['credits']} per {rate['per']:,}"
