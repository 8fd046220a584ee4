"""`billing import` as it is called; what it does lies in `entrypoints/commands/import_csv.py`."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from entrypoints.invocation import AdminKey, beside_up, log_to_standard_error, run

_REFUSED_ROWS = 1

bring_in = App(name="import", help="Opening balances and subscribers, from CSV files.")


@bring_in.command(name="balances")
def balances(file: Path, /, *, apply: bool = False, key: AdminKey = None) -> int:
    """Say line by line what a file of balances would bring in; with --apply, bring it in.

    Exit code 1 if a line is refused.

    Parameters
    ----------
    file
        CSV with a first line that names its columns: account_id, amount and more.
    apply
        Bring it in; without it nothing is changed.
    """
    return _imported("balances", file, key, apply=apply)


@bring_in.command(name="subscribers")
def subscribers(file: Path, /, *, apply: bool = False, key: AdminKey = None) -> int:
    """Say line by line what a file of subscribers would bring in; with --apply, bring it in.

    Exit code 1 if a line is refused.

    Parameters
    ----------
    file
        CSV with a first line that names its columns: account_id, plan_id, interval and more.
    apply
        Bring it in; without it nothing is changed.
    """
    return _imported("subscribers", file, key, apply=apply)


def _imported(kind: str, file: Path, key: str | None, *, apply: bool) -> int:
    from application.credits.steps.importing import RowOutcome
    from entrypoints.commands.import_csv import Kind, import_file
    from entrypoints.commands.show_import import rows_bar, show_import

    log_to_standard_error("ERROR")
    with rows_bar() as progress:
        work = import_file(beside_up(), key, Kind(kind), file, progress, is_to_be_applied=apply)
        imported = run(work)
    show_import(imported)
    return _REFUSED_ROWS if imported.count(RowOutcome.REFUSED) else 0
