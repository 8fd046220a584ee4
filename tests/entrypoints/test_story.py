"""The story of the documentation, told to every store: one variable is all that differs."""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.command_line import BILLING, billing_up, run
from tests.support.event_schemas import checked
from tests.support.postgres import Server, given_server, installations

STORY = Path(__file__).parents[2] / "docs" / "story.sh"
STORY_OF_A_YEAR = STORY.with_name("story-of-a-year.sh")

_YEAR_SECONDS = 150.0

OpenDatabase = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def in_memory(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    yield "memory://"


@asynccontextmanager
async def on_file(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    databases: set[str] = request.getfixturevalue("databases")
    databases.add(f"SQLite {sqlite3.sqlite_version}")
    yield "sqlite:///story.db"


def on_server(place: int) -> OpenDatabase:
    @asynccontextmanager
    async def opened(request: pytest.FixtureRequest) -> AsyncIterator[str]:
        servers: list[Server] = request.getfixturevalue("postgres_servers")
        dsn = await servers[place].create_database("story")
        try:
            yield dsn
        finally:
            await servers[place].drop_database("story")

    return opened


def server_names() -> list[str]:
    if given_server() is not None:
        return ["postgres"]
    return [f"postgres-{found.major}" for found in installations()]


DATABASES: dict[str, OpenDatabase] = {
    "memory": in_memory,
    "sqlite": on_file,
    **{name: on_server(place) for place, name in enumerate(server_names())},
}


@pytest.mark.parametrize("open_database", DATABASES.values(), ids=DATABASES.keys())
async def test_the_story_holds_on_every_store(
    open_database: OpenDatabase, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with open_database(request) as url:
        store = {"BILLING_DATABASE_URL": url}
        async with billing_up(tmp_path, variables=store) as up:
            told = await run(
                str(STORY),
                folder=tmp_path,
                variables={**store, "BILLING_URL": up.url, "BILLING": str(BILLING)},
            )
            asked = ("token", "--admin", "--role", "owner")
            minted = await run(str(BILLING), *asked, folder=tmp_path, variables=store)
            types = await types_told(up.url, minted.out[-1])

    assert told.code == 0, told.err
    assert "The ledger is whole: every sum, every lot and every chain holds." in told.out
    assert told.out[-1].endswith("All of it held.\x1b[0m")
    assert os.access(STORY, os.X_OK)
    assert types >= {
        "order.created",
        "order.paid",
        "subscription.started",
        "checkin.completed",
        "credits.granted",
    }


@pytest.mark.timeout(180)
@pytest.mark.parametrize("open_database", DATABASES.values(), ids=DATABASES.keys())
async def test_the_story_of_a_year_holds_on_every_store(
    open_database: OpenDatabase, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with open_database(request) as url:
        store = {"BILLING_DATABASE_URL": url, "BILLING_CLOCK": "virtual"}
        async with billing_up(tmp_path, variables=store) as up:
            told = await run(
                str(STORY_OF_A_YEAR),
                folder=tmp_path,
                variables={**store, "BILLING_URL": up.url, "BILLING": str(BILLING)},
                seconds_max=_YEAR_SECONDS,
            )

    assert told.code == 0, told.err
    assert "The ledger is whole: every sum, every lot and every chain holds." in told.out
    assert told.out[-1].endswith("A year and a month, and all of it held.\x1b[0m")
    assert os.access(STORY_OF_A_YEAR, os.X_OK)


async def types_told(url: str, owner: str) -> set[str]:
    """Return what the product was told of, once every event has been held against its schema."""
    types, after = set[str](), ""
    headers = {"Authorization": f"Bearer {owner}"}
    async with ClientSession(url, headers=headers, raise_for_status=True) as session:
        while True:
            async with session.get(f"/admin/events?limit=100{after}") as answer:
                page = await answer.json()
            for event in page["data"]:
                async with session.get(f"/admin/events/{event['id']}") as answer:
                    whole = (await answer.json())["data"]
                types.add(checked(whole["payload"])["type"])
            if page["meta"]["next"] is None:
                return types
            after = f"&after={page['meta']['next']}"
