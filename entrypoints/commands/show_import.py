"""What `billing import` shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn

from application.credits.steps.importing import RowOutcome
from entrypoints.commands.import_csv import Imported, Progress
from entrypoints.commands.show import console_of


@contextmanager
def rows_bar() -> Iterator[Progress]:
    """Show how many rows have been looked at, where somebody looks on."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"))
    with Bar(*columns, console=console_of(), transient=True) as bar:
        task = bar.add_task("rows", total=None)

        def progress(rows: int) -> None:
            bar.advance(task, rows)

        yield progress


def show_import(imported: Imported) -> None:
    """Show every line with what became of it, then how many there were of each."""
    console = console_of()
    done = "brought in" if imported.is_applied else "would be brought in"
    words = {
        RowOutcome.DONE: done,
        RowOutcome.ALREADY_THERE: "is there already",
        RowOutcome.REFUSED: "refused",
    }
    for row in imported.rows:
        console.print(
            f"line {row.line}: {row.account_id}: {words[row.outcome]}: {row.said}",
            soft_wrap=True,
            markup=False,
            highlight=False,
        )
    counts = ", ".join(f"{imported.count(outcome)} {word}" for outcome, word in words.items())
    console.print(f"{len(imported.rows)} rows: {counts}.", soft_wrap=True, highlight=False)
    if not imported.is_applied:
        console.print("Nothing was changed; --apply brings it in.", soft_wrap=True)
