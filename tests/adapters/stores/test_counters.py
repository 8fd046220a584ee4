"""Counters against their rows, on every store: right ones are not named, planted ones are."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from application.promotions.check_in import CheckingIn, CheckInToday
from application.promotions.verify_counters import (
    CountersVerified,
    VerifyCounters,
    VerifyingCounters,
)
from domain.credits.ids import AccountId
from domain.promotions.check_in_budget import Budget
from domain.promotions.check_in_rules import Budgets
from domain.promotions.coupon import Coupon
from domain.promotions.redemption import RedemptionStatus
from tests.adapters.stores.steps import commit
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.promotions import a_code, a_coupon, a_redemption, some_rules
from tests.support.clock import NOON, CountedIds, SettableClock

_USES = (RedemptionStatus.RESERVED, RedemptionStatus.CONFIRMED, RedemptionStatus.RELEASED)


async def verified(store: Store, miscounts_max: int = 100) -> CountersVerified:
    return await VerifyingCounters(read=store.read)(VerifyCounters(miscounts_max=miscounts_max))


async def rules_broken(store: Store) -> list[tuple[str, str]]:
    return sorted((each.rule, each.found) for each in (await verified(store)).miscounts)


async def a_used_coupon(store: Store, counted: int = 2, of_code: int = 2) -> Coupon:
    """Keep a coupon with a use in every state, so that two slots are taken."""
    coupon = a_coupon(taken=counted, redemptions_per_account_max=None)
    code = evolve(a_code(coupon), taken=of_code)
    await commit(store, lambda work: work.coupons.add(coupon, code))
    for status in _USES:
        use = a_redemption(coupon_id=coupon.id, code=code.code, status=status)
        await commit(store, lambda work, use=use: work.redemptions.add(use))  # type: ignore[misc]
    return coupon


async def test_counters_that_say_what_their_rows_do_are_not_named(store: Store) -> None:
    for _ in range(3):
        await a_used_coupon(store)

    found = await verified(store)

    assert (found.coupons, found.counters, found.miscounts) == (3, 3, [])


@pytest.mark.parametrize(
    ("counted", "of_code", "broken"),
    [
        (3, 2, [("coupon_counts_its_uses", "keeps 3, counted 2")]),
        (1, 2, [("coupon_counts_its_uses", "keeps 1, counted 2")]),
        (
            2,
            3,
            [
                ("code_counts_its_uses", "keeps 3, counted 2"),
                ("codes_count_their_coupons_uses", "keeps 3, counted 2"),
            ],
        ),
    ],
)
async def test_a_planted_count_of_a_coupon_or_a_code_is_found(
    store: Store, counted: int, of_code: int, broken: Sequence[tuple[str, str]]
) -> None:
    await a_used_coupon(store)
    coupon = await a_used_coupon(store, counted, of_code)

    found = await verified(store)

    assert await rules_broken(store) == broken
    assert all(coupon.id in each.counter for each in found.miscounts)


async def test_a_use_under_a_code_that_its_coupon_does_not_have_is_found(store: Store) -> None:
    coupon = await a_used_coupon(store, counted=3)
    stray = a_redemption(coupon_id=coupon.id, code="STRAY")
    await commit(store, lambda work: work.redemptions.add(stray))

    assert await rules_broken(store) == [
        ("codes_count_their_coupons_uses", "keeps 2, counted 3"),
    ]


async def test_coupons_are_read_page_by_page_to_the_last(store: Store) -> None:
    coupons = [a_coupon(taken=1 if place == 100 else 0) for place in range(102)]

    async def keep(work: UnitOfWork) -> None:
        for coupon in coupons:
            await work.coupons.add(coupon, a_code(coupon, taken=0))

    await commit(store, keep)

    found = await verified(store)

    assert (found.coupons, len(found.miscounts)) == (102, 1)


async def test_no_more_faults_are_told_than_asked_for(store: Store) -> None:
    for _ in range(3):
        await a_used_coupon(store, counted=5)

    assert len((await verified(store, miscounts_max=2)).miscounts) == 2


async def check_in_for(store: Store, accounts: int) -> None:
    """Let so many accounts check in, on a day and in a month that have budgets."""
    rules = some_rules(zone="Pacific/Auckland", budgets=Budgets(day=10_000, month=100_000))
    await commit(store, lambda work: work.check_ins.add_rules(rules))
    check_in = CheckingIn(begin=store.begin, clock=SettableClock(NOON), new_id=CountedIds())
    for number in range(accounts):
        await check_in(CheckInToday(account_id=AccountId(f"user-{number}")))


async def test_budgets_that_gave_what_check_ins_brought_are_not_named(store: Store) -> None:
    await check_in_for(store, 3)

    found = await verified(store)

    assert (found.budgets, found.miscounts) == (2, [])


async def test_a_budget_that_gave_more_than_check_ins_brought_is_found(store: Store) -> None:
    await check_in_for(store, 2)
    day = Budget("day:2026-01-13", 10_000)
    fits = await commit(
        store, lambda work: work.check_ins.spend_budgets([day], 5, SOMEBODY, is_whole=True)
    )

    assert fits
    assert await rules_broken(store) == [
        ("budget_gave_what_was_awarded", "keeps 25, counted 20"),
    ]
