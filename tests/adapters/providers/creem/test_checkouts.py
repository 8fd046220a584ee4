"""Selling at Creem: one page an order, the right price, the right buyer."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from adapters.providers.creem.checkouts import CHECKOUT_LIFE
from adapters.providers.creem.discounts import code_of
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.ids import OrderId
from tests.support.clock import NOON
from tests.support.fake_creem.faults import Fault, Faults
from tests.support.fake_creem.world import (
    CreemWorld,
    a_pack_order,
    a_request,
    a_subscription_order,
    creem_world,
)

CHECKOUTS = "POST /v1/checkouts"
DISCOUNTS = "POST /v1/discounts"


def _asked(world: CreemWorld, route: str = CHECKOUTS) -> dict[str, Any]:
    (body,) = world.fake.asked_for(route)
    assert body is not None
    return body


async def test_a_checkout_carries_our_order_in_every_place_creem_has_for_it(
    world: CreemWorld,
) -> None:
    order = evolve(a_pack_order(), success_url="https://shop.example/thanks")
    product_id = world.books.add_product()

    opened = await world.opened(order, product_id)

    assert opened.url == world.books.checkouts[opened.session_id]["checkout_url"]
    assert _asked(world) == {
        "product_id": product_id,
        "request_id": order.id,
        "metadata": {"order_id": order.id, "account_id": order.account_id},
        "success_url": "https://shop.example/thanks",
    }


@pytest.mark.parametrize(
    ("who", "customer"),
    [
        ({}, None),
        ({"email": "a@example.com"}, {"email": "a@example.com"}),
        ({"customer_id": "cust_000001"}, {"id": "cust_000001"}),
        ({"email": "a@example.com", "customer_id": "cust_000001"}, {"id": "cust_000001"}),
    ],
)
async def test_a_buyer_is_named_by_id_or_by_email_and_never_by_both(
    world: CreemWorld, who: dict[str, str], customer: dict[str, str] | None
) -> None:
    world.books.add_customer()

    await world.opened(a_pack_order(), world.books.add_product(), **who)

    assert _asked(world).get("customer") == customer


async def test_a_page_counts_as_open_as_long_as_its_order(world: CreemWorld) -> None:
    order = a_pack_order()
    ending = evolve(a_pack_order(), expires_at=NOON + timedelta(hours=1))
    product_id = world.books.add_product()

    opened = await world.opened(order, product_id)
    other = await world.opened(ending, product_id)

    assert opened.expires_at == order.created_at + CHECKOUT_LIFE
    assert other.expires_at == NOON + timedelta(hours=1)


async def test_calls_for_one_order_at_the_same_time_get_one_page(world: CreemWorld) -> None:
    request = a_request(a_pack_order(), world.books.add_product())

    opened = await asyncio.gather(*(world.provider.open_checkout(request) for _ in range(8)))

    assert len(set(opened)) == 1
    assert len(world.books.checkouts) == 1


async def test_after_a_lost_answer_a_second_page_is_made_and_only_that_is_handed_out() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        faults.script(CHECKOUTS, Fault.LOSE_ANSWER)
        order = a_pack_order()

        opened = await world.opened(order, world.books.add_product())

        assert len(world.books.checkouts) == 2
        assert opened.session_id == list(world.books.checkouts)[-1]


async def test_what_was_not_entered_there_cannot_be_sold(world: CreemWorld) -> None:
    with pytest.raises(ProviderRefused, match="entered"):
        await world.provider.open_checkout(a_request(a_pack_order(), None))
    with pytest.raises(ProviderRefused, match="no such thing"):
        await world.opened(a_pack_order(), "prod_unknown")


async def test_a_page_at_an_odd_address_is_not_handed_out() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        faults.script(CHECKOUTS, Fault.NO_ADDRESS)

        with pytest.raises(ProviderUnavailable):
            await world.opened(a_pack_order(), world.books.add_product())


async def test_a_pack_at_less_is_sold_at_a_price_of_its_own(world: CreemWorld) -> None:
    await world.opened(a_pack_order(discount_minor=120), world.books.add_product())

    assert _asked(world)["custom_price"] == 880
    assert "discount_code" not in _asked(world)
    assert world.books.discounts == {}


@pytest.mark.parametrize(
    ("discount_minor", "has_code"), [(899, False), (900, False), (901, True), (999, True)]
)
async def test_a_pack_below_the_least_price_is_sold_with_a_code(
    world: CreemWorld, discount_minor: int, has_code: bool
) -> None:
    await world.opened(a_pack_order(discount_minor=discount_minor), world.books.add_product())

    assert ("discount_code" in _asked(world)) is has_code
    assert ("custom_price" in _asked(world)) is not has_code


async def test_a_subscription_at_less_is_sold_with_a_code_for_this_order_alone(
    world: CreemWorld,
) -> None:
    order = evolve(a_subscription_order(discount_minor=120), coupon_code="SPRING")
    product_id = world.books.add_product(period="every-month")

    await world.opened(order, product_id)

    assert _asked(world)["discount_code"] == code_of(order.id)
    assert _asked(world, DISCOUNTS) == {
        "name": "SPRING",
        "code": code_of(order.id),
        "type": "fixed",
        "amount": 120,
        "currency": "EUR",
        "duration": "once",
        "max_redemptions": 1,
        "applies_to_products": [product_id],
    }


@pytest.mark.parametrize(
    ("periods", "said"),
    [(3, {"duration": "repeating", "duration_in_months": 3}), (None, {"duration": "forever"})],
)
async def test_a_discount_for_longer_lasts_as_many_months(
    world: CreemWorld, periods: int | None, said: dict[str, object]
) -> None:
    order = evolve(a_subscription_order(discount_minor=120), discount_periods=periods)

    await world.opened(order, world.books.add_product(period="every-month"))

    asked = _asked(world, DISCOUNTS)
    assert {name: asked[name] for name in asked if name.startswith("duration")} == said


async def test_a_discount_that_was_made_before_is_found_again() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        product_id = world.books.add_product(period="every-month")
        order = a_subscription_order(discount_minor=120)
        faults.script(CHECKOUTS, Fault.REFUSE, Fault.REFUSE)
        with pytest.raises(ProviderUnavailable):
            await world.opened(order, product_id)

        await world.opened(order, product_id)

        assert len(world.books.discounts) == 1
        assert len(world.books.checkouts) == 1


async def test_a_discount_whose_answer_was_lost_is_found_again() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        product_id = world.books.add_product(period="every-month")
        faults.script(DISCOUNTS, Fault.LOSE_ANSWER)

        await world.opened(a_subscription_order(discount_minor=120), product_id)

        assert len(world.books.discounts) == 1


async def test_a_discount_that_was_not_made_stops_the_sale() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        product_id = world.books.add_product(period="every-month")
        faults.script(DISCOUNTS, Fault.REFUSE)

        with pytest.raises(ProviderUnavailable):
            await world.opened(a_subscription_order(discount_minor=120), product_id)

        assert world.books.checkouts == {}


async def test_a_discount_understood_as_another_amount_is_removed_and_stops_the_sale(
    world: CreemWorld,
) -> None:
    world.books.discount_factor = 100
    product_id = world.books.add_product(period="every-month")

    with pytest.raises(ProviderRefused, match="another discount"):
        await world.opened(a_subscription_order(discount_minor=120), product_id)

    (discount,) = world.books.discounts.values()
    assert discount["status"] == "deleted"
    assert world.books.checkouts == {}


async def test_an_order_whose_discount_is_used_is_not_sold_a_second_time(
    world: CreemWorld,
) -> None:
    product_id = world.books.add_product(period="every-month")
    order = a_subscription_order(discount_minor=120)
    await world.sold(order, product_id)
    async with creem_world(books=world.books) as restarted:
        with pytest.raises(ProviderRefused, match="used already"):
            await restarted.opened(order, product_id)


def test_the_code_of_an_order_is_its_own_and_always_the_same() -> None:
    codes = {code_of(OrderId(f"order-{number}")) for number in range(100)}

    assert len(codes) == 100
    assert code_of(OrderId("order-1")) in codes
    assert all(code.isalnum() and code.isupper() and len(code) == 20 for code in codes)


async def test_a_customer_has_a_portal(world: CreemWorld) -> None:
    customer_id = world.books.add_customer()

    url = await world.provider.open_portal(customer_id, "https://shop.example")

    assert url == f"https://creem.io/test/my-orders/{customer_id}"


async def test_closing_a_checkout_is_nothing_creem_can_do(world: CreemWorld) -> None:
    opened = await world.opened(a_pack_order(), world.books.add_product())

    await world.provider.close_checkout(opened.session_id)

    assert world.books.checkouts[opened.session_id]["status"] == "pending"
