"""A busy process and a quiet one on the same accounts: the quiet one is served all the same.

The way of the quiet one to the database is slow, so that whatever it has read is old when it is
written: without a turn of its own it would never be in time.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from attrs import define, field

from adapters.stores.sql.postgres import migrate_postgres
from tests.races.cuts import a_way_through_a_proxy
from tests.races.world import Violations, World, a_world, an_account
from tests.support.load import Reply
from tests.support.processes import SERVE
from tests.support.tcp_proxy import Fault

WAIT_SECONDS_MAX = 3.0
"""How long the quiet process may have to wait for one spend, with everything in order."""

_BUSY_CALLERS = 48
_SLOW_SECONDS = 0.02
_FUNDS = 1_000_000
_PAUSE_SECONDS = 0.02
_END_SOME = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < 0.5
"""


@define(kw_only=True)
class Crowd:
    """What the quiet process had to wait for, while the busy one did so much."""

    busy_spends: int = 0
    quiet_waits: list[float] = field(factory=list)
    ended_lines: int = 0
    violations: Violations = field(factory=list)

    def __str__(self) -> str:
        return (
            f"{self.busy_spends} spends in the busy process and {len(self.quiet_waits)} in the "
            f"quiet one, which waited at most {max(self.quiet_waits):.2f} s; {self.ended_lines} "
            f"connections ended; {len(self.violations)} violations"
        )


@asynccontextmanager
async def a_crowded_world(
    dsn: str, folder: Path, *, command: Sequence[str] = SERVE
) -> AsyncIterator[World]:
    """Run a service with a quick way to an empty PostgreSQL database, and one with a slow way."""
    await migrate_postgres(dsn)
    async with a_way_through_a_proxy(dsn) as (url, proxy):
        proxy.delay_seconds = _SLOW_SECONDS
        proxy.plan = lambda: Fault.DELAY
        async with a_world([dsn, url], folder, command=command) as world:
            yield world


@define(kw_only=True)
class _Crowding:
    world: World
    found: Crowd
    account_id: str
    spent: int = 0
    is_over: bool = False

    async def busy(self) -> None:
        """Spend in one process, as fast as it answers."""
        while not self.is_over:
            await self._spend(self.world.urls[0])
            self.found.busy_spends += 1

    async def quiet(self) -> None:
        """Spend in the other, one at a time, with pauses."""
        while not self.is_over:
            started = time.monotonic()
            await self._spend(self.world.urls[1])
            self.found.quiet_waits.append(time.monotonic() - started)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _spend(self, url: str) -> None:
        request = self.world.spending(self.account_id, 1)
        # A connection that was ended makes an outcome unknown; the same key tells what it was.
        reply: Reply = await self.world.client.send_at_last(url, request)
        if reply.is_done:
            self.spent += 1
        else:
            self.found.violations.append(f"a spend was answered {reply.status} {reply.body}")


async def crowd(
    world: World, *, seconds: float, wait_seconds_max: float, ended_dsn: str | None = None
) -> Crowd:
    """Let both spend from one account; end half of a database's connections now and then."""
    account_id = an_account("crowded")
    await world.give(account_id, _FUNDS)
    found = Crowd()
    crowding = _Crowding(world=world, found=found, account_id=account_id)
    callers = [asyncio.create_task(crowding.busy()) for _ in range(_BUSY_CALLERS)]
    callers.append(asyncio.create_task(crowding.quiet()))
    if ended_dsn is None:
        await asyncio.sleep(seconds)
    else:
        found.ended_lines = await _end_lines(ended_dsn, seconds)
    crowding.is_over = True
    await asyncio.gather(*callers)
    found.violations += await world.wrong_balance(account_id, _FUNDS - crowding.spent)
    found.violations += await world.broken_rules()
    if max(found.quiet_waits) > wait_seconds_max:
        found.violations.append(f"the quiet process waited {max(found.quiet_waits):.2f} s")
    return found


async def _end_lines(dsn: str, seconds: float) -> int:
    connection = await asyncpg.connect(dsn, timeout=10)
    ended = 0
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(0.3)
            ended += len(await connection.fetch(_END_SOME, timeout=10))
    finally:
        await connection.close(timeout=10)
    return ended
