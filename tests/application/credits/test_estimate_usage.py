"""What usage would cost, and whether an account could pay."""

import pytest
from attrs import evolve

from application.credits.estimate_usage import (
    Affordable,
    EstimateUsage,
    EstimatingUsage,
    UsageEstimated,
)
from application.credits.steps.rate_desk import RateDesk
from domain.credits.errors import ModelUnrated
from domain.credits.ids import AccountId
from domain.credits.usage import Usage
from domain.credits.wallet import Wallet
from tests.application.shop import Shop
from tests.support.builders.credits import SOMEBODY, grant_terms, granted
from tests.support.builders.rates import a_card, usage_of


async def estimate(
    shop: Shop,
    cost: Usage | int,
    *,
    account_id: AccountId | None = SOMEBODY,
    balance: int = 100,
    is_frozen: bool = False,
    overdraft_max: int = 0,
) -> UsageEstimated:
    async def wallet_of(account_id: AccountId) -> Wallet:
        wallet = Wallet(account_id=account_id)
        if balance:
            wallet = granted(wallet, grant_terms(amount=balance), now=shop.clock.now).wallet
        return evolve(wallet, is_frozen=is_frozen, overdraft_max=overdraft_max)

    async with shop.store.begin() as work:
        await work.rate_cards.add(a_card())
        await work.commit()
    desk = RateDesk(read=shop.store.read, stopwatch=lambda: 0.0)
    estimating = EstimatingUsage(desk=desk, wallet=wallet_of, clock=shop.clock)
    return await estimating(EstimateUsage(account_id=account_id, cost=cost))


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        (0, Affordable(available=0, missing=5, is_affordable=False)),
        (4, Affordable(available=4, missing=1, is_affordable=False)),
        (5, Affordable(available=5, missing=0, is_affordable=True)),
        (6, Affordable(available=6, missing=0, is_affordable=True)),
    ],
)
async def test_usage_is_rated_and_held_against_what_is_available(
    shop: Shop, balance: int, expected: Affordable
) -> None:
    found = await estimate(shop, usage_of(input=812, output=230), balance=balance)

    assert found.rated is not None
    assert (found.credits, found.rated.exact, found.rated.version) == (5, "4.33", 1)
    assert found.account == expected


async def test_an_amount_needs_no_rate(shop: Shop) -> None:
    found = await estimate(shop, 101)

    assert (found.credits, found.rated) == (101, None)
    assert found.account == Affordable(available=100, missing=1, is_affordable=False)


async def test_a_frozen_account_can_afford_nothing(shop: Shop) -> None:
    found = await estimate(shop, 1, is_frozen=True)

    assert found.account == Affordable(available=100, missing=0, is_affordable=False)


async def test_without_an_account_the_cost_alone_is_told(shop: Shop) -> None:
    found = await estimate(shop, usage_of(input=1), account_id=None)

    assert (found.credits, found.account) == (1, None)


async def test_a_model_without_a_rate_is_refused(shop: Shop) -> None:
    with pytest.raises(ModelUnrated):
        await estimate(shop, usage_of("unknown", input=1))


@pytest.mark.parametrize(("cost", "missing"), [(130, 0), (131, 1)])
async def test_what_may_be_owed_can_be_afforded(shop: Shop, cost: int, missing: int) -> None:
    found = await estimate(shop, cost, overdraft_max=30)

    assert found.account == Affordable(available=100, missing=missing, is_affordable=missing == 0)
