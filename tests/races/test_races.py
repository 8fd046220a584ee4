"""Many callers at the same instant, over HTTP: exactly as much happens as may."""

from collections.abc import Awaitable, Callable

import pytest

from tests.races import credit_races, hold_races, payment_races, promotion_races
from tests.races.credit_races import TightBalance
from tests.races.world import Violations, World

Race = Callable[[World], Awaitable[Violations]]

RACES: dict[str, Race] = {
    race.__name__: race
    for race in (
        credit_races.race_for_one_key,
        credit_races.race_for_one_key_with_two_requests,
        credit_races.race_of_adjustments,
        credit_races.race_of_everything,
        hold_races.race_of_ends_of_a_hold,
        hold_races.race_of_ends_against_time,
        hold_races.race_of_holds_for_the_last_credits,
        hold_races.race_of_usage_refunds,
        promotion_races.race_of_check_ins,
        promotion_races.race_for_a_coupon,
        promotion_races.race_for_a_coupon_of_ones_own,
        promotion_races.race_of_first_purchases,
        promotion_races.race_for_a_code_of_one_use,
        promotion_races.race_for_gifts,
        promotion_races.race_for_a_gift_of_ones_own,
        promotion_races.race_of_one_payment_with_a_coupon,
        payment_races.race_of_one_webhook,
        payment_races.race_of_events_about_one_payment,
        payment_races.race_of_page_and_webhooks,
        payment_races.race_of_plan_purchases,
        payment_races.race_of_checkouts_under_one_key,
        payment_races.race_of_checkouts_of_one_buyer,
    )
}


@pytest.mark.parametrize("affords", [0, 21, 63])
async def test_a_balance_that_affords_so_many_spends_pays_for_exactly_so_many(
    world: World, affords: int
) -> None:
    assert await credit_races.race_of_spends(world, TightBalance(affords=affords)) == []


@pytest.mark.parametrize("name", RACES)
async def test_everything_that_may_happen_once_happens_once_in_a(world: World, name: str) -> None:
    assert await RACES[name](world) == []
