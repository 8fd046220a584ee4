"""Budgets for check-ins: exact under any number of awards at once, on every store."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest
from attrs import evolve

from application.ports.promotions import BudgetUndecided
from application.ports.store import Store
from application.promotions.check_in import CheckedIn, CheckingIn, CheckInToday
from domain.credits.ids import AccountId
from domain.promotions.check_in_budget import SLICES, Budget
from domain.promotions.check_in_rules import Budgets, CheckInRules, Milestone
from tests.adapters.stores.steps import abandon, commit
from tests.support.builders.promotions import some_rules
from tests.support.clock import CountedIds, SettableClock

DAY, MONTH = Budget("day:2026-01-12", 100), Budget("month:2026-01", 1000)
PATIENCE_S = 60.0


def account(number: int) -> AccountId:
    return AccountId(f"user-{number}")


async def spend(store: Store, budgets: Sequence[Budget], amount: int, number: int = 0) -> bool:
    """Take an award as a check-in does: from the account's slice first, then from the whole."""
    try:
        return await commit(
            store,
            lambda work: work.check_ins.spend_budgets(
                budgets, amount, account(number), is_whole=False
            ),
        )
    except BudgetUndecided:
        return await commit(
            store,
            lambda work: work.check_ins.spend_budgets(
                budgets, amount, account(number), is_whole=True
            ),
        )


async def left(store: Store, budget: Budget) -> int:
    """Find out how much more fits, without taking it."""
    least, most = 0, budget.limit
    while least < most:
        tried = (least + most + 1) // 2
        fits = await abandon(
            store,
            lambda work, tried=tried: work.check_ins.spend_budgets(  # type: ignore[misc]
                [budget], tried, account(0), is_whole=True
            ),
        )
        least, most = (tried, most) if fits else (least, tried - 1)
    return least


async def test_a_budget_is_given_to_the_last_credit_and_no_further(store: Store) -> None:
    taken = [await spend(store, [DAY], 9, number) for number in range(14)]
    rest = [await spend(store, [DAY], 1, number) for number in range(3)]

    assert taken == [True] * 11 + [False] * 3
    assert rest == [True, False, False]


async def test_what_does_not_fit_in_every_budget_is_taken_from_none(store: Store) -> None:
    month = evolve(MONTH, limit=15)
    assert await spend(store, [DAY, month], 10)

    assert not await spend(store, [DAY, month], 10)
    assert not await spend(store, [DAY, month], 10, 1)

    assert await left(store, DAY) == 90
    assert await left(store, month) == 5


async def test_a_limit_that_changes_holds_from_then_on_with_what_was_given_counted(
    store: Store,
) -> None:
    for number in range(5):
        assert await spend(store, [DAY], 10, number)

    lower, higher = evolve(DAY, limit=55), evolve(DAY, limit=70)
    assert not await spend(store, [lower], 10)
    assert await spend(store, [lower], 5)
    assert not await spend(store, [lower], 1)
    assert await spend(store, [higher], 10, 7)
    assert await left(store, higher) == 5


async def test_an_award_that_is_not_committed_takes_nothing(store: Store) -> None:
    await abandon(
        store,
        lambda work: work.check_ins.spend_budgets([DAY], 100, account(1), is_whole=True),
    )

    assert await spend(store, [DAY], 100)


@pytest.mark.parametrize("seed", range(3))
async def test_awards_of_all_sizes_at_once_never_exceed_a_budget_and_leave_none_that_fits(
    store: Store, seed: int
) -> None:
    random = Random(seed)
    day, month = evolve(DAY, limit=400), evolve(MONTH, limit=500)
    amounts = [random.choice((1, 5, 10, 40)) for _ in range(60)]

    async with asyncio.timeout(PATIENCE_S):
        taken = await asyncio.gather(
            *(spend(store, [day, month], amount, at) for at, amount in enumerate(amounts))
        )

    given = sum(amount for amount, fits in zip(amounts, taken, strict=True) if fits)
    refused = [amount for amount, fits in zip(amounts, taken, strict=True) if not fits]
    assert given <= day.limit
    assert await left(store, day) == day.limit - given
    assert await left(store, month) == month.limit - given
    assert all(amount > day.limit - given for amount in refused)


@pytest.mark.parametrize(
    ("rules", "given"),
    [
        (some_rules(base=10, budgets=Budgets(day=205)), 200),
        (some_rules(base=10, budgets=Budgets(day=100_000, month=120)), 120),
        (
            some_rules(base=10, milestones=(Milestone(day=1, credits=3),), budgets=Budgets(day=99)),
            91,
        ),
        (some_rules(base=10, budgets=Budgets(day=9)), 0),
    ],
)
async def test_many_accounts_that_check_in_at_once_are_given_the_budget_and_no_more(
    store: Store, rules: CheckInRules, given: int
) -> None:
    await commit(store, lambda work: work.check_ins.add_rules(rules))
    clock = SettableClock()
    check_in = CheckingIn(begin=store.begin, clock=clock, new_id=CountedIds())

    async def comes(number: int) -> CheckedIn:
        return await check_in(CheckInToday(account_id=account(number)))

    async with asyncio.timeout(PATIENCE_S):
        made = await asyncio.gather(*(comes(number) for number in range(48)))

    assert sum(each.check_in.award for each in made) == given
    assert sum(each.balance for each in made) == given
    promised = rules.reward(1, best=0, is_paid=False).total
    for each in made:
        assert each.check_in.streak == 1
        assert (each.check_in.award, each.check_in.withheld) in {(promised, 0), (0, promised)}
    # The next day has a budget of its own, and whoever got nothing has a streak all the same.
    clock.advance(days=1)
    following = await comes(next(at for at in range(48) if not made[at].check_in.award))
    assert following.check_in.streak == 2


async def test_a_budget_that_is_spent_is_told_without_asking_for_the_whole(store: Store) -> None:
    assert await spend(store, [DAY], 100)

    for number in range(SLICES):
        assert not await look_slice(store, number)


async def look_slice(store: Store, number: int) -> bool:
    return await commit(
        store,
        lambda work: work.check_ins.spend_budgets([DAY], 1, account(number), is_whole=False),
    )
