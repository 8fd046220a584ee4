"""The sweep: the ledger is made to say what time has decided, once."""

import asyncio
from datetime import timedelta

import pytest

from application.credits.forget_keys import ForgetKeys, ForgettingKeys
from application.credits.sweep_expired import SweepExpired, SweepingExpired
from application.ports.credits import WriteRefused
from domain.credits.ids import AccountId
from domain.credits.transaction import EXPIRATION
from tests.application.commit_world import World
from tests.application.scripted_ledger import Give, give, take
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, a_key, grant_terms, granted
from tests.support.clock import NOON

HOUR = timedelta(hours=1)
ACCOUNTS = [AccountId(f"account-{number}") for number in range(10)]


def sweeping(shop: Shop) -> SweepingExpired:
    return SweepingExpired(records=shop.store.records, commit=shop.commit, clock=shop.clock)


def expiring(account_id: AccountId, amount: int = 10) -> Give:
    terms = grant_terms(amount=amount, expires_at=NOON + HOUR)
    return Give(terms=terms, account_id=account_id, key=a_key(owner=account_id))


async def test_what_has_expired_is_posted_once(shop: Shop) -> None:
    for account_id in ACCOUNTS:
        await shop.commit(expiring(account_id))
    await shop.commit(take(3, account_id=ACCOUNTS[0]))
    shop.clock.now = NOON + HOUR

    first = await sweeping(shop)(SweepExpired())
    again = await sweeping(shop)(SweepExpired())

    assert (first.accounts, again.accounts) == (10, 0)
    line = (await shop.lines(ACCOUNTS[0]))[-1]
    assert (line.type, line.signed, line.balance_after) == (EXPIRATION, -7, 0)
    assert await shop.is_proved()


async def test_nothing_is_posted_before_its_time(shop: Shop) -> None:
    await shop.commit(expiring(SOMEBODY))
    shop.clock.now = NOON + HOUR - timedelta(microseconds=1)

    assert (await sweeping(shop)(SweepExpired())).accounts == 0


async def test_a_lot_that_takes_effect_later_is_posted_then(shop: Shop) -> None:
    async with shop.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        terms = grant_terms(amount=10, effective_at=NOON + HOUR, expires_at=NOON + 3 * HOUR)
        await work.wallets.save(granted(wallet, terms))
        await work.commit()
    assert await shop.lines() == []

    shop.clock.now = NOON + HOUR
    assert (await sweeping(shop)(SweepExpired())).accounts == 1
    shop.clock.now = NOON + 3 * HOUR
    assert (await sweeping(shop)(SweepExpired())).accounts == 1

    assert [line.signed for line in await shop.lines()] == [10, -10]
    assert await shop.is_proved()


async def test_a_bounded_number_of_accounts_is_brought_up_to_date(shop: Shop) -> None:
    for account_id in ACCOUNTS:
        await shop.commit(expiring(account_id))
    shop.clock.now = NOON + HOUR

    counts = [(await sweeping(shop)(SweepExpired(accounts_max=4))).accounts for _ in range(4)]

    assert counts == [4, 4, 2, 0]


async def test_sweeps_and_spends_at_once_end_in_a_whole_ledger(shop: Shop) -> None:
    await shop.commit(give(100))
    await shop.commit(expiring(SOMEBODY))
    shop.clock.now = NOON + HOUR

    await asyncio.gather(
        *[sweeping(shop)(SweepExpired()) for _ in range(8)],
        *[shop.commit(take(1)) for _ in range(8)],
    )

    assert await shop.balance() == 92
    assert [line.type for line in await shop.lines()].count(EXPIRATION) == 1
    assert await shop.is_proved()


async def test_an_account_that_cannot_be_settled_does_not_hold_up_the_others(world: World) -> None:
    for account_id in ACCOUNTS[:3]:
        await world.commit(expiring(account_id))
    world.clock.now = NOON + HOUR
    world.ledger.refused_accounts.add(ACCOUNTS[1])
    sweep = SweepingExpired(records=world.store.records, commit=world.commit, clock=world.clock)

    with pytest.raises(ExceptionGroup) as faults:
        await sweep(SweepExpired())

    assert [type(fault) for fault in faults.value.exceptions] == [WriteRefused]
    assert [len(await world.lines(account_id)) for account_id in ACCOUNTS[:3]] == [2, 1, 2]


async def test_old_keys_of_spends_are_forgotten_and_those_of_grants_never(shop: Shop) -> None:
    forget = ForgettingKeys(
        records=shop.store.records,
        begin=shop.store.begin,
        clock=shop.clock,
        kept_for=timedelta(days=30),
    )
    await shop.commit(give(10, key="in"))
    await shop.commit(take(1, key="out"))
    shop.clock.advance(days=30)
    assert (await forget(ForgetKeys())).keys == 0
    shop.clock.advance(seconds=1)

    assert (await forget(ForgetKeys())).keys == 1

    assert (await shop.commit(give(10, key="in"))).is_replay
    assert not (await shop.commit(take(1, key="out"))).is_replay
