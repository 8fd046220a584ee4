"""`billing demo`: the demo world in the configured store, while no service uses it."""

from __future__ import annotations

from application.ports.store import StoreInUse
from entrypoints.adapter_table import migrate
from entrypoints.commands.refusals import CommandRefused
from entrypoints.container import Container
from entrypoints.demo.assembly import build_demo
from entrypoints.demo.records import WorldFinished
from entrypoints.demo.world import Progress
from entrypoints.settings import Settings, StoreKind
from entrypoints.virtual_time import recall_clock


async def demo(
    settings: Settings, progress: Progress, customers: int
) -> tuple[WorldFinished, bool]:
    """Build the demo world, unless it is there already; say which, and whether it is new.

    A service that runs lives by the real time, and would renew and expire what the demo world is
    only just living through: so this is done before it starts. Raises CommandRefused.
    """
    if settings.store_kind is StoreKind.MEMORY:
        raise CommandRefused(
            "memory:// lives inside the service: `billing up` builds the demo world there itself"
        )
    try:
        await migrate(settings)
        container = Container(settings=settings)
        async with container.store() as store:
            await recall_clock(container)
            today = container.clock()().date()
            return await build_demo(settings, store, today, progress, customers)
    except StoreInUse as held:
        raise CommandRefused(
            f"{held.path} is held by the running service: stop it, build the demo world, start it"
        ) from held
