"""Prices live twice, here and at the provider: what differs is said in words."""

import pytest
from attrs import evolve

from application.ports.provider import Capability
from application.ports.provider_calls import ProviderPrice
from application.subscriptions.compare_prices import ComparePrices, ComparingPrices, PriceProblem
from domain.payments.errors import ProviderUnavailable
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan, ProviderItem
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack, a_plan

MONTHLY = ProviderItem(SANDBOX, Interval.MONTHLY, "price_m")
YEARLY = ProviderItem(SANDBOX, Interval.YEARLY, "price_y")
ONCE = ProviderItem(SANDBOX, None, "price_s")
AGREED = {
    "price_m": ProviderPrice(
        reference="price_m",
        amount_minor=990,
        currency="USD",
        interval=Interval.MONTHLY,
        is_active=True,
    ),
    "price_y": ProviderPrice(
        reference="price_y",
        amount_minor=9900,
        currency="USD",
        interval=Interval.YEARLY,
        is_active=True,
    ),
    "price_s": ProviderPrice(
        reference="price_s", amount_minor=500, currency="USD", interval=None, is_active=True
    ),
}
SILENT = ProviderUnavailable(channel=SANDBOX)


@pytest.fixture
async def agreed(shop: Shop) -> Shop:
    """A shop whose provider sells everything at the very prices that builders give it."""
    shop.provider.prices |= AGREED
    return shop


async def compared(shop: Shop, item: Plan | Pack | None = None) -> list[str]:
    problems = await problems_of(shop, item)
    return [f"{each.reference}: {each.problem}" for each in problems]


async def problems_of(shop: Shop, item: Plan | Pack | None = None) -> tuple[PriceProblem, ...]:
    compare = ComparingPrices(read=shop.store.read, providers=shop.providers)
    return await compare(ComparePrices(item=item))


@pytest.mark.parametrize("item", [a_plan(items=(MONTHLY, YEARLY)), a_pack(items=(ONCE,))])
async def test_prices_that_agree_are_no_problem(agreed: Shop, item: Plan | Pack) -> None:
    assert await compared(agreed, item) == []
    assert agreed.provider.questions == [sold.reference for sold in item.items]


@pytest.mark.parametrize(
    ("price", "problem"),
    [
        (evolve(AGREED["price_s"], is_active=False), "it is not on sale there"),
        (evolve(AGREED["price_s"], currency="EUR"), "it costs EUR there and USD here"),
        (
            evolve(AGREED["price_s"], amount_minor=499),
            "it costs 499 there and 500 here (in minor units of USD)",
        ),
        (
            evolve(AGREED["price_s"], interval=Interval.MONTHLY),
            "it is paid monthly there and once here",
        ),
    ],
)
async def test_what_differs_is_said(agreed: Shop, price: ProviderPrice, problem: str) -> None:
    agreed.provider.prices["price_s"] = price
    pack = a_pack(items=(ONCE,))

    assert await problems_of(agreed, pack) == (
        PriceProblem(
            channel=SANDBOX,
            item_id=pack.id,
            item_name=pack.name,
            reference="price_s",
            problem=problem,
        ),
    )


async def test_a_price_in_a_currency_without_cents_is_compared_as_it_stands(agreed: Shop) -> None:
    yen = evolve(AGREED["price_s"], currency="JPY", amount_minor=50000)
    agreed.provider.prices["price_s"] = yen

    assert await compared(agreed, a_pack(currency="JPY", price_minor=500, items=(ONCE,))) == [
        "price_s: it costs 50000 there and 500 here (in minor units of JPY)"
    ]


async def test_a_yearly_price_behind_a_monthly_plan_is_a_problem(agreed: Shop) -> None:
    swapped = evolve(MONTHLY, reference="price_y")

    assert await compared(agreed, a_plan(items=(swapped,))) == [
        "price_y: it is paid yearly there and monthly here"
    ]


async def test_an_id_for_a_price_that_a_plan_does_not_have_is_a_problem(agreed: Shop) -> None:
    plan = a_plan(price_yearly_minor=None, items=(MONTHLY, YEARLY))

    assert await compared(agreed, plan) == [
        "price_y: an id is entered for it, but it has no such price here"
    ]


async def test_an_id_that_the_provider_does_not_know_is_a_problem(agreed: Shop) -> None:
    (problem,) = await compared(agreed, a_pack(items=(evolve(ONCE, reference="gone"),)))

    assert problem.startswith("gone: it could not be compared: ")
    assert "it is unknown there" in problem


async def test_a_silent_provider_is_a_problem_of_each_price_and_no_error(agreed: Shop) -> None:
    agreed.provider.prices["price_m"] = SILENT
    plan = a_plan(items=(MONTHLY, YEARLY))

    assert await compared(agreed, plan) == [
        "price_m: it could not be compared: the provider does not answer"
    ]


async def test_a_provider_that_cannot_be_asked_or_is_not_configured_is_left_out(
    agreed: Shop,
) -> None:
    elsewhere = ProviderItem(Channel("elsewhere"), None, "price_s")
    agreed.provider.capabilities -= {Capability.READ}

    assert await compared(agreed, a_pack(items=(ONCE, elsewhere))) == []
    assert agreed.provider.questions == []


async def test_everything_on_sale_is_compared_to_the_end_of_the_list_and_nothing_else(
    agreed: Shop,
) -> None:
    wrong = evolve(ONCE, reference="gone")
    plans = [a_plan(items=(MONTHLY, YEARLY)) for _ in range(101)]
    packs = [a_pack(items=(ONCE,)) for _ in range(101)]
    off_sale = a_pack(items=(wrong,), is_on_sale=False)
    last = a_pack(name="Last", items=(wrong,))
    await agreed.offers(*plans, *packs, off_sale, last)

    found = await problems_of(agreed)

    assert [each.item_name for each in found] == ["Last"]
    assert len(agreed.provider.questions) == 2 * 101 + 101 + 1
