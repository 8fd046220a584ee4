"""A database that falls silent: every route says so as 503, and never as a fault of its own."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from aiohttp import ClientPayloadError
from structlog.testing import capture_logs

from adapters.stores.sql.postgres import migrate_postgres
from application.ports.credits import OutcomeUnknown
from entrypoints.http.endpoint import Endpoint, Idempotency
from tests.adapters.sql.relay import relayed
from tests.entrypoints.good_requests import World, a_world, name_of
from tests.races.seeds import seed_of_commit
from tests.support.app import a_service
from tests.support.callers import Answer

_AT_ONCE = 4
_ROUNDS = 2
_END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_END_SOME = f"{_END_ALL} AND random() < 0.3"
# A comparison answers for each channel; the clock is our own, and the first page reads nothing.
_ANSWERS_ALL_THE_SAME = {"GET /", "POST /admin/reconcile", "GET /admin/clock"}
# A token is minted without the store, and a batch answers for each of its items, if the key was
# looked up a moment ago.
_MAY_ANSWER = {"POST /sessions", "POST /credits/spend/batch"}
# Begun before the last of it was read: what they can say then is only that they are not whole.
_STREAMED = {"/admin/accounts/{id}/export", "/admin/billing/coupons/{id}/codes.csv"}


@asynccontextmanager
async def a_world_at(dsn: str) -> AsyncIterator[World]:
    """Serve every route with something to answer from a database."""
    # Kept aside: a terminal's tracebacks take seconds each.
    with capture_logs():
        async with a_service(settings={"BILLING_DATABASE_URL": dsn}) as service:
            yield await a_world(service)


def a_key(endpoint: Endpoint, number: int) -> str | None:
    return None if endpoint.idempotency is Idempotency.NONE else f"{endpoint.path}-{number}"


def says_so(answer: Answer) -> bool:
    """Say whether an answer is the documented one of a store that does not answer."""
    return answer.status == 503 and (answer.code, answer.headers.get("Retry-After")) == (
        "store_unavailable",
        "1",
    )


async def test_every_route_says_that_its_database_is_gone_and_works_when_it_is_back(
    postgres_dsn: str,
) -> None:
    await migrate_postgres(postgres_dsn)
    async with relayed(postgres_dsn) as (address, relay), a_world_at(address) as world:
        endpoints = world.service.endpoints
        relay.is_refusing = True
        await _run(postgres_dsn, _END_ALL)
        gone = {name_of(e): await world.call(e, key=a_key(e, 1)) for e in endpoints}
        relay.is_refusing = False
        back = {name_of(e): await world.call(e, key=a_key(e, 1)) for e in endpoints}

    others = {name: each for name, each in gone.items() if not says_so(each)}
    assert set(others) - _MAY_ANSWER == _ANSWERS_ALL_THE_SAME, {
        name: each.body for name, each in others.items()
    }
    [unread] = others["POST /admin/reconcile"].data["drift"]
    assert unread["problem"] == OutcomeUnknown.__name__
    assert {name: answer.body for name, answer in back.items() if answer.status >= 400} == {}


async def test_whatever_is_asked_while_connections_are_killed_is_done_or_said_to_be_unknown(
    postgres_dsn: str,
) -> None:
    await migrate_postgres(postgres_dsn)
    chance = random.Random(seed_of_commit())
    async with a_world_at(postgres_dsn) as world:
        calls = [
            (endpoint, a_key(endpoint, number))
            for endpoint in world.service.endpoints
            for number in range(_AT_ONCE)
        ] * _ROUNDS
        chance.shuffle(calls)
        killing = asyncio.create_task(_kill(postgres_dsn, chance))
        answers = [
            await asyncio.gather(
                *(_asked(world, endpoint, key) for endpoint, key in calls[start : start + 16])
            )
            for start in range(0, len(calls), 16)
        ]
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)

    found = Counter(
        "silent"
        if each is None or says_so(each)
        else "fine"
        if each.status < 500
        else str(each.body)
        for some in answers
        for each in some
    )
    assert set(found) == {"fine", "silent"}, found


async def test_the_same_asked_many_times_at_once_is_done_or_refused(postgres_dsn: str) -> None:
    await migrate_postgres(postgres_dsn)
    async with a_world_at(postgres_dsn) as world:
        for endpoint in world.service.endpoints:
            keys = [a_key(endpoint, number) for number in (1, 1, 1, 2, 3)]
            answers = await asyncio.gather(*(world.call(endpoint, key=key) for key in keys))

            assert [e.body for e in answers if e.status >= 500] == [], name_of(endpoint)


async def _asked(world: World, endpoint: Endpoint, key: str | None) -> Answer | None:
    """Ask, and return the answer; None for one that is streamed, and cut off for want of more."""
    try:
        return await world.call(endpoint, key=key)
    except ClientPayloadError:
        assert endpoint.path in _STREAMED, endpoint
        return None


async def _kill(dsn: str, chance: random.Random) -> None:
    """End some connections again and again."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        while True:
            await asyncio.sleep(chance.uniform(0.0, 0.05))
            await connection.execute(_END_SOME, timeout=10)
    finally:
        await connection.close(timeout=10)


async def _run(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(statement, timeout=10)
    finally:
        await connection.close(timeout=10)
