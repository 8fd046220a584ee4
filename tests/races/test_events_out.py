"""kill -9 between commit and delivery: every event arrives, by one id, and no other one does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import Factory, define
from standardwebhooks import Webhook

from tests.races.conftest import a_database
from tests.races.seeds import FIXED
from tests.races.world import World, a_world_on_postgres, a_world_on_sqlite, an_account
from tests.support.event_schemas import checked
from tests.support.load import Request
from tests.support.postgres import Server

KILLS = 3
ACCOUNTS_A_ROUND = 25

# A claim of a service that was killed ends by itself, half a minute later.
_ARRIVE_SECONDS_MAX = 75.0
_BAD_EVERY = 10


@define
class Receiver:
    """The product's endpoint: believes what is signed, and is now and then of no use."""

    random: Random
    secret: str = ""
    got: list[dict[str, Any]] = Factory(list)
    taken: set[str] = Factory(set)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        Webhook(self.secret).verify(body, dict(request.headers))
        await asyncio.sleep(self.random.uniform(0, 0.02))
        said = checked(body.decode())
        is_new = said["id"] not in {each["id"] for each in self.got}
        self.got.append(said)
        if is_new and len(self.got) % _BAD_EVERY == 0:
            # It has it, and answers wrongly: so it comes again, seconds later, under the same id.
            return web.Response(status=500)
        self.taken.add(said["id"])
        return web.Response(status=204)


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/events", receiver.take)
    async with TestServer(app) as server:
        yield str(server.make_url("/events"))


async def own(world: World, method: str, path: str, body: object = None) -> Any:
    """Ask as the owner, until there is an answer."""
    request = Request(method=method, path=path, body=body, credential=world.owner)
    return (await world.client.send_at_last(world.urls[0], request)).body


async def raised(world: World) -> list[str]:
    """Return the ids of all events there are."""
    found: list[str] = []
    after = ""
    while True:
        page = await own(world, "GET", f"/admin/events?limit=100{after}")
        found += [event["id"] for event in page["data"]]
        if page["meta"]["next"] is None:
            return found
        after = f"&after={page['meta']['next']}"


async def kill_again_and_again(world: World, receiver: Receiver, random: Random) -> None:
    """Check accounts in while services are killed; then prove that all of it was told."""
    accounts: list[str] = []
    for _ in range(KILLS):
        fresh = [an_account() for _ in range(ACCOUNTS_A_ROUND)]
        accounts += fresh
        # What was not answered is asked for again below; until then it may have happened, or not.
        asked = asyncio.gather(
            *(world.send(world.checking_in(each)) for each in fresh), return_exceptions=True
        )
        await asyncio.sleep(random.uniform(0.05, 0.6))
        victim = random.choice(list(world.services))
        await victim.kill()
        await asked
        await victim.start()
    for each in accounts:
        await world.client.send_at_last(world.urls[0], world.checking_in(each))

    events = set(await raised(world))
    assert len(events) == 2 * len(accounts), "the check-in, and the credits it brought"
    async with asyncio.timeout(_ARRIVE_SECONDS_MAX):
        while not events <= receiver.taken:  # noqa: ASYNC110 - from outside
            await asyncio.sleep(0.2)

    assert {said["id"] for said in receiver.got} == events, "what was told, happened"
    told = {(said["id"], said["type"], said["account_id"]) for said in receiver.got}
    for kind in ("checkin.completed", "credits.granted"):
        of_type = Counter(account for _, each, account in told if each == kind)
        assert of_type == Counter(accounts), "once an account"
    assert len(receiver.got) > len(events), "what was answered wrongly came again"


async def run(world: World) -> None:
    random = Random(FIXED[0])
    receiver = Receiver(random)
    async with listening(receiver) as url:
        made = await own(world, "POST", "/admin/endpoints", {"url": url})
        receiver.secret = made["data"]["secret"]
        await kill_again_and_again(world, receiver, random)


@pytest.mark.timeout(180)
async def test_killing_the_service_that_has_the_file_loses_no_event(folder: Path) -> None:
    async with a_world_on_sqlite(folder) as world:
        await run(world)


@pytest.mark.timeout(180)
async def test_killing_services_on_postgres_loses_no_event(
    newest_server: Server, folder: Path
) -> None:
    async with a_database(newest_server) as dsn, a_world_on_postgres(dsn, folder) as world:
        await run(world)
