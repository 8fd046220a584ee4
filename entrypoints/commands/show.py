"""What commands show: tables and progress, the answers on one stream and the bars on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from application.credits.verify_ledger import Progress as VerifyProgress
from entrypoints.commands.copy_store import Copied
from entrypoints.commands.doctor import Check
from entrypoints.commands.keys import KeyLine
from entrypoints.commands.reconcile import Differences
from entrypoints.commands.verify import Verified
from entrypoints.demo.records import WorldFinished
from entrypoints.demo.world import Progress as DemoProgress
from entrypoints.settings import VARIABLES

# Wide enough for an id beside a name where the output is no terminal, as in a pipe or a log.
_WIDTH_IN_PIPES = 240


@contextmanager
def demo_bar() -> Iterator[DemoProgress]:
    """Show how many of its days the demo world has lived through, while the block runs."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    console = Console(stderr=True)
    is_hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as progress:
        bar = progress.add_task("Building the demo world")
        yield lambda day, days: progress.update(bar, completed=day, total=days)


@contextmanager
def verify_status() -> Iterator[VerifyProgress]:
    """Show how much of the ledger has been read, while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda *_: None
        return
    with console.status("Reading the ledger") as status:

        def told(accounts: int, lines: int) -> None:
            status.update(f"Reading the ledger: {accounts:,} accounts, {lines:,} lines")

        yield told


@contextmanager
def copy_bar() -> Iterator[Callable[[str, int], None]]:
    """Show which table is being copied or compared, where somebody looks on."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda *_: None
        return
    with console.status("Copying") as status:
        yield lambda table, rows: status.update(f"{table}: {rows:,} rows")


def show_copied(copied: Copied) -> None:
    """Show every table with its rows and the digest that both sides have."""
    console = console_of()
    table = Table("table", "rows", "sha-256 of both sides", box=None, pad_edge=False)
    for each in copied.tables:
        table.add_row(each.name, f"{each.rows:,}", each.digest[:16])
    console.print(table)
    told = f"{copied.rows:,} rows in {len(copied.tables)} tables are the same on both sides."
    proof = f"{copied.accounts:,} accounts and {copied.lines:,} lines of the copy were proved"
    ended = "all is well" if copied.breaches == 0 else f"{copied.breaches} rules are broken"
    console.print(f"{told} {proof}: {ended}.", soft_wrap=True)


def show_world(world: WorldFinished, *, is_new: bool) -> None:
    """Say which demo world lies in the store."""
    built = "was built" if is_new else "was there already; nothing was changed"
    console_of().print(
        f"The demo world of {world.customers} customers, ending on {world.ends_on}, {built}."
    )


def show_keys(lines: Sequence[KeyLine]) -> None:
    """Show API keys as a table."""
    table = Table("id", "name", "may", "created", "revoked", box=None, pad_edge=False)
    for line in lines:
        table.add_row(line.id, line.name, line.may, line.created_at, line.revoked_at)
    console_of().print(table)


def show_verified(found: Verified) -> None:
    """Show how much was proved, and every place where a rule is broken."""
    console = console_of()
    if found.breaches:
        console.print(f"The ledger is broken in {len(found.breaches)} places:")
        for each in found.breaches:
            console.print(
                f"account {each.account_id}, seq {each.seq}: {each.rule}: {each.found}",
                soft_wrap=True,
                markup=False,
            )
    else:
        console.print("The ledger is whole: every sum, every lot and every chain holds.")
    for wrong in found.miscounts:
        console.print(f"{wrong.counter}: {wrong.rule}: {wrong.found}", soft_wrap=True, markup=False)
    console.print(
        f"{found.accounts:,} accounts, {found.lines:,} lines, "
        f"{found.credits_outstanding:,} credits outstanding, "
        f"{found.counters:,} coupons and budgets, {found.seconds:.1f} seconds",
        soft_wrap=True,
    )


def show_differences(found: Differences) -> None:
    """Show what differs from what providers know, and what was or can be done about it."""
    console = console_of()
    table = Table("channel", "about", "", "what", box=None, pad_edge=False)
    for each in found.drift:
        state = "problem" if each.problem else "mended" if each.is_applied else "proposed"
        table.add_row(each.channel, each.about, state, each.problem or "; ".join(each.proposal))
    if found.drift:
        console.print(table, markup=False)
    hidden = found.total - len(found.drift)
    if hidden:
        console.print(f"and {hidden:,} more", soft_wrap=True)
    counts = (
        f": {found.mended:,} mended, {found.open:,} proposed, {found.needs_person:,} for a person"
    )
    console.print(
        f"{found.compared:,} compared, {found.total:,} differences{counts if found.total else ''}",
        soft_wrap=True,
    )
    if found.open:
        console.print("Nothing was changed; --apply mends what is proposed.", soft_wrap=True)
    if found.is_lost:
        console.print("This run was not kept: the list of runs lacks it.", soft_wrap=True)


def show_checks(checks: Sequence[Check]) -> None:
    """Show what was looked at, a line each, and what to do where something is wrong."""
    console = console_of()
    for each in checks:
        mark = "fine " if each.is_fine else "WRONG"
        console.print(f"{mark}  {each.name}: {each.said}", soft_wrap=True, markup=False)


def show_variables() -> None:
    """Show every setting as a table."""
    table = Table("variable", "default", "meaning", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for variable in VARIABLES:
        table.add_row(variable.name, variable.default, variable.meaning)
    console_of().print(table, markup=False)


def console_of() -> Console:
    """Return where a command's answers go."""
    # What is stored is shown as it stands: a name in brackets is a name, and no markup.
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _WIDTH_IN_PIPES
    return console
