"""`billing up`: everything in one command, for development and for first evenings."""

from __future__ import annotations

import socket
from os import strerror

from rich.console import Console

from application.access.issue_api_key import IssueApiKey
from domain.access.audit import Actor
from domain.access.role import Role, Scope
from entrypoints.adapter_table import migrate, store_noted
from entrypoints.commands.development import keep_api_key, kept_api_key
from entrypoints.commands.panel import Access, show_panel
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.show import demo_bar
from entrypoints.commands.token import SUBJECT, admin_token, user_token
from entrypoints.container import Container
from entrypoints.demo.assembly import build_demo
from entrypoints.demo.lives import account_named
from entrypoints.service import run_service
from entrypoints.settings import Settings

_TOKEN_SECONDS = 24 * 3600


async def up(settings: Settings, console: Console, customers: int) -> None:
    """Migrate, build the demo world, serve, and show how to begin. Raises CommandRefused."""
    _check_port(settings)
    await migrate(settings)
    keys: list[str] = []

    async def prepare(container: Container) -> None:
        await _build(container, customers)
        keys.append(await _api_key(container))

    async def show() -> None:
        account_id = account_named(1)
        show_panel(
            console,
            settings,
            Access(
                account_id=account_id,
                user_token=user_token(settings, account_id, _TOKEN_SECONDS),
                owner_token=admin_token(settings, SUBJECT, Role.OWNER, _TOKEN_SECONDS),
                api_key=keys[0],
            ),
            store_noted(settings),
        )

    await run_service(settings, prepare=prepare, on_ready=show)


def _check_port(settings: Settings) -> None:
    """Find out now, rather than after the demo world was built, that the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as taken:
        raise CommandRefused(
            f"port {settings.port} on {settings.host} cannot be used "
            f"({strerror(taken.errno or 0)}): stop what runs there, or set BILLING_PORT to another"
        ) from taken


async def _build(container: Container, customers: int) -> None:
    today = container.clock()().date()
    with demo_bar() as progress:
        await build_demo(container.settings(), container.store(), today, progress, customers)


async def _api_key(container: Container) -> str:
    """Return the backend's key of an earlier start, or a new one where the store knows it not."""
    kept = kept_api_key()
    if kept is not None and await container.key_ring().find(kept) is not None:
        return kept
    issued = await container.issue_api_key()(
        IssueApiKey(
            name="billing up",
            scopes=frozenset(Scope),
            actor=Actor(id=SUBJECT),
        )
    )
    assert issued.secret is not None
    keep_api_key(issued.secret)
    return issued.secret
