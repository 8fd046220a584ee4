"""The line to the database fails at any byte: no answer is wrong, and no repeat counts twice."""

from pathlib import Path

import pytest

from tests.races.cuts import a_world_behind_a_proxy, cut_again_and_again
from tests.races.seeds import seed_of_commit

CUTS = 100


@pytest.mark.timeout(120)
async def test_a_transaction_whose_line_is_cut_happens_once_when_it_is_repeated(
    postgres_dsn: str, folder: Path
) -> None:
    async with a_world_behind_a_proxy(postgres_dsn, folder) as (world, proxy):
        found = await cut_again_and_again(world, proxy, cuts=CUTS, seed=seed_of_commit())

    assert found.violations == [], str(found)
    assert found.cuts >= CUTS
