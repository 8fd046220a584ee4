"""Trying check-in rules: how much of the past is read, and that nothing is changed."""

from datetime import date, timedelta

from application.promotions.simulate_check_in import (
    ACCOUNTS_READ_MAX,
    CheckInSimulated,
    SimulateCheckIn,
    SimulatingCheckIn,
)
from domain.credits.ids import AccountId
from domain.promotions.check_in_rules import CheckInTerms
from domain.promotions.check_in_simulation import Cost
from tests.application.shop import Shop
from tests.support.builders.promotions import a_check_in
from tests.support.clock import NOON

YESTERDAY = NOON - timedelta(days=1)


async def came_yesterday(shop: Shop, accounts: int) -> None:
    async with shop.store.begin() as work:
        for number in range(accounts):
            name = AccountId(f"user-{number:04}")
            await work.check_ins.add(a_check_in(account_id=name, at=YESTERDAY, award=5))
        await work.commit()


async def tried(shop: Shop, days: int = 1, accounts: int | None = None) -> CheckInSimulated:
    simulate = SimulatingCheckIn(read=shop.store.read, clock=shop.clock)
    return await simulate(
        SimulateCheckIn(
            terms=CheckInTerms(is_enabled=True, base=10, zone="UTC"),
            days=days,
            accounts=accounts,
            share_percent=None,
            paid_percent=0,
        )
    )


async def test_all_accounts_are_read_over_as_many_pages_as_it_takes(shop: Shop) -> None:
    await came_yesterday(shop, 60)
    before = shop.kept()

    found = await tried(shop)

    assert (found.from_day, found.to_day) == (date(2026, 1, 11), date(2026, 1, 11))
    assert (found.past.accounts, found.past.check_ins, found.past.given) == (60, 60, 300)
    assert found.past.cost == Cost(credits=600, withheld=0)
    assert not found.past.is_sample
    assert (found.future.accounts, found.future.cost.credits) == (60, 600)
    assert shop.kept() == before


async def test_of_very_many_accounts_a_sample_is_read_and_said_to_be_one(shop: Shop) -> None:
    await came_yesterday(shop, ACCOUNTS_READ_MAX + 1)

    found = await tried(shop, accounts=10 * ACCOUNTS_READ_MAX)

    assert (found.past.accounts, found.past.is_sample) == (ACCOUNTS_READ_MAX, True)
    assert found.future.cost.credits == 10 * ACCOUNTS_READ_MAX * 10


async def test_exactly_as_many_accounts_as_are_read_are_no_sample(shop: Shop) -> None:
    await came_yesterday(shop, ACCOUNTS_READ_MAX)

    assert not (await tried(shop)).past.is_sample


async def test_without_any_history_everybody_of_the_model_comes_every_day(shop: Shop) -> None:
    found = await tried(shop, days=3, accounts=7)

    assert (found.past.accounts, found.future.is_model) == (0, True)
    assert (found.future.cost.credits, found.future.ceiling) == (7 * 3 * 10, 7 * 3 * 10)


async def test_today_is_left_out_since_it_is_not_over(shop: Shop) -> None:
    async with shop.store.begin() as work:
        await work.check_ins.add(a_check_in(at=NOON))
        await work.commit()

    found = await tried(shop)

    assert (found.past.accounts, found.past.check_ins) == (1, 0)
