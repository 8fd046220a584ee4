"""A provider that hangs, beside spending on a file and on a database that others share."""

from pathlib import Path

import pytest

from tests.prove.conftest import Say
from tests.providers.goods import HASTY
from tests.providers.hanging import waits_of
from tests.providers.stores import on_postgres, on_sqlite
from tests.support.clock import fresh_id
from tests.support.postgres import Server

ROUNDS = 6


@pytest.mark.parametrize("provider", HASTY)
async def test_a_hanging_provider_does_not_slow_spending_on_sqlite(
    provider: str, folder: Path, databases: set[str], say: Say
) -> None:
    async with on_sqlite(folder, databases) as empty:
        found = await waits_of(provider, empty, ROUNDS)

    say(found)
    assert not found.is_slowed, str(found)


@pytest.mark.parametrize("provider", HASTY)
async def test_a_hanging_provider_does_not_slow_spending_on_postgres(
    provider: str, newest_server: Server, say: Say
) -> None:
    async with on_postgres(newest_server, f"hanging_{fresh_id()}") as empty:
        found = await waits_of(provider, empty, ROUNDS)

    say(found)
    assert not found.is_slowed, str(found)
