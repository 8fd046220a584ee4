"""`billing plans` as it is called; what it does lies in `entrypoints/commands/catalogue.py`."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from entrypoints.invocation import AdminKey, beside_up, log_to_standard_error, run

_DIFFERS = 1

plans = App(name="plans", help="Plans, packs, rates, coupons and check-in rules as one file.")


@plans.command(name="pull")
def pull(*, key: AdminKey = None) -> None:
    """Print what is in force as a file, for review, for `diff` and for `push`."""
    from entrypoints.commands.catalogue import pull as text_in_force

    log_to_standard_error("ERROR")
    print(run(text_in_force(beside_up(), key)), end="")


@plans.command(name="diff")
def diff(file: Path, /, *, key: AdminKey = None) -> int:
    """Say in words what a file would change. Exit code 1 if it would change anything.

    Parameters
    ----------
    file
        The catalogue, as `billing plans pull` prints it.
    """
    from entrypoints.commands.catalogue import diff as compare

    log_to_standard_error("ERROR")
    compared = run(compare(beside_up(), key, file))
    for said in (*(change.said for change in compared.changes), *compared.left_alone):
        print(said)
    print(f"{len(compared.changes)} changes. Nothing was changed; `billing plans push` makes them.")
    return _DIFFERS if compared.changes else 0


@plans.command(name="push")
def push(file: Path, /, *, key: AdminKey = None) -> None:
    """Do what a file would change, and say it. What the file does not name stays as it is.

    Parameters
    ----------
    file
        The catalogue, as `billing plans pull` prints it.
    """
    from entrypoints.commands.catalogue import push as make

    log_to_standard_error("ERROR")
    compared = run(make(beside_up(), key, file))
    for said in (*(change.said for change in compared.changes), *compared.left_alone):
        print(said)
    print(f"{len(compared.changes)} changes made.")
