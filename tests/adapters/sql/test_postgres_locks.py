"""One wallet that a unit of work holds on PostgreSQL: only those who want it wait for it."""

import asyncio
import time

import pytest

from adapters.stores.sql.postgres import PostgresStore
from application.ports.credits import WalletLocked
from application.wallets.group_commit import GroupCommit
from application.wallets.wallet_command import Outcome
from domain.credits.ids import AccountId
from tests.adapters.sql.databases import Psql
from tests.adapters.stores.steps import batch_of, funded, load
from tests.application.scripted_ledger import give, take
from tests.support.builders.credits import SOMEBODY, granted, spent
from tests.support.clock import SettableClock, fresh_id

_SHORT_S = 3
_OUR_PROCESS = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'billing ledger' ORDER BY pid"
)


def _group_commit(store: PostgresStore) -> GroupCommit:
    return GroupCommit(ledger=store.ledger, clock=SettableClock(), new_id=fresh_id)


async def test_a_locked_wallet_is_said_to_be_locked_and_the_connection_stays(
    postgres_store: PostgresStore,
) -> None:
    wallet = await funded(postgres_store)
    before = await Psql(postgres_store.dsn).rows(_OUR_PROCESS)
    batch = batch_of(spent(wallet, 10))

    async with postgres_store.begin() as work:
        await work.wallets.take(SOMEBODY)
        async with asyncio.timeout(_SHORT_S):
            with pytest.raises(WalletLocked):
                await postgres_store.ledger.write(batch)

    assert await Psql(postgres_store.dsn).rows(_OUR_PROCESS) == before
    assert (await load(postgres_store, SOMEBODY)).posted == 100
    assert (await postgres_store.ledger.write(batch)).written == {SOMEBODY}


async def test_a_wallet_that_is_locked_cannot_be_had_exclusively_and_no_lock_stays_behind(
    postgres_store: PostgresStore,
) -> None:
    await funded(postgres_store)
    other = AccountId("another")

    async with postgres_store.begin() as work:
        await work.wallets.take(SOMEBODY)
        async with asyncio.timeout(_SHORT_S):
            with pytest.raises(WalletLocked):
                await postgres_store.ledger.exclusively([other, SOMEBODY], lambda _: batch_of())

    batch = batch_of(granted(await load(postgres_store, other)))
    assert (await postgres_store.ledger.write(batch)).written == {other}


async def test_spends_of_other_accounts_are_soon_answered_while_one_wallet_is_locked(
    postgres_store: PostgresStore,
) -> None:
    commit = _group_commit(postgres_store)
    others = [AccountId(f"user-{number:02}") for number in range(64)]
    await asyncio.gather(*(commit(give(10, account_id=each)) for each in [SOMEBODY, *others]))

    async with postgres_store.begin() as work:
        await work.wallets.take(SOMEBODY)
        began = time.monotonic()
        first = commit.submit(take(1, account_id=others[0]))
        held = commit.submit(take(3))
        outcomes = await asyncio.gather(*(commit(take(1, account_id=each)) for each in others))
        took = time.monotonic() - began
        assert not held.done()

    assert took < _SHORT_S
    assert all(isinstance(outcome, Outcome) for outcome in [await first, *outcomes])
    assert (await held).receipt.balance == 7
