"""Restarts under load: whoever is let in is served, whoever comes too late is refused at the door.

Every request has a connection of its own, so that a request is never sent into one that the service
has just closed for being idle: that cannot be told apart from a lost answer, on any server.
"""

import asyncio
from random import Random

from attrs import define, field

from tests.races.loads import Load, Tally
from tests.races.world import Violations, World
from tests.support.processes import ServiceProcess

_CALLERS = 16


@define(kw_only=True)
class Restarts:
    """What a series of restarts showed."""

    seed: int
    restarts: int = 0
    tally: Tally = field(factory=Tally)
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.restarts} restarts, {self.tally}; "
            f"{len(self.violations)} violations"
        )


async def restart_again_and_again(world: World, *, restarts: int, seed: int) -> Restarts:
    """Ask services under load to leave, one at a time, and start them again."""
    random = Random(seed)
    load = Load(world=world, random=random)
    found = Restarts(seed=seed, tally=load.tally)
    await load.fund()
    try:
        while found.restarts < restarts and not found.violations:
            await _restart(random.choice(list(world.services)), load, found)
    finally:
        await load.abandon()
    return found


async def _restart(service: ServiceProcess, load: Load, found: Restarts) -> None:
    load.begin(_CALLERS)
    await asyncio.sleep(load.random.uniform(0.1, 0.4))
    code = await service.stop()
    await load.end()
    found.restarts += 1
    if code != 0:
        found.violations.append(f"it left with exit code {code}: {service.said[-2000:]}")
    if load.tally.in_doubt:
        found.violations.append(f"{load.tally.in_doubt} requests were let in and not answered")
    if load.tally.unavailable:
        found.violations.append(f"{load.tally.unavailable} requests were answered 503")
    await service.start()
    found.violations += await load.settle()
