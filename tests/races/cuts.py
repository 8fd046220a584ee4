"""A database link that is cut again and again: unknown at worst, and a repeat has one effect."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlsplit

from attrs import define, field

from adapters.stores.sql.postgres import migrate_postgres
from tests.races.loads import Load, Tally
from tests.races.world import Violations, World, a_world
from tests.support.load import Request, Unanswered, Unreached
from tests.support.processes import SERVE, ServiceProcess, queued_seconds
from tests.support.tcp_proxy import Fault, Proxy, a_proxy

HEALTHY_SECONDS_MAX = 1.0

_CALLERS = 24
_ROUND_SECONDS = 1.5
_OUTAGE_SECONDS = (0.1, 0.5)
_GIVE_UP_SECONDS = 20.0
_WEIGHTS: Mapping[Fault, int] = {
    Fault.NONE: 140,
    Fault.CUT_BEFORE: 12,
    Fault.CUT_AFTER: 12,
    Fault.CUT_INSIDE: 4,
    Fault.DELAY: 8,
    Fault.SLICE: 4,
}


@define(kw_only=True)
class Cuts:
    """What a series of cuts showed."""

    seed: int
    cuts: int = 0
    outages: int = 0
    tally: Tally = field(factory=Tally)
    healthy_after: list[float] = field(factory=list)
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.cuts} transactions cut, {self.outages} outages, "
            f"{self.tally}; healthy again after {median(self.healthy_after):.2f} s (longest "
            f"{max(self.healthy_after):.2f} s); "
            f"{len(self.violations)} violations"
        )


@asynccontextmanager
async def a_world_behind_a_proxy(
    dsn: str, folder: Path, *, command: Sequence[str] = SERVE
) -> AsyncIterator[tuple[World, Proxy]]:
    """Run two services whose way to an empty PostgreSQL database leads through a proxy."""
    await migrate_postgres(dsn)
    async with (
        a_way_through_a_proxy(dsn) as (url, proxy),
        a_world([url, url], folder, command=command) as world,
    ):
        yield world, proxy


@asynccontextmanager
async def a_way_through_a_proxy(dsn: str) -> AsyncIterator[tuple[str, Proxy]]:
    """Give another address of a database, which leads through a proxy."""
    parts = urlsplit(dsn)
    assert parts.hostname is not None
    async with a_proxy(parts.hostname, parts.port or 5432) as proxy:
        user = parts.netloc.rpartition("@")[0]
        yield parts._replace(netloc=f"{user}@127.0.0.1:{proxy.port}").geturl(), proxy


async def cut_again_and_again(world: World, proxy: Proxy, *, cuts: int, seed: int) -> Cuts:
    """Let lines fail under load, then all at once for a while; then prove, and so on."""
    random = Random(seed)
    load = Load(world=world, random=random)
    found = Cuts(seed=seed, tally=load.tally)
    await load.fund()
    before = proxy.cuts
    try:
        while found.cuts < cuts and not found.violations:
            await _round(load, proxy, found)
            found.cuts = proxy.cuts - before
    finally:
        await load.abandon()
    # One slow time says little on a busy machine; if half of them are slow, healing is slow.
    if median(found.healthy_after) >= HEALTHY_SECONDS_MAX:
        found.violations.append(f"healthy only after {median(found.healthy_after):.2f} s, or later")
    return found


async def _round(load: Load, proxy: Proxy, found: Cuts) -> None:
    random = load.random
    proxy.plan = lambda: random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    load.begin(_CALLERS)
    await asyncio.sleep(_ROUND_SECONDS)
    proxy.plan = lambda: Fault.NONE
    healthy_after = await _outage(load, proxy, random.uniform(*_OUTAGE_SECONDS))
    await load.end()
    found.outages += 1
    found.healthy_after.append(healthy_after)
    found.violations += await load.settle()


async def _outage(load: Load, proxy: Proxy, seconds: float) -> float:
    """Cut every line and let no new one through for a while; return how long healing took."""
    proxy.is_refusing = True
    proxy.cut_everything()
    await asyncio.sleep(seconds)
    proxy.is_refusing = False
    services = load.world.services
    return max(await asyncio.gather(*(_healthy_after(load, service) for service in services)))


async def _healthy_after(load: Load, service: ServiceProcess) -> float:
    """Return how long a service takes to heal, without the time it only waits for a processor."""
    started = time.monotonic() - service.queued_seconds - queued_seconds(os.getpid())
    await _until_healthy(load, service.url)
    return time.monotonic() - service.queued_seconds - queued_seconds(os.getpid()) - started


async def _until_healthy(load: Load, url: str) -> None:
    """Wait until a service says that it is ready, and spends."""
    world = load.world
    ready = Request(method="GET", path="/readyz")
    async with asyncio.timeout(_GIVE_UP_SECONDS):
        request = world.spending(load.spenders[0], 1)
        while True:
            try:
                reply = await world.client.send(url, request)
                is_ready = (await world.client.send(url, ready)).is_done
            except (Unreached, Unanswered):
                continue
            if reply.is_done and is_ready:
                load.balances[load.spenders[0]] -= 1
                return
