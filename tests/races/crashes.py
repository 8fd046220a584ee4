"""Crashes under load: whatever was acknowledged is there once, and nothing is half done."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Protocol

from attrs import define, field

from tests.races.loads import Load, Tally
from tests.races.world import Violations, World
from tests.support.processes import ServiceProcess

READY_SECONDS_MAX = 2.0

# So long the others are asked while one of them is down.
_BESIDE_SECONDS = 0.2


class Victim(Protocol):
    """Something that crashes. What is asked of it while it is down is nobody's loss."""

    async def crash(self, random: Random) -> None:
        """Let it crash."""
        ...

    async def recover(self) -> Violations:
        """Look at what it has left, bring it back, and say what is wrong."""
        ...

    @property
    def ready_after(self) -> Sequence[float]:
        """How long each recovery took."""
        ...

    @property
    def ready_seconds_max(self) -> float:
        """How long a recovery may take in the middle of all of them."""
        return READY_SECONDS_MAX

    @property
    def has_others_beside(self) -> bool:
        """Say whether requests are still answered while it is down."""
        ...


@define(kw_only=True)
class Crashes:
    """What a series of crashes showed."""

    seed: int
    crashes: int = 0
    tally: Tally = field(factory=Tally)
    ready_after: list[float] = field(factory=list)
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.crashes} crashes, {self.tally}; ready again after "
            f"{median(self.ready_after):.2f} s (longest {max(self.ready_after):.2f} s); "
            f"{len(self.violations)} violations"
        )


async def crash_again_and_again(
    world: World, victim: Victim, *, crashes: int, seed: int
) -> Crashes:
    """Put load on the services, let something crash at a random moment, prove, and so on.

    Stops early at a violation: what follows would be its consequence.
    """
    random = Random(seed)
    load = Load(world=world, random=random)
    found = Crashes(seed=seed, tally=load.tally)
    await load.fund()
    try:
        while found.crashes < crashes and not found.violations:
            await _crash(victim, load, found)
    finally:
        await load.abandon()
    found.ready_after = list(victim.ready_after)
    # One slow start says little; if half of them are slow, starting is slow.
    if median(found.ready_after) >= victim.ready_seconds_max:
        found.violations.append(f"ready only after {median(found.ready_after):.2f} s, or later")
    return found


async def _crash(victim: Victim, load: Load, found: Crashes) -> None:
    load.begin()
    await asyncio.sleep(load.random.uniform(0.03, 0.3))
    await victim.crash(load.random)
    found.crashes += 1
    if victim.has_others_beside:
        await asyncio.sleep(_BESIDE_SECONDS)
    await load.end()
    found.violations += await victim.recover()
    found.violations += await load.settle()


@define(kw_only=True)
class ServiceOnFile(Victim):
    """The one service that has an SQLite file, which is checked as the crash has left it."""

    service: ServiceProcess
    has_others_beside: bool = False
    ready_after: list[float] = field(factory=list)

    async def crash(self, random: Random) -> None:
        await self.service.kill()

    async def recover(self) -> Violations:
        broken = await asyncio.to_thread(broken_pages, self.service.folder / "billing.db")
        await self.service.start()
        self.ready_after.append(self.service.ready_after[-1])
        return broken


@define(kw_only=True)
class OneOfServices(Victim):
    """One of several services on a database, while the others go on."""

    services: Sequence[ServiceProcess]
    has_others_beside: bool = True
    ready_after: list[float] = field(factory=list)

    async def crash(self, random: Random) -> None:
        await random.choice(self.services).kill()

    async def recover(self) -> Violations:
        for service in self.services:
            if not service.is_running:
                await service.start()
                self.ready_after.append(service.ready_after[-1])
        return []


async def crash_service_on_sqlite(world: World, *, crashes: int, seed: int) -> Crashes:
    """Kill the one service that has the file, again and again."""
    (service,) = world.services
    victim = ServiceOnFile(service=service)
    return await crash_again_and_again(world, victim, crashes=crashes, seed=seed)


async def crash_services_on_postgres(world: World, *, crashes: int, seed: int) -> Crashes:
    """Kill one of several services, again and again."""
    victim = OneOfServices(services=world.services)
    return await crash_again_and_again(world, victim, crashes=crashes, seed=seed)


def broken_pages(file: Path) -> Violations:
    """Check a file that nobody has open. A copy is opened: recovery is the service's own affair."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        for suffix in ("", "-wal"):
            part = Path(f"{file}{suffix}")
            if part.exists():
                shutil.copy(part, f"{copy}{suffix}")
        connection = sqlite3.connect(copy)
        try:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        finally:
            connection.close()
    return [] if said == ["ok"] else [f"the file is broken: {line}" for line in said]
