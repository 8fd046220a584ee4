"""The command line: how each command is called. What they do lies in `entrypoints/commands`.

Whatever is heavy is imported by the command that needs it, so that `billing --help` is quick.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from domain.access.role import Role
from entrypoints.cli_catalogue import plans
from entrypoints.cli_clock import clock
from entrypoints.cli_import import bring_in
from entrypoints.cli_rates import rates
from entrypoints.invocation import AdminKey
from entrypoints.invocation import beside_up as _beside_up
from entrypoints.invocation import end_on_sigterm as _end_on_sigterm
from entrypoints.invocation import log_to_standard_error as _log_to_standard_error
from entrypoints.invocation import refuse as _refuse
from entrypoints.invocation import run as _run

_BROKEN = 1
_TTL_SECONDS = 24 * 3600
_CUSTOMERS = 200

Customers = Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))]


def _version() -> str:
    from importlib.metadata import version

    return version("billing")


app = App(
    name="billing",
    help="Credits, orders, subscriptions, coupons and check-ins: a billing service of your own.",
    version=_version,
    help_format="plaintext",
    result_action="return_value",
)
keys = App(name="keys", help="API keys of the product's backend, and of admins.")
app.command(keys)
app.command(rates)
app.command(clock)
app.command(bring_in)
app.command(plans)


def main() -> None:
    """Run a command. A refusal is one line on the standard error, and exit code 2."""
    _end_on_sigterm()
    try:
        code = app(exit_on_error=False, print_error=False)
    except CycloptsError as wrong:
        _refuse(" ".join(str(wrong).split()))
    except Exception as fault:
        from entrypoints.commands.refusals import line_of

        line = line_of(fault)
        if line is None:
            raise
        _refuse(line)
    sys.exit(code)


@app.command
def up(*, customers: Customers = _CUSTOMERS, virtual_clock: bool = False) -> None:
    """Start everything for development: demo world, sandbox, service, and how to begin.

    Parameters
    ----------
    customers
        How many customers the demo world has.
    virtual_clock
        Let `billing clock advance` move the billing clock ahead.
    """
    import logging

    from rich.console import Console

    from entrypoints.commands.development import settings_for_up
    from entrypoints.commands.up import up as start

    _log_to_standard_error("WARNING")
    # What this one warns of is shown as a note below the banner, by `show_panel`.
    logging.getLogger("adapters.stores.sql.sqlite_file").setLevel(logging.ERROR)
    chosen = {"BILLING_CLOCK": "virtual"} if virtual_clock else {}
    _run(start(settings_for_up({**os.environ, **chosen}), Console(), customers))


@app.command
def serve(*, worker: bool = True) -> None:
    """Serve the API as the environment configures it.

    Parameters
    ----------
    worker
        Do due work (renewals, expiries, retries) in this process, too.
    """
    from entrypoints.service import run_service
    from entrypoints.settings import load_settings

    _log_to_standard_error("INFO")
    _run(run_service(load_settings(os.environ), with_worker=worker))


@app.command
def worker() -> None:
    """Do due work, and nothing else."""
    from entrypoints.service import run_worker
    from entrypoints.settings import load_settings

    _log_to_standard_error("INFO")
    _run(run_worker(load_settings(os.environ)))


@app.command
def migrate() -> None:
    """Bring the store to this version's schema; an SQLite file is backed up first."""
    from entrypoints.commands.migrate import migrate_store
    from entrypoints.settings import load_settings

    _log_to_standard_error("ERROR")
    print(_run(migrate_store(load_settings(os.environ))))


@app.command
def demo(*, customers: Customers = _CUSTOMERS) -> None:
    """Build the demo world in the configured store, once. The service must not be running.

    Parameters
    ----------
    customers
        How many customers it has.
    """
    from entrypoints.commands.demo import demo as build
    from entrypoints.commands.show import demo_bar, show_world

    _log_to_standard_error("ERROR")
    with demo_bar() as progress:
        world, is_new = _run(build(_beside_up(), progress, customers))
    show_world(world, is_new=is_new)


@app.command
def token(
    *,
    subject: str | None = None,
    admin: bool = False,
    role: Role | None = None,
    ttl: int = _TTL_SECONDS,
) -> None:
    """Print a development token, for a user or for an admin.

    Parameters
    ----------
    subject
        The account whose user the token stands for; with --admin, the admin's name.
    admin
        Make an admin's token; say --role, too.
    role
        What the admin may do.
    ttl
        For how many seconds the token counts.
    """
    if ttl < 1:
        _refuse("--ttl must be at least 1 second")
    if admin != (role is not None) or not (admin or subject):
        _refuse("give --subject ID for a user's token, or --admin --role ROLE for an admin's")

    from entrypoints.commands.token import SUBJECT, admin_token, user_token

    if role is not None:
        print(admin_token(_beside_up(), subject or SUBJECT, role, ttl))
    elif subject is not None:
        print(user_token(_beside_up(), subject, ttl))


@keys.command(name="create")
def create_key(
    *,
    name: str,
    scopes: str = "",
    role: Role | None = None,
    spend_max: int | None = None,
    spend_max_per_day: int | None = None,
    key: AdminKey = None,
) -> None:
    """Make an API key and print it, this once, on the last line.

    Parameters
    ----------
    name
        What the key is for.
    scopes
        What the product's backend may do with it, comma-separated: credits:read,credits:spend.
    role
        Instead of scopes: an admin's role.
    spend_max
        The most that one spend may take.
    spend_max_per_day
        The most that one account may spend in a UTC day.
    """
    from entrypoints.commands.keys import KeyWanted, create, scopes_named

    _log_to_standard_error("ERROR")
    wanted = KeyWanted(
        name=name,
        scopes=scopes_named(scopes),
        role=role,
        spend_max=spend_max,
        spend_max_per_day=spend_max_per_day,
    )
    print(_run(create(_beside_up(), key, wanted)))


@keys.command(name="list")
def list_keys(*, key: AdminKey = None) -> None:
    """List all API keys, newest first, revoked ones included."""
    from entrypoints.commands.keys import every
    from entrypoints.commands.show import show_keys

    _log_to_standard_error("ERROR")
    show_keys(_run(every(_beside_up(), key)))


@keys.command(name="revoke")
def revoke_key(id: str, /, *, key: AdminKey = None) -> None:
    """End an API key, for good.

    Parameters
    ----------
    id
        The key's id, as `billing keys list` shows it.
    """
    from entrypoints.commands.keys import revoke

    _log_to_standard_error("ERROR")
    _run(revoke(_beside_up(), key, id))
    print(f"revoked {id}")


@app.command
def verify(*, key: AdminKey = None) -> int:
    """Prove the whole ledger: every sum, lot and hash chain; and the counters of promotions.

    Exit code 1 if one is wrong.
    """
    from entrypoints.commands.show import show_verified, verify_status
    from entrypoints.commands.verify import verify as prove

    _log_to_standard_error("ERROR")
    with verify_status() as progress:
        found = _run(prove(_beside_up(), key, progress, time.monotonic))
    show_verified(found)
    return 0 if found.is_clean else _BROKEN


@app.command(name="copy")
def copy_store(
    *,
    source: Annotated[str, Parameter(name="--from")],
    target: Annotated[str, Parameter(name="--to")],
) -> int:
    """Copy a whole store into another database, compare both sides, and prove the copy's ledger.

    No service may hold the source. The target has this version's schema and no rows: run
    `billing migrate` on it first. Exit code 1 if the copy's ledger is broken.

    Parameters
    ----------
    source
        The store to copy, as in BILLING_DATABASE_URL.
    target
        The store to copy to.
    """
    from entrypoints.commands.copy_store import copy_store as copy_all
    from entrypoints.commands.show import copy_bar, show_copied

    _log_to_standard_error("ERROR")
    with copy_bar() as progress:
        copied = _run(copy_all(_beside_up(), source, target, progress))
    show_copied(copied)
    return _BROKEN if copied.breaches else 0


@app.command
def reconcile(
    *,
    channel: str | None = None,
    since: str | None = None,
    apply: bool = False,
    watch: bool = False,
    key: AdminKey = None,
) -> int:
    """Compare with the payment providers. Exit code 1 if something is left to be mended.

    Parameters
    ----------
    channel
        The provider to compare with; all of them, if left out.
    since
        From when on: a day (2026-11-01), or so long ago (4d, 12h); a week, if left out.
    apply
        Mend what differs; without it nothing is changed.
    watch
        Compare and mend every few seconds, in place of webhooks that cannot reach a laptop.
    """
    from entrypoints.commands.reconcile import Wanted, since_named
    from entrypoints.commands.reconcile import reconcile as compare
    from entrypoints.commands.reconcile import watch as keep_comparing
    from entrypoints.commands.show import show_differences

    _log_to_standard_error("ERROR")
    settings = _beside_up()
    wanted = Wanted(
        channel=channel,
        since=None if since is None else since_named(since, settings),
        is_to_be_applied=apply,
    )
    if watch:
        print("Comparing every few seconds. Ctrl-C ends it.", flush=True)
        _run(keep_comparing(settings, key, wanted, show_differences))
        return 0
    found = _run(compare(settings, key, wanted))
    show_differences(found)
    return 0 if found.is_clean else _BROKEN


@app.command
def doctor(*, key: AdminKey = None) -> int:
    """Look whether everything is in place, and say what to do. Exit code 1 if it is not."""
    from entrypoints.commands.doctor import examine
    from entrypoints.commands.show import show_checks

    _log_to_standard_error("ERROR")
    checks = _run(examine(_beside_up, key))
    show_checks(checks)
    return 0 if all(each.is_fine for each in checks) else _BROKEN


@app.command
def settings() -> None:
    """Show every environment variable that configures the service."""
    from entrypoints.commands.show import show_variables

    show_variables()
