"""Long work in shares, each done by a process of its own: the machine has more than one core."""

import asyncio
import multiprocessing
import random
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

from attrs import frozen

from tests.providers.converging import Converged, converged
from tests.providers.goods import HASTY
from tests.providers.orders_of_events import STORIES, a_told_story, sequences
from tests.providers.stores import on_postgres, on_sqlite
from tests.support.postgres import Server

PROCESSES = 2

T = TypeVar("T")
S = TypeVar("S")


@frozen(kw_only=True)
class HistoriesShare:
    """Histories at one provider, on a file in a folder or on a server."""

    provider: str
    seeds: Sequence[int]
    folder: Path | None = None
    server: Server | None = None

    def __str__(self) -> str:
        store = "SQLite" if self.server is None else self.server.name
        return f"{self.provider} on {store}, seeds {self.seeds[0]} to {self.seeds[-1]}"


@frozen(kw_only=True)
class OrdersShare:
    """A story at one provider, in so many orders of its events."""

    provider: str
    story: str
    seed: int
    at_most: int

    def __str__(self) -> str:
        return f"{self.provider}: {self.story}"


@frozen(kw_only=True)
class OrdersTold:
    """How many orders of how many events were told, and those that ended otherwise."""

    orders: int
    events: int
    wrong: Sequence[Sequence[str]]

    def __str__(self) -> str:
        return f"{self.orders} orders of {self.events} events, {len(self.wrong)} of them wrong"


def live_histories(share: HistoriesShare) -> Converged:
    """Run a share of histories."""
    return asyncio.run(_live_histories(share))


async def _live_histories(share: HistoriesShare) -> Converged:
    async with AsyncExitStack() as opening:
        if share.server is not None:
            name = f"histories_{share.provider}_{share.seeds[0]}"
            store = await opening.enter_async_context(on_postgres(share.server, name))
        else:
            assert share.folder is not None
            store = await opening.enter_async_context(on_sqlite(share.folder, set()))
        return await converged(HASTY[share.provider], store, share.seeds)


def tell_orders(share: OrdersShare) -> OrdersTold:
    """Tell a share of orders."""
    return asyncio.run(_tell_orders(share))


async def _tell_orders(share: OrdersShare) -> OrdersTold:
    wrong: list[Sequence[str]] = []
    orders = 0
    async with a_told_story(HASTY[share.provider], STORIES[share.story]) as told:
        expected = await told.ending(told.news)
        assert expected.differences == []
        for sequence in sequences(told.news, random.Random(share.seed), share.at_most):
            orders += 1
            if await told.ending(sequence) != expected:
                wrong.append([each.type for each in sequence])
    return OrdersTold(orders=orders, events=len(told.news), wrong=wrong)


async def all_done(work: Callable[[S], T], shares: Sequence[S]) -> Sequence[tuple[S, T]]:
    """Do all shares, as many at once as there are processes; return each with what came of it."""
    loop = asyncio.get_running_loop()
    # A process that is forked would share the event loop and every connection of this one.
    anew = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=anew) as processes:
        waiting: Sequence[Awaitable[T]] = [
            loop.run_in_executor(processes, work, share) for share in shares
        ]
        return list(zip(shares, await asyncio.gather(*waiting), strict=True))
