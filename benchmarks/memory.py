"""How much memory one process holds: idle, with all wallets remembered, after very many spends."""

from __future__ import annotations

import asyncio
import time

from attrs import evolve

from benchmarks.conversations import Talk
from benchmarks.databases import Postgres
from benchmarks.measured import Spread
from benchmarks.seeding import a_past
from benchmarks.services import a_service
from benchmarks.suite import Bench, Row

_IDLE = "P19 idle"
_GROWTH = "P19 growth"
_SETTLING_SECONDS = 3.0
_CONNECTIONS = 128
_STEP_ROUNDS = 10
_SLOWEST_RATE = 300


async def measure(bench: Bench, postgres: Postgres) -> list[Row]:
    """Measure what is wanted of this."""
    if not bench.wanted & {_IDLE, _GROWTH}:
        return []
    size = bench.size
    dsn = await postgres.seeded(bench, "remembered", a_past(accounts=size.accounts))
    async with a_service(dsn, bench.folder, bench.load) as service:
        await asyncio.sleep(_SETTLING_SECONDS)
        idle = service.resident_mib
        rows = [_row(_IDLE, "a service that was just started", idle, f"{idle:,.0f} MiB", "–")]
        if _GROWTH in bench.wanted:
            talk = Talk(kind="spend", port=0, among=size.everybody)
            warming = evolve(talk, is_each_once=True)
            bench.tell("warming the service: every account spends once")
            await service.ask(warming, _CONNECTIONS, size.warming_seconds)
            warm = service.resident_mib
            spent = 0
            # Bounded in time as well: nobody waits for ever for a machine that is busy.
            overdue = time.monotonic() + size.spends / _SLOWEST_RATE
            while spent < size.spends and time.monotonic() < overdue:
                step = await service.ask(talk, _CONNECTIONS, size.seconds * _STEP_ROUNDS)
                spent += step.count
                bench.tell(f"{spent:,} spends, {service.resident_mib:,.0f} MiB")
            after = service.resident_mib
            rows.append(
                _row(
                    _GROWTH,
                    f"the same after {spent:,} more spends of {size.accounts:,} accounts",
                    (after / warm - 1) * 100,
                    f"{after:,.0f} MiB",
                    f"{warm:,.0f} MiB once all are remembered",
                )
            )
    return rows


def _row(goal: str, ours: str, figure: float, shown: str, beside: str) -> Row:
    return Row(
        goal=goal,
        ours=ours,
        limit="none: memory by itself",
        figure=Spread(middle=figure, least=figure, most=figure),
        shown=shown,
        limit_shown=beside,
    )
