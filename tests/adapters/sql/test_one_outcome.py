"""The same input has the same outcome on both engines, though one of them would take more."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from attrs import evolve
from sqlalchemy.exc import StatementError

from adapters.stores.sql.columns import NAME_LENGTH_MAX
from application.ports.credits import WalletWrite, WriteRefused
from application.ports.paging import PageRequest
from application.ports.sandbox import SandboxRecord
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from tests.adapters.sql.databases import SqlStore
from tests.adapters.stores.steps import batch_of, commit, funded, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import (
    SOMEBODY,
    a_key,
    a_keyed_receipt,
    a_text,
    a_write,
    grant_terms,
    granted,
    spent,
)
from tests.support.clock import NOON

# A character that PostgreSQL's text cannot hold, and one that has no encoding at all.
_UNKEEPABLE = pytest.mark.parametrize("bad", ["a\x00b", "a\ud800b"], ids=["NUL", "surrogate"])


def _described(posting: Posting, description: str) -> Posting:
    (line,) = posting.transactions
    text = evolve(a_text(), description=description)
    return evolve(posting, transactions=(evolve(line, text=text),))


@_UNKEEPABLE
async def test_text_that_cannot_be_kept_is_refused_with_its_whole_group(
    sql_store: SqlStore, bad: str
) -> None:
    wallet = await funded(sql_store)
    other = granted(await load(sql_store, AccountId("user-2")))

    with pytest.raises(WriteRefused):
        await sql_store.ledger.write(batch_of(other, _described(spent(wallet), bad)))

    assert (await load(sql_store, SOMEBODY)).version == wallet.version
    assert (await load(sql_store, AccountId("user-2"))).version == 0
    assert (await sql_store.ledger.write(batch_of(other))).written == {AccountId("user-2")}


@_UNKEEPABLE
async def test_a_key_that_cannot_be_kept_is_refused(sql_store: SqlStore, bad: str) -> None:
    wallet = await funded(sql_store)

    with pytest.raises(WriteRefused):
        await sql_store.ledger.write(batch_of(a_write(spent(wallet), a_key(key=bad))))

    assert (await load(sql_store, SOMEBODY)).version == wallet.version


@_UNKEEPABLE
async def test_an_account_that_cannot_be_kept_is_refused_when_it_is_read(
    sql_store: SqlStore, bad: str
) -> None:
    for read in (
        sql_store.ledger.load([AccountId(bad)]),
        sql_store.ledger.exclusively([AccountId(bad)], lambda _: batch_of()),
        sql_store.statements.page(AccountId(bad), PageRequest()),
        sql_store.records.lines(AccountId(bad), 0, 10),
    ):
        with pytest.raises(WriteRefused):
            await read


@_UNKEEPABLE
async def test_a_unit_of_work_that_cannot_be_kept_is_refused(sql_store: SqlStore, bad: str) -> None:
    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.accounts.save(an_account(email=bad)))
    record = SandboxRecord(kind="checkout", id=bad, body="{}")
    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.sandbox.put(record))
    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.coupon_codes.find(bad))


async def test_the_longest_names_are_kept_and_longer_ones_refused(sql_store: SqlStore) -> None:
    longest = AccountId("ü" * NAME_LENGTH_MAX)
    key = a_key(owner=longest, key="ö" * NAME_LENGTH_MAX)
    posting = granted(await load(sql_store, longest))

    for too_long in (evolve(key, key=key.key + "o"), evolve(key, owner=longest + "o")):
        write = WalletWrite(posting=posting, receipts=(a_keyed_receipt(posting, too_long),))
        with pytest.raises(WriteRefused):
            await sql_store.ledger.write(batch_of(write))
    committed = await sql_store.ledger.write(batch_of(a_write(posting, key)))

    assert committed.written == {longest}


async def test_a_number_beyond_64_bits_is_refused(sql_store: SqlStore) -> None:
    wallet = await funded(sql_store)

    with pytest.raises(WriteRefused):
        await sql_store.ledger.write(
            batch_of(evolve(spent(wallet), wallet=_spent_too_much(wallet.version)))
        )

    assert (await load(sql_store, SOMEBODY)).version == wallet.version


async def test_a_unit_of_work_in_which_something_was_refused_commits_nothing(
    sql_store: SqlStore,
) -> None:
    async with sql_store.begin() as work:
        await work.accounts.save(an_account())
        with pytest.raises(WriteRefused):
            await work.accounts.save(an_account(email="a\x00b"))
        with pytest.raises(AssertionError, match="commits nothing"):
            await work.commit()

    async with sql_store.read() as work:
        assert await work.accounts.find(SOMEBODY) is None


@pytest.mark.parametrize("posted", [-1, -100])
async def test_a_balance_below_zero_is_refused_by_the_database_itself(
    sql_store: SqlStore, posted: int
) -> None:
    wallet = await funded(sql_store)
    overdrawn = Posting(wallet=evolve(wallet, posted=posted))

    with pytest.raises(WriteRefused):
        await sql_store.ledger.write(batch_of(overdrawn))
    with pytest.raises(WriteRefused):
        await commit(sql_store, lambda work: work.wallets.save(overdrawn))

    assert (await load(sql_store, SOMEBODY)).posted == 100


async def test_an_instant_comes_back_exactly_and_in_utc_whatever_zone_it_had(
    sql_store: SqlStore,
) -> None:
    in_tokyo = datetime(2026, 3, 1, 8, 30, 0, 123_457, tzinfo=timezone(timedelta(hours=9)))
    oldest = datetime(1, 1, 1, tzinfo=UTC)
    newest = datetime(9999, 12, 31, 23, 59, 59, 999_998, tzinfo=UTC)

    for instant in (in_tokyo, oldest, newest, datetime.max.replace(tzinfo=UTC)):
        async with sql_store.begin() as work:
            await work.accounts.save(an_account(created_at=instant))
            await work.commit()
        async with sql_store.read() as work:
            found = await work.accounts.find(SOMEBODY)

        assert found is not None
        assert found.created_at == instant
        assert found.created_at.tzinfo is UTC


async def test_a_lot_that_ends_with_the_calendar_can_be_spent(sql_store: SqlStore) -> None:
    end_at = datetime.max.replace(tzinfo=UTC)
    new = await load(sql_store, SOMEBODY)
    await sql_store.ledger.write(batch_of(granted(new, grant_terms(expires_at=end_at))))

    wallet = await load(sql_store, SOMEBODY)

    assert wallet.available(NOON) == 100
    assert wallet.grants[0].expires_at == end_at


async def test_an_instant_without_a_zone_is_a_mistake_that_nothing_hides(
    sql_store: SqlStore,
) -> None:
    account = an_account(created_at=NOON.replace(tzinfo=None))

    with pytest.raises(StatementError, match="without a zone"):
        await commit(sql_store, lambda work: work.accounts.save(account))


async def test_ids_are_ordered_byte_by_byte_whatever_the_language(sql_store: SqlStore) -> None:
    ids = [AccountId(each) for each in ("B", "a", "A", "ä", "_", "b", "Z", "-")]
    wallets = await sql_store.ledger.load(ids)
    await sql_store.ledger.write(batch_of(*(granted(wallets[each]) for each in ids)))

    found = await sql_store.records.accounts(None, 100)

    assert list(found) == sorted(ids, key=str.encode)


def _spent_too_much(version: int) -> Wallet:
    return Wallet(account_id=SOMEBODY, version=version, spent=2**63)
