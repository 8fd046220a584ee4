"""What Creem charges for an item of ours."""

import pytest

from application.ports.provider_calls import ProviderPrice
from domain.payments.errors import ProviderRefused
from domain.period import Interval
from tests.support.fake_creem.world import CreemWorld


@pytest.mark.parametrize(
    ("period", "interval"),
    [("once", None), ("every-month", Interval.MONTHLY), ("every-year", Interval.YEARLY)],
)
async def test_a_product_has_a_price_and_an_interval(
    world: CreemWorld, period: str, interval: Interval | None
) -> None:
    product_id = world.books.add_product(price=1900, currency="USD", period=period)

    price = await world.provider.read_price(product_id)

    assert price == ProviderPrice(
        reference=product_id, amount_minor=1900, currency="USD", interval=interval, is_active=True
    )


@pytest.mark.parametrize(
    ("unit", "count", "interval"),
    [("month", 1, Interval.MONTHLY), ("month", 12, Interval.YEARLY), ("year", 1, Interval.YEARLY)],
)
async def test_an_interval_of_ones_own_making_may_be_one_of_ours(
    world: CreemWorld, unit: str, count: int, interval: Interval
) -> None:
    product_id = world.books.add_product(period="custom")
    world.books.products[product_id] |= {
        "recurring_interval": unit,
        "recurring_interval_count": count,
    }

    assert (await world.provider.read_price(product_id)).interval is interval


@pytest.mark.parametrize(
    "period", ["every-day", "every-three-months", "every-six-months", "custom"]
)
async def test_an_interval_that_is_not_sold_here_is_refused(world: CreemWorld, period: str) -> None:
    product_id = world.books.add_product(period=period)

    with pytest.raises(ProviderRefused, match="interval"):
        await world.provider.read_price(product_id)


async def test_a_product_that_was_put_away_is_not_active(world: CreemWorld) -> None:
    product_id = world.books.add_product()
    world.books.products[product_id]["status"] = "archived"

    assert not (await world.provider.read_price(product_id)).is_active


@pytest.mark.parametrize("reference", ["prod_unknown", "../checkouts", "a/b", "?", "%2e", "é"])
async def test_a_product_nobody_knows_has_no_price(world: CreemWorld, reference: str) -> None:
    with pytest.raises(ProviderRefused, match="no such thing"):
        await world.provider.read_price(reference)
