"""Reading balances: exact at the instant, fresh, and many by one question."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from attrs import Factory, define, field

from application.credits.read_balance import (
    READ_TOGETHER_MAX,
    ReadBalance,
    ReadingBalance,
    WalletReads,
)
from application.ports.credits import Batch, Committed, Ledger, OutcomeUnknown
from domain.credits.ids import AccountId
from domain.credits.wallet import Expiring, Wallet
from tests.application.scripted_ledger import Give, give, take
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, grant_terms
from tests.support.clock import NOON


@define(eq=False)
class SlowLedger(Ledger):
    """A ledger whose loads wait until they are let through, and fail if they are told to."""

    inner: Ledger
    loads: list[Sequence[AccountId]] = Factory(list)
    is_silent: bool = False
    gate: asyncio.Event = field(factory=asyncio.Event)

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        self.loads.append(account_ids)
        await self.gate.wait()
        if self.is_silent:
            raise OutcomeUnknown
        return await self.inner.load(account_ids)

    async def write(self, batch: Batch) -> Committed:
        raise AssertionError("who reads a balance writes nothing")

    async def exclusively(self, account_ids: object, decide: object) -> Committed:
        raise AssertionError("who reads a balance writes nothing")


@pytest.fixture
async def ledger(shop: Shop) -> SlowLedger:
    return SlowLedger(shop.store.ledger)


async def a_while() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_account_nobody_knows_has_nothing(shop: Shop) -> None:
    read = ReadingBalance(wallets=WalletReads(ledger=shop.store.ledger), clock=shop.clock)

    found = await read(ReadBalance(account_id=SOMEBODY))

    assert (found.balance, found.available, found.held, found.expiring) == (0, 0, 0, None)


async def test_a_balance_is_exact_at_the_instant_without_any_job(shop: Shop) -> None:
    read = ReadingBalance(wallets=WalletReads(ledger=shop.store.ledger), clock=shop.clock)
    hour = timedelta(hours=1)
    await shop.commit(give(5))
    await shop.commit(Give(terms=grant_terms(amount=10, expires_at=NOON + hour)))

    before = await read(ReadBalance(account_id=SOMEBODY))
    shop.clock.now = NOON + hour
    after = await read(ReadBalance(account_id=SOMEBODY))

    assert (before.balance, before.expiring) == (15, Expiring(amount=10, at=NOON + hour))
    assert (after.balance, after.expiring) == (5, None)


async def test_a_read_directly_after_a_write_sees_it(shop: Shop) -> None:
    read = ReadingBalance(wallets=WalletReads(ledger=shop.store.ledger), clock=shop.clock)
    await shop.commit(give(100))

    for spent in range(1, 20):
        await shop.commit(take(1))
        assert (await read(ReadBalance(account_id=SOMEBODY))).balance == 100 - spent


async def test_all_that_ask_while_a_question_runs_share_the_next_one(
    shop: Shop, ledger: SlowLedger
) -> None:
    reads = WalletReads(ledger=ledger)
    accounts = [AccountId(f"account-{number}") for number in range(40)]
    first = asyncio.create_task(reads(SOMEBODY))
    await a_while()

    others = [asyncio.create_task(reads(account_id)) for account_id in (*accounts, *accounts)]
    others.append(asyncio.create_task(reads(SOMEBODY)))
    await a_while()
    ledger.gate.set()
    await asyncio.gather(first, *others)

    assert [len(asked) for asked in ledger.loads] == [1, 41]


async def test_who_asks_while_a_question_runs_is_not_given_its_answer(
    shop: Shop, ledger: SlowLedger
) -> None:
    reads = WalletReads(ledger=ledger)
    asyncio.get_running_loop().call_soon(ledger.gate.set)
    early = asyncio.create_task(reads(SOMEBODY))
    await a_while()
    ledger.gate.clear()
    early_again = asyncio.create_task(reads(SOMEBODY))
    await a_while()
    await shop.commit(give(7))

    late = asyncio.create_task(reads(SOMEBODY))
    await a_while()
    ledger.gate.set()

    assert (await early).balance(NOON) == 0
    assert (await late).balance(NOON) == 7
    assert (await early_again).balance(NOON) == 7
    assert len(ledger.loads) == 3


async def test_a_question_is_never_larger_than_its_bound(shop: Shop, ledger: SlowLedger) -> None:
    reads = WalletReads(ledger=ledger)
    ledger.gate.set()

    await asyncio.gather(*[reads(AccountId(f"a{n}")) for n in range(READ_TOGETHER_MAX + 1)])

    assert [len(asked) for asked in ledger.loads] == [READ_TOGETHER_MAX, 1]


async def test_silence_reaches_everyone_who_asked_and_the_next_question_is_asked_anew(
    shop: Shop, ledger: SlowLedger
) -> None:
    reads = WalletReads(ledger=ledger)
    ledger.gate.set()
    ledger.is_silent = True

    outcomes = await asyncio.gather(*[reads(SOMEBODY) for _ in range(3)], return_exceptions=True)
    ledger.is_silent = False

    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 3
    assert (await reads(SOMEBODY)).version == 0


async def test_one_who_leaves_does_not_take_the_answer_from_the_others(
    shop: Shop, ledger: SlowLedger
) -> None:
    reads = WalletReads(ledger=ledger)
    askers = [asyncio.create_task(reads(SOMEBODY)) for _ in range(3)]
    await a_while()

    askers[0].cancel()
    await a_while()
    ledger.gate.set()

    assert (await askers[1]).account_id == (await askers[2]).account_id == SOMEBODY
    assert askers[0].cancelled()
