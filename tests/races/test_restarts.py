"""SIGTERM under load: nobody who was let in goes without an answer."""

from pathlib import Path

from tests.races.restarts import restart_again_and_again
from tests.races.seeds import seed_of_commit
from tests.races.world import a_world_on_sqlite

RESTARTS = 3


async def test_a_service_that_is_told_to_leave_answers_whom_it_has_let_in(folder: Path) -> None:
    async with a_world_on_sqlite(folder, is_keeping_connections=False) as world:
        found = await restart_again_and_again(world, restarts=RESTARTS, seed=seed_of_commit())

    assert found.violations == []
    assert (found.restarts, found.tally.in_doubt) == (RESTARTS, 0)
    assert found.tally.acknowledged > 0
