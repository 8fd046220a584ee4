"""Two thousand random histories at both providers, on SQLite and on PostgreSQL."""

from collections.abc import Mapping
from pathlib import Path

from tests.prove.conftest import Say
from tests.prove.providers.shares import HistoriesShare, all_done, live_histories
from tests.races.seeds import seed_of_commit
from tests.support.postgres import Server

# Stripe's library takes most of the time; on each kind of store, and in two shares.
HISTORIES: Mapping[str, int] = {"stripe": 400, "creem": 600}
SHARES = 2


async def test_two_thousand_histories_end_in_the_providers_state(
    newest_server: Server, folder: Path, say: Say
) -> None:
    shares = []
    for provider, histories in HISTORIES.items():
        each = histories // SHARES
        for number in range(SHARES):
            first = seed_of_commit() + number * each
            seeds = range(first, first + each)
            place = folder / f"{provider}-{number}"
            place.mkdir()
            shares += [
                HistoriesShare(provider=provider, seeds=seeds, folder=place),
                HistoriesShare(provider=provider, seeds=seeds, server=newest_server),
            ]

    done = await all_done(live_histories, shares)

    for share, found in done:
        say(f"{share}: {found}")
    assert sum(found.histories for _, found in done) == 2 * sum(HISTORIES.values())
    assert {str(share): found.wrong for share, found in done if found.wrong} == {}
