"""Every harness is run against a service that is wrong, and must say so."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.prove.planted import wrong_service
from tests.prove.planted.wrong_payments import crediting_by_event_id
from tests.races.conftest import a_database
from tests.races.crashes import crash_service_on_sqlite
from tests.races.credit_races import TightBalance, race_of_spends
from tests.races.crowds import WAIT_SECONDS_MAX, a_crowded_world, crowd
from tests.races.cuts import a_world_behind_a_proxy, cut_again_and_again
from tests.races.histories import tell_histories
from tests.races.payment_races import race_of_events_about_one_payment
from tests.races.promotion_races import race_for_a_coupon
from tests.races.restarts import restart_again_and_again
from tests.races.world import Violations, a_world_on_postgres, a_world_on_sqlite
from tests.support.postgres import Server
from tests.support.processes import of_this_checkout

_TRIES = 10


def wrong(name: str) -> Sequence[str]:
    return of_this_checkout(wrong_service.__name__, name)


@pytest.fixture
async def dsn(newest_server: Server) -> AsyncIterator[str]:
    async with a_database(newest_server) as made:
        yield made


async def test_a_ledger_that_writes_without_looking_again_is_caught(dsn: str, folder: Path) -> None:
    async with a_world_on_postgres(dsn, folder, command=wrong("unguarded")) as world:
        found = await _until_found(lambda: race_of_spends(world, TightBalance()))

    assert any("the ledger or a counter is broken" in each for each in found), found


async def test_units_of_work_that_lock_nothing_are_caught(dsn: str, folder: Path) -> None:
    async with a_world_on_postgres(dsn, folder, command=wrong("unlocked")) as world:
        found = await _until_found(lambda: race_for_a_coupon(world))

    assert any("answered" in each or "the coupon counts" in each for each in found), found


async def test_an_inbox_that_guards_by_event_alone_is_caught(folder: Path) -> None:
    async with a_world_on_sqlite(folder, command=wrong("by-event-id")) as world:
        found = await race_of_events_about_one_payment(world)

    assert any("lines for one payment" in each for each in found), found


async def test_acknowledging_before_the_commit_is_caught(folder: Path) -> None:
    async with a_world_on_sqlite(folder, command=wrong("hasty")) as world:
        found = await crash_service_on_sqlite(world, crashes=_TRIES, seed=1)

    assert any("was acknowledged, and was done again" in each for each in found.violations), found


async def test_a_key_stored_in_another_commit_is_caught_by_crashes(folder: Path) -> None:
    async with a_world_on_sqlite(folder, command=wrong("forgetful")) as world:
        found = await crash_service_on_sqlite(world, crashes=2 * _TRIES, seed=1)

    assert any("holds" in each for each in found.violations), found


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("forgetful", "holds"), ("hopeful", "was acknowledged, and was done again")],
)
async def test_a_ledger_that_misreads_a_cut_is_caught(
    dsn: str, folder: Path, name: str, complaint: str
) -> None:
    async with a_world_behind_a_proxy(dsn, folder, command=wrong(name)) as (world, proxy):
        found = await cut_again_and_again(world, proxy, cuts=1000, seed=1)

    assert any(complaint in each for each in found.violations), found


async def test_payments_credited_by_event_are_caught_by_histories() -> None:
    def plant(container: Any) -> None:
        container.apply_event.override(crediting_by_event_id(container.apply_event))

    found = await tell_histories("memory://", histories=40, seed=1, plant=plant)

    assert any("holds" in each for each in found.violations), found


async def test_a_busy_process_that_never_gives_way_is_caught(dsn: str, folder: Path) -> None:
    async with a_crowded_world(dsn, folder, command=wrong("stubborn")) as world:
        found = await crowd(world, seconds=5, wait_seconds_max=WAIT_SECONDS_MAX)

    assert any("the quiet process waited" in each for each in found.violations), found


async def test_a_service_that_leaves_at_once_is_caught(folder: Path) -> None:
    command = wrong("rude")
    async with a_world_on_sqlite(folder, command=command, is_keeping_connections=False) as world:
        found = await restart_again_and_again(world, restarts=_TRIES, seed=1)

    assert any("were let in and not answered" in each for each in found.violations), found


async def _until_found(race: Callable[[], Awaitable[Violations]]) -> Violations:
    for _ in range(_TRIES):
        found = await race()
        if found:
            return found
    return []
