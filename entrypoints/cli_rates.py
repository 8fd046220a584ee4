"""`billing rates` as it is called; what the commands do lies in `entrypoints/commands/rates.py`."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from entrypoints.invocation import AdminKey, beside_up, log_to_standard_error, run

rates = App(name="rates", help="What usage costs: rate cards, shown, exported and published.")


@rates.command(name="show")
def show(version: int | None = None, /, *, key: AdminKey = None) -> None:
    """Show a version of the rates.

    Parameters
    ----------
    version
        Which; the one in force, if left out.
    """
    from entrypoints.commands.rates import read
    from entrypoints.commands.show_rates import show_card

    log_to_standard_error("ERROR")
    show_card(run(read(beside_up(), key, version)))


@rates.command(name="export")
def export(version: int | None = None, /, *, key: AdminKey = None) -> None:
    """Print a version of the rates as a file, one rate a line, for `billing rates import`.

    Parameters
    ----------
    version
        Which; the one in force, if left out.
    """
    from entrypoints.commands.rates import file_text, read

    log_to_standard_error("ERROR")
    print(file_text(run(read(beside_up(), key, version))))


@rates.command(name="import")
def import_file(
    file: Path,
    /,
    *,
    effective_from: str | None = None,
    apply: bool = False,
    key: AdminKey = None,
) -> None:
    """Show what a file would change in the last version of the rates; with --apply, publish it.

    Parameters
    ----------
    file
        The whole card, as `billing rates export` prints one.
    effective_from
        From when on it is in force (2026-12-01T00:00:00Z); at once, if left out.
    apply
        Publish it as the next version.
    """
    from entrypoints.commands.rates import publish
    from entrypoints.commands.show_rates import show_publication

    log_to_standard_error("ERROR")
    show_publication(run(publish(beside_up(), key, file, effective_from, is_to_be_applied=apply)))
