"""How a command reaches the store: it opens it, or asks the running service that holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from application.ports.store import StoreInUse
from domain.access.role import Role
from entrypoints.commands.refusals import CommandRefused
from entrypoints.commands.remote import RunningService
from entrypoints.commands.token import SUBJECT, development_tokens
from entrypoints.container import Container
from entrypoints.settings import Mode, Settings, StoreKind
from entrypoints.virtual_time import recall_clock

_TOKEN_SECONDS = 900


@asynccontextmanager
async def reached(
    settings: Settings, admin_key: str | None
) -> AsyncIterator[Container | RunningService]:
    """Open the store in a container; where a running service holds it, give that service instead.

    Raises CommandRefused, SchemaMismatch.
    """
    container = Container(settings=settings)
    async with AsyncExitStack() as stack:
        is_held = settings.store_kind is StoreKind.MEMORY
        if not is_held:
            try:
                await stack.enter_async_context(container.store())
                await recall_clock(container)
            except StoreInUse:
                is_held = True
        yield running_service(settings, admin_key) if is_held else container


def running_service(settings: Settings, admin_key: str | None) -> RunningService:
    """Return the running service, with what makes us its owner. Raises CommandRefused."""
    return RunningService(url=settings.self_url, credential=admin_key or _owner_token(settings))


def _owner_token(settings: Settings) -> str:
    login = settings.login
    is_possible = (
        login is not None and login.secret is not None and login.admin_audience is not None
    )
    if settings.mode is not Mode.TEST or not is_possible:
        raise CommandRefused(
            "the running service holds the store: set BILLING_ADMIN_KEY to an API key with the "
            "role owner, or stop the service"
        )
    return development_tokens(settings).admin(SUBJECT, Role.OWNER, _TOKEN_SECONDS)
