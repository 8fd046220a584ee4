"""Trials that were promised or had, as every store keeps them."""

from datetime import timedelta

from attrs import evolve

from application.ports.store import Store
from domain.credits.ids import AccountId
from domain.subscriptions.trial import TrialClaim
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import NOON

LATER = NOON + timedelta(hours=24)


def a_claim(account_id: AccountId = SOMEBODY, holder: str = "email:1") -> TrialClaim:
    return TrialClaim(group="default", holder=holder, account_id=account_id, promised_until=LATER)


async def is_open(store: Store, claim: TrialClaim, after: timedelta = timedelta()) -> bool:
    return await look(store, lambda work: work.trials.is_open(claim, NOON + after))


async def is_promised(store: Store, claim: TrialClaim, after: timedelta = timedelta()) -> bool:
    return await commit(store, lambda work: work.trials.promise(claim, NOON + after))


async def test_what_nobody_has_claimed_is_open(store: Store) -> None:
    assert await is_open(store, a_claim())


async def test_a_promise_stands_against_others_until_it_runs_out(store: Store) -> None:
    other = evolve(a_claim(SOMEBODY_ELSE), promised_until=LATER + timedelta(hours=1))
    assert await is_promised(store, a_claim())

    assert await is_open(store, a_claim())
    assert not await is_open(store, other)
    assert not await is_promised(store, other)
    assert await is_open(store, evolve(other, group="team"))
    assert await is_promised(store, other, timedelta(hours=24))
    assert not await is_open(store, a_claim(), timedelta(hours=24))


async def test_what_has_begun_stands_for_ever_by_whatever_was_promised(store: Store) -> None:
    by_account = a_claim(holder="account:1")
    await is_promised(store, a_claim())
    await is_promised(store, by_account)

    await commit(store, lambda work: work.trials.begin(by_account))

    ages = timedelta(days=3650)
    for holder in ("email:1", "account:1"):
        assert not await is_open(store, a_claim(SOMEBODY_ELSE, holder), ages)
        assert not await is_open(store, a_claim(SOMEBODY, holder), ages)


async def test_a_trial_that_began_without_a_promise_stands_as_well(store: Store) -> None:
    claim = a_claim(holder="account:1")

    await commit(store, lambda work: work.trials.begin(claim))

    assert not await is_promised(store, claim)


async def test_of_many_who_are_promised_at_once_one_is(store: Store) -> None:
    accounts = [AccountId(f"account-{number}") for number in range(6)]

    kept = await outcomes(*(is_promised(store, a_claim(account)) for account in accounts))

    assert sorted(each is True for each in kept) == [False] * 5 + [True]
