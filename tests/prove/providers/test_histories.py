"""Two thousand random histories at both providers, on SQLite and as many on PostgreSQL.

A third of all webhooks is lost and half of the others come again, in any order; reconciliation is
to bring each history to the provider's state, with every payment credited once.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import uvloop

from tests.prove.conftest import Say
from tests.providers.converging import Converged, converged
from tests.providers.goods import HASTY
from tests.providers.stores import OpenEmpty, on_postgres, on_sqlite
from tests.races.seeds import seed_of_commit
from tests.support.clock import fresh_id
from tests.support.postgres import Server

# On each kind of store. One at Stripe takes nearly twice as long, as its own library is at work.
HISTORIES: Mapping[str, int] = {"stripe": 800, "creem": 1200}
# So that none takes longer than about a minute, and each can go to another worker.
SHARES = 4

at_every_provider = pytest.mark.parametrize("provider", HASTY)
in_shares = pytest.mark.parametrize("share", range(SHARES))


@in_shares
@at_every_provider
def test_histories_end_in_the_providers_state_on_sqlite(
    provider: str, share: int, folder: Path, databases: set[str], say: Say
) -> None:
    judge(lived(provider, share, on_sqlite(folder, databases)), say)


@in_shares
@at_every_provider
def test_histories_end_in_the_providers_state_on_postgres(
    provider: str, share: int, newest_server: Server, say: Say
) -> None:
    name = f"histories_{provider}_{share}_{fresh_id()}"
    judge(lived(provider, share, on_postgres(newest_server, name)), say)


def lived(provider: str, share: int, opening: AbstractAsyncContextManager[OpenEmpty]) -> Converged:
    """Live a share of the histories, on the loop that the service itself runs on."""
    each = HISTORIES[provider] // SHARES
    first = seed_of_commit() + share * each

    async def live() -> Converged:
        async with opening as empty:
            return await converged(HASTY[provider], empty, range(first, first + each))

    return uvloop.run(live())


def judge(found: Converged, say: Say) -> None:
    """Say what was lived through; fail with the seeds of what went wrong."""
    say(found)
    assert not found.wrong, found.wrong
