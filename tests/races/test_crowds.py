"""Two processes on one database and one account: the quick one does not starve the other."""

from pathlib import Path

from tests.races.crowds import WAIT_SECONDS_MAX, a_crowded_world, crowd


async def test_a_quiet_process_is_served_beside_a_busy_one(postgres_dsn: str, folder: Path) -> None:
    async with a_crowded_world(postgres_dsn, folder) as world:
        quiet = await crowd(world, seconds=2, wait_seconds_max=WAIT_SECONDS_MAX)
        ended = await crowd(
            world, seconds=2, wait_seconds_max=10 * WAIT_SECONDS_MAX, ended_dsn=postgres_dsn
        )

    assert quiet.violations == [], str(quiet)
    assert quiet.busy_spends > 10 * len(quiet.quiet_waits) > 0
    assert ended.violations == [], str(ended)
    assert ended.ended_lines > 0
