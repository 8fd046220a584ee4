"""When PostgreSQL does not answer: nothing is claimed, nothing is lost, and the next call works."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

import asyncpg
import pytest
from attrs import evolve

from adapters.stores.sql.postgres import PostgresStore, open_postgres
from adapters.stores.sql.postgres_errors import is_verdict
from application.ports.credits import Batch, OutcomeUnknown, WriteRefused
from application.ports.paging import PageRequest
from domain.credits.ids import AccountId
from domain.credits.wallet import Wallet
from tests.adapters.sql.databases import Psql
from tests.adapters.sql.relay import Cut, Relay, relayed
from tests.adapters.stores.steps import NOBODY_WRITTEN, batch_of, funded, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key, a_write, granted, spent

_END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
async def line_and_store(postgres_dsn: str) -> AsyncIterator[tuple[Relay, PostgresStore]]:
    """A store behind a relay that cuts."""
    async with relayed(postgres_dsn) as (address, relay), open_postgres(address) as store:
        yield relay, store


async def test_a_write_whose_answer_is_lost_is_unknown_and_its_key_tells_what_happened(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    wallet = await funded(store)
    batch = batch_of(a_write(spent(wallet, 10), a_key()))
    relay.cut = Cut.ANSWER_LOST

    with pytest.raises(OutcomeUnknown):
        await store.ledger.write(batch)

    again = await store.ledger.write(batch)
    assert again.written == frozenset()
    assert list(again.known) == [batch.keys[0].name]
    assert (await load(store, SOMEBODY)).posted == 90


async def test_a_write_that_is_lost_on_its_way_is_unknown_and_can_be_sent_again(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    wallet = await funded(store)
    batch = batch_of(a_write(spent(wallet, 10), a_key()))
    relay.cut = Cut.REQUEST_LOST

    with pytest.raises(OutcomeUnknown):
        await store.ledger.write(batch)

    assert (await load(store, SOMEBODY)).posted == 100
    assert (await store.ledger.write(batch)).written == {SOMEBODY}


async def test_a_read_whose_connection_was_lost_is_done_again(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store
    await funded(store)

    relay.cut = Cut.ANSWER_LOST
    assert (await load(store, SOMEBODY)).posted == 100
    await store.statements.page(SOMEBODY, PageRequest())
    relay.cut = Cut.REQUEST_LOST
    assert (await store.statements.page(SOMEBODY, PageRequest())).total == 1


async def test_a_commit_whose_answer_is_lost_is_unknown(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store

    async with store.begin() as work:
        await work.accounts.save(an_account())
        relay.cut = Cut.ANSWER_LOST
        with pytest.raises(OutcomeUnknown):
            await work.commit()

    async with store.read() as work:
        assert await work.accounts.find(SOMEBODY) is not None


async def test_a_unit_of_work_that_loses_its_connection_is_unknown_and_the_next_one_works(
    line_and_store: tuple[Relay, PostgresStore],
) -> None:
    relay, store = line_and_store

    async with store.begin() as work:
        await work.accounts.save(an_account())
        relay.cut = Cut.REQUEST_LOST
        with pytest.raises(OutcomeUnknown):
            await work.accounts.find(SOMEBODY)

    async with store.begin() as work:
        assert await work.accounts.find(SOMEBODY) is None
        await work.commit()


async def test_after_the_server_ended_every_connection_everything_works_again(
    postgres_store: PostgresStore,
) -> None:
    wallet = await funded(postgres_store)
    await postgres_store.statements.page(SOMEBODY, PageRequest())
    await Psql(postgres_store.dsn).rows(_END_ALL)

    # The first write may be the one that finds out.
    batch = batch_of(a_write(spent(wallet, 10), a_key()))
    with suppress(OutcomeUnknown):
        await postgres_store.ledger.write(batch)
    await postgres_store.ledger.write(batch)

    assert (await load(postgres_store, SOMEBODY)).posted == 90
    assert (await postgres_store.statements.page(SOMEBODY, PageRequest())).total == 2
    await postgres_store.ping()


async def test_a_server_that_is_gone_is_unknown_to_everybody(postgres_dsn: str) -> None:
    async with relayed(postgres_dsn) as (address, relay), open_postgres(address) as store:
        wallet = await funded(store)
        relay.is_refusing = True
        await Psql(postgres_dsn).rows(_END_ALL)

        for call in (
            store.ledger.load([SOMEBODY]),
            store.ledger.write(batch_of(spent(wallet))),
            store.ledger.exclusively([SOMEBODY], lambda _: batch_of()),
            store.statements.page(SOMEBODY, PageRequest()),
            store.records.accounts(None, 10),
            store.ping(),
        ):
            with pytest.raises(OutcomeUnknown):
                await call
        with pytest.raises(OutcomeUnknown):
            async with store.begin():
                pass


async def test_a_key_that_another_account_holds_is_refused_and_nothing_is_written(
    postgres_store: PostgresStore,
) -> None:
    first = await funded(postgres_store)
    line = spent(first, 10)
    await postgres_store.ledger.write(batch_of(line))
    second = await load(postgres_store, SOMEBODY_ELSE)
    copied = granted(second)
    same_id = evolve(copied.transactions[0], id=line.transactions[0].id)

    with pytest.raises(WriteRefused, match="uq_transactions_id"):
        await postgres_store.ledger.write(batch_of(evolve(copied, transactions=(same_id,))))

    assert (await load(postgres_store, SOMEBODY_ELSE)).version == 0
    assert (await postgres_store.ledger.write(batch_of(copied))).written == {SOMEBODY_ELSE}


async def test_a_decision_that_fails_leaves_no_lock_behind(postgres_store: PostgresStore) -> None:
    wallet = await funded(postgres_store)

    def fail(wallets: Mapping[AccountId, Wallet]) -> Batch:
        raise LookupError(f"no rule for {len(wallets)} wallets")

    with pytest.raises(LookupError, match="no rule for 2 wallets"):
        await postgres_store.ledger.exclusively([SOMEBODY, SOMEBODY_ELSE], fail)

    async with asyncio.timeout(5):
        committed = await postgres_store.ledger.write(batch_of(spent(wallet)))
    assert committed.written == {SOMEBODY}
    assert (await load(postgres_store, SOMEBODY_ELSE)).version == 0


async def test_two_stores_that_make_one_wallet_at_once_make_it_once(postgres_dsn: str) -> None:
    async with open_postgres(postgres_dsn) as one, open_postgres(postgres_dsn) as other:
        for turn in range(20):
            new = AccountId(f"new-{turn}")
            wallets = [await load(store, new) for store in (one, other)]

            committed = await asyncio.gather(
                one.ledger.write(batch_of(granted(wallets[0]))),
                other.ledger.write(batch_of(granted(wallets[1]))),
            )

            assert sorted(len(each.written) for each in committed) == [0, 1]
            assert (await load(one, new)).posted == 100


async def test_two_stores_that_share_wallets_lock_them_in_one_order(postgres_dsn: str) -> None:
    async with open_postgres(postgres_dsn) as one, open_postgres(postgres_dsn) as other:
        accounts = [AccountId(f"user-{number}") for number in range(12)]

        async def spend(store: PostgresStore, order: list[AccountId]) -> int:
            written = 0
            for _ in range(15):
                wallets = await store.ledger.load(order)
                committed = await store.ledger.write(
                    batch_of(*(granted(wallets[each]) for each in order))
                )
                written += len(committed.written)
            return written

        async with asyncio.timeout(30):
            written = await asyncio.gather(
                spend(one, accounts), spend(other, accounts[::-1]), spend(one, accounts[5:])
            )

        stored = await one.ledger.load(accounts)
        assert sum(wallet.version for wallet in stored.values()) == sum(written)


async def test_a_wallet_that_moves_meanwhile_is_left_alone_by_a_group_that_waited(
    postgres_dsn: str,
) -> None:
    async with open_postgres(postgres_dsn) as one, open_postgres(postgres_dsn) as other:
        stale = await funded(one)

        async with one.begin() as work:
            await work.wallets.save(spent(await work.wallets.take(SOMEBODY), 60))
            behind = asyncio.create_task(other.ledger.write(batch_of(spent(stale, 60))))
            await asyncio.sleep(0.05)
            assert not behind.done()
            await work.commit()

        assert await behind == NOBODY_WRITTEN
        assert (await load(one, SOMEBODY)).posted == 40


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (asyncpg.UniqueViolationError, True),
        (asyncpg.CheckViolationError, True),
        (asyncpg.NumericValueOutOfRangeError, True),
        (asyncpg.CharacterNotInRepertoireError, True),
        (asyncpg.UndefinedTableError, True),
        (asyncpg.ProgramLimitExceededError, True),
        (asyncpg.RaiseError, True),
        (asyncpg.SerializationError, False),
        (asyncpg.DeadlockDetectedError, False),
        (asyncpg.LockNotAvailableError, False),
        (asyncpg.QueryCanceledError, False),
        (asyncpg.AdminShutdownError, False),
        (asyncpg.CannotConnectNowError, False),
        (asyncpg.DiskFullError, False),
        (asyncpg.TooManyConnectionsError, False),
        (asyncpg.ReadOnlySQLTransactionError, False),
        (asyncpg.ConnectionDoesNotExistError, False),
    ],
)
def test_only_a_verdict_on_the_statement_itself_is_a_refusal(
    error: type[asyncpg.PostgresError], refused: bool
) -> None:
    assert is_verdict(error.sqlstate) is refused
