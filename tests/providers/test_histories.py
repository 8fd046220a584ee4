"""Random histories at every provider, a third of whose webhooks are lost: all of it is mended."""

import logging
from pathlib import Path

import pytest

from tests.providers.converging import Converged, converged
from tests.providers.goods import HASTY, TILLS
from tests.providers.restless_till import RestlessTill
from tests.providers.stores import on_memory, on_postgres, on_sqlite
from tests.races.seeds import seed_of_commit
from tests.support.clock import fresh_id
from tests.support.postgres import Server

# Those of the commit are drawn anew with every change. A seed that found something stays.
FOUND = (8, 10, 285, 1006, 1061, 1238)
_LOG = logging.getLogger(__name__)

SEEDS = (*FOUND, *range(1, 5), *range(seed_of_commit(), seed_of_commit() + 6))
FEW = SEEDS[-5:]


def judged(name: str, found: Converged) -> None:
    """Note what was run, and fail with the seeds of what went wrong."""
    _LOG.info("%s: %s; seeds %s", name, found, SEEDS)
    assert not found.wrong, found.wrong


@pytest.mark.parametrize("name", TILLS)
async def test_histories_told_in_part_and_in_any_order_end_in_the_providers_state(
    name: str,
) -> None:
    judged(f"{name} on memory", await converged(TILLS[name], on_memory(), SEEDS))


async def test_histories_with_balances_and_the_portal_end_in_the_providers_state() -> None:
    restless = await converged(lambda clock: RestlessTill(clock=clock), on_memory(), SEEDS)

    judged("restless stripe on memory", restless)


@pytest.mark.parametrize("name", HASTY)
async def test_histories_end_in_the_providers_state_on_sqlite(
    name: str, tmp_path: Path, databases: set[str]
) -> None:
    async with on_sqlite(tmp_path, databases) as empty:
        judged(f"{name} on SQLite", await converged(HASTY[name], empty, FEW))


@pytest.mark.parametrize("name", HASTY)
async def test_histories_end_in_the_providers_state_on_postgres(
    name: str, postgres_servers: list[Server]
) -> None:
    async with on_postgres(postgres_servers[-1], f"histories_{fresh_id()}") as empty:
        judged(f"{name} on PostgreSQL", await converged(HASTY[name], empty, FEW))
