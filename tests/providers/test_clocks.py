"""The doctor compares our clock with each provider's, and with that of a database elsewhere."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.stores.memory.store import MemoryStore
from adapters.stores.sql.postgres import migrate_postgres, open_postgres
from adapters.system import system_clock
from entrypoints.commands.doctor import Check, check_clock, check_providers
from tests.providers.business import a_business
from tests.providers.goods import HASTY
from tests.races.conftest import a_database
from tests.support.clock import NOON, SettableClock
from tests.support.postgres import Server


def dated(clock: SettableClock, ahead: timedelta | None) -> Middleware:
    """Let the provider's clock be so far ahead of ours; with None its answers bear no date."""

    @web.middleware
    async def date(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        told = "" if ahead is None else format_datetime(clock() + ahead, usegmt=True)
        answer.headers["Date"] = told
        return answer

    return date


async def seen_of(provider: str, ahead: timedelta | None) -> list[Check]:
    """Return what the doctor says about the clock of a provider that is so far ahead of us."""
    clock = SettableClock()
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock, middlewares=[dated(clock, ahead)]) as business:
        checks = await check_providers(business.container)
    return [each for each in checks if each.name == f"{provider}: clock"]


@pytest.mark.parametrize("seconds", [-30, 0, 30])
@pytest.mark.parametrize("provider", HASTY)
async def test_clocks_that_differ_by_a_moment_are_fine(provider: str, seconds: int) -> None:
    [seen] = await seen_of(provider, timedelta(seconds=seconds))

    assert seen.is_fine, seen


@pytest.mark.parametrize(("seconds", "said"), [(31, "31 s behind"), (-3600, "3600 s ahead")])
@pytest.mark.parametrize("provider", HASTY)
async def test_a_clock_that_is_off_is_said_with_how_far_and_what_to_do(
    provider: str, seconds: int, said: str
) -> None:
    [seen] = await seen_of(provider, timedelta(seconds=seconds))

    assert not seen.is_fine
    assert said in seen.said
    assert "NTP" in seen.said


@pytest.mark.parametrize("provider", HASTY)
async def test_a_provider_that_does_not_say_when_is_not_judged(provider: str) -> None:
    assert await seen_of(provider, None) == []


async def test_a_database_shows_its_own_clock_and_what_is_here_has_none(
    postgres_servers: list[Server],
) -> None:
    async with a_database(postgres_servers[-1]) as dsn:
        await migrate_postgres(dsn)
        async with open_postgres(dsn) as store:
            before = system_clock()
            shown_at = await store.read_clock()

    assert abs(shown_at - before) < timedelta(seconds=30)
    async with MemoryStore() as here:
        assert await here.read_clock() is None


@pytest.mark.parametrize("theirs", [NOON - timedelta(minutes=2), NOON + timedelta(minutes=2)])
def test_a_database_that_is_off_is_said_too(theirs: datetime) -> None:
    [seen] = check_clock("store", NOON, theirs)

    assert (seen.name, seen.is_fine) == ("store: clock", False)
    assert "120 s" in seen.said
