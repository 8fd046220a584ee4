"""Ten thousand events wait while their service is killed again and again: all of them arrive.

`BILLING_PENDING_EVENTS` lets fewer wait, or more.
"""

import asyncio
import os
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import Factory, define
from standardwebhooks import Webhook

from adapters.stores.sql.postgres import open_postgres
from adapters.stores.sql.sqlite import open_sqlite
from adapters.system import new_id, system_clock
from application.ports.store import Store
from domain.events.outgoing_event import OutgoingEvent
from tests.prove.conftest import Say
from tests.races.conftest import a_database
from tests.races.seeds import seed_of_commit
from tests.races.test_events_out import own
from tests.races.world import World, a_world_on_postgres, a_world_on_sqlite
from tests.support.builders.events import an_event
from tests.support.postgres import Server
from tests.support.processes import ServiceProcess

PENDING = int(os.environ.get("BILLING_PENDING_EVENTS", "10000"))
KILLS = 6
_AT_ONCE = 500
_ARRIVE_SECONDS_MAX = 600.0
_START_SECONDS_MAX = 120.0
_WRONGLY = 0.01


@define
class CountingReceiver:
    """Believes what is signed, counts what it is told, and now and then answers wrongly."""

    random: Random
    secret: str = ""
    told: Counter[str] = Factory(Counter)
    bodies: dict[str, bytes] = Factory(dict)
    taken: set[str] = Factory(set)
    wrong: list[str] = Factory(list)

    async def take(self, request: web.Request) -> web.Response:
        """Take one attempt."""
        body = await request.read()
        said = Webhook(self.secret).verify(body, dict(request.headers))
        event_id = request.headers["webhook-id"]
        if said["id"] != event_id or self.bodies.setdefault(event_id, body) != body:
            self.wrong.append(f"{event_id} was told as {said['id']}, or in other words")
        self.told[event_id] += 1
        # Only once for an event: after a second failure it would wait for minutes.
        if self.told[event_id] == 1 and self.random.random() < _WRONGLY:
            return web.Response(status=500)
        self.taken.add(event_id)
        return web.Response(status=204)


@define(kw_only=True)
class Arrived:
    """What became of the events that waited."""

    pending: int
    kills: int
    attempts: int
    twice: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.pending:,} events and {self.kills} kills: all arrived within "
            f"{self.seconds:.0f} s, in {self.attempts:,} attempts; {self.twice} came more than once"
        )


@asynccontextmanager
async def _listening(receiver: CountingReceiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/events", receiver.take)
    async with TestServer(app) as server:
        yield str(server.make_url("/events"))


async def _raise_events(store: Store) -> Mapping[str, OutgoingEvent]:
    """Write down what is to be told, as use cases do, and send nothing."""
    events = [an_event(id=new_id(), at=system_clock()) for _ in range(PENDING)]
    for start in range(0, PENDING, _AT_ONCE):
        async with store.begin() as work:
            for event in events[start : start + _AT_ONCE]:
                await work.outbox.add(event)
            await work.commit()
    return {event.id: event for event in events}


async def _started(service: ServiceProcess) -> None:
    """Start a service, however long it takes where others have the processors."""
    try:
        await service.start()
    except TimeoutError:
        async with asyncio.timeout(_START_SECONDS_MAX):
            while not await service.is_ready():  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.2)


async def _kill_while_they_wait(world: World, store: Store, seed: int) -> Arrived:
    """Let events wait, kill their senders in a loop, and count what arrives."""
    random = Random(seed)
    receiver = CountingReceiver(random)
    async with _listening(receiver) as url:
        made = await own(world, "POST", "/admin/endpoints", {"url": url})
        receiver.secret = made["data"]["secret"]
        for service in world.services:
            await service.kill()
        async with store:
            events = await _raise_events(store)
        started = time.monotonic()
        for service in world.services:
            await _started(service)
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0.2, 1.5))
            victim = random.choice(list(world.services))
            await victim.kill()
            await _started(victim)
        async with asyncio.timeout(_ARRIVE_SECONDS_MAX):
            while len(receiver.taken) < PENDING:  # noqa: ASYNC110 - from outside
                await asyncio.sleep(0.1)
    assert receiver.taken == events.keys(), "nothing is missing, and nothing was made up"
    assert receiver.wrong == []
    return Arrived(
        pending=PENDING,
        kills=KILLS,
        attempts=receiver.told.total(),
        twice=sum(times > 1 for times in receiver.told.values()),
        seconds=time.monotonic() - started,
    )


async def test_events_that_wait_on_sqlite_all_arrive(
    folder: Path, databases: set[str], say: Say
) -> None:
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    async with a_world_on_sqlite(folder) as world:
        store = open_sqlite(str(folder / "billing.db"))
        say(await _kill_while_they_wait(world, store, seed_of_commit()))


async def test_events_that_wait_on_postgres_all_arrive(
    newest_server: Server, folder: Path, say: Say
) -> None:
    async with a_database(newest_server) as dsn, a_world_on_postgres(dsn, folder) as world:
        say(await _kill_while_they_wait(world, open_postgres(dsn), seed_of_commit()))
