"""What is asked of Stripe to sell an order."""

import pytest
from attrs import evolve

from domain.payments.errors import NotSoldThere, ProviderRefused
from domain.payments.order import OrderType
from domain.period import Interval
from tests.adapters.providers.stripe.sales import (
    MONTHLY,
    a_pack_sale,
    a_plan_sale,
    a_request,
    enter_prices,
    sold_plan,
)
from tests.support.builders.payments import an_order_line
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.side import StripeSide, a_stripe
from tests.support.sandbox import a_sale

SESSIONS = "POST /v1/checkout/sessions"
COUPONS = "POST /v1/coupons"


def asked(stripe: StripeSide, operation: str = SESSIONS) -> Thing:
    """Return what was asked last of an operation."""
    return dict(next(e for e in reversed(stripe.fake.asked) if e.operation == operation).params)


async def test_a_pack_is_sold_at_our_price_where_stripe_has_none(stripe: StripeSide) -> None:
    order = a_pack_sale()

    opened = await stripe.provider.open_checkout(a_request(order, email="a@shop.example"))

    assert opened.url.startswith("https://checkout.stripe.com/")
    assert asked(stripe) == {
        "mode": "payment",
        "client_reference_id": order.id,
        "metadata": {"order_id": order.id, "account_id": order.account_id},
        "payment_intent_data": {"metadata": {"order_id": order.id, "account_id": order.account_id}},
        "customer_creation": "always",
        "customer_email": "a@shop.example",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 500,
                    "product_data": {"name": "Small"},
                    "tax_behavior": "exclusive",
                },
            }
        ],
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "adaptive_pricing": {"enabled": False},
    }


async def test_a_pack_is_sold_by_its_price_where_stripe_has_one(stripe: StripeSide) -> None:
    stripe.world.sell("price_small", amount=500, interval=None)

    await stripe.provider.open_checkout(a_request(a_pack_sale(), reference="price_small"))

    assert asked(stripe)["line_items"] == [{"price": "price_small", "quantity": 1}]


async def test_a_plan_is_sold_by_its_price_and_names_its_order_on_the_subscription(
    stripe: StripeSide,
) -> None:
    enter_prices(stripe)
    order = a_plan_sale()

    await stripe.provider.open_checkout(a_request(order, reference=MONTHLY))

    params = asked(stripe)
    assert params["mode"] == "subscription"
    assert params["line_items"] == [{"price": MONTHLY, "quantity": 1}]
    assert params["subscription_data"]["metadata"]["order_id"] == order.id
    assert "payment_intent_data" not in params
    assert "customer_creation" not in params


async def test_a_plan_without_a_price_at_stripe_is_not_sold_there(stripe: StripeSide) -> None:
    with pytest.raises(NotSoldThere):
        await stripe.provider.open_checkout(a_request(a_plan_sale()))

    assert stripe.fake.asked == []
    assert stripe.provider.needs_reference_for(OrderType.SUBSCRIPTION)
    assert not stripe.provider.needs_reference_for(OrderType.CREDITS)


async def test_a_known_customer_buys_as_that_customer(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    request = a_request(a_pack_sale(), email="a@shop.example", customer_id=sold.customer_id)

    await stripe.provider.open_checkout(request)

    assert asked(stripe)["customer"] == sold.customer_id
    assert "customer_email" not in asked(stripe)
    assert "customer_creation" not in asked(stripe)


async def test_a_discount_is_a_coupon_of_that_amount_for_that_order_alone(
    stripe: StripeSide,
) -> None:
    order = a_pack_sale(discount_minor=120, coupon_code="WELCOME")

    await stripe.provider.open_checkout(a_request(order))

    assert asked(stripe, COUPONS) == {
        "id": f"order-{order.id}",
        "amount_off": 120,
        "currency": "usd",
        "duration": "once",
        "max_redemptions": 1,
        "name": "WELCOME",
        "metadata": {"order_id": order.id},
    }
    assert asked(stripe)["discounts"] == [{"coupon": f"order-{order.id}"}]


@pytest.mark.parametrize(
    ("interval", "periods", "said"),
    [
        (Interval.MONTHLY, 3, {"duration": "repeating", "duration_in_months": 3}),
        (Interval.YEARLY, 2, {"duration": "repeating", "duration_in_months": 24}),
        (Interval.YEARLY, None, {"duration": "forever"}),
    ],
)
async def test_a_discount_for_longer_lasts_as_many_months(
    stripe: StripeSide, interval: Interval, periods: int | None, said: dict[str, object]
) -> None:
    enter_prices(stripe)
    order = evolve(a_plan_sale(interval=interval, discount_minor=120), discount_periods=periods)

    await stripe.provider.open_checkout(a_request(order, reference=MONTHLY))

    params = asked(stripe, COUPONS)
    assert {name: params[name] for name in params if name.startswith("duration")} == said


async def test_a_repeat_finds_the_coupon_of_its_order_even_when_keys_are_forgotten(
    stripe: StripeSide,
) -> None:
    request = a_request(a_pack_sale(discount_minor=120))
    await stripe.provider.open_checkout(request)
    stripe.fake.forget_keys()

    again = await stripe.provider.open_checkout(request)

    assert stripe.world.get(again.session_id, "checkout.session")["amount_total"] == 380


async def test_a_repeat_is_the_same_page_under_the_same_key(stripe: StripeSide) -> None:
    order = a_pack_sale()

    first = await stripe.provider.open_checkout(a_request(order))
    second = await stripe.provider.open_checkout(a_request(order))

    assert second == first
    assert {each.key for each in stripe.fake.asked} == {f"checkout:{order.id}"}
    assert len(stripe.world.all_of("checkout.session")) == 1


async def test_a_repeat_that_knows_more_of_the_buyer_finds_the_page_that_is_open(
    stripe: StripeSide,
) -> None:
    order = a_pack_sale()

    first = await stripe.provider.open_checkout(a_request(order))
    second = await stripe.provider.open_checkout(a_request(order, email="a@shop.example"))

    assert second == first
    assert len(stripe.world.all_of("checkout.session")) == 1


async def test_a_repeat_that_differs_once_the_page_is_closed_is_refused(
    stripe: StripeSide,
) -> None:
    order = a_pack_sale()
    first = await stripe.provider.open_checkout(a_request(order))
    stripe.world.expire(first.session_id)

    with pytest.raises(ProviderRefused, match="used before for something else"):
        await stripe.provider.open_checkout(a_request(order, email="a@shop.example"))


async def test_yen_have_no_smaller_unit(stripe: StripeSide) -> None:
    line = an_order_line(price_minor=1200, currency="JPY")
    order = a_sale(line=line, discount_minor=200)

    opened = await stripe.provider.open_checkout(a_request(order))

    price = asked(stripe)["line_items"][0]["price_data"]
    assert (price["unit_amount"], price["currency"]) == (1200, "jpy")
    assert asked(stripe, COUPONS)["amount_off"] == 200
    assert stripe.world.get(opened.session_id, "checkout.session")["amount_total"] == 1000


async def test_automatic_tax_is_a_switch() -> None:
    async with a_stripe(has_automatic_tax=True) as stripe:
        sold = await sold_plan(stripe)
        assert asked(stripe)["automatic_tax"] == {"enabled": True}

        await stripe.provider.open_checkout(a_request(a_pack_sale(), customer_id=sold.customer_id))

    assert asked(stripe)["customer_update"] == {"address": "auto"}


async def test_a_closed_page_cannot_be_paid_any_more(stripe: StripeSide) -> None:
    opened = await stripe.provider.open_checkout(a_request(a_pack_sale()))

    await stripe.provider.close_checkout(opened.session_id)

    assert stripe.world.get(opened.session_id, "checkout.session")["status"] == "expired"


@pytest.mark.parametrize("is_paid", [True, False])
async def test_closing_a_page_that_is_closed_does_nothing(
    stripe: StripeSide, is_paid: bool
) -> None:
    opened = await stripe.provider.open_checkout(a_request(a_pack_sale()))
    if is_paid:
        stripe.world.pay(opened.session_id)
    else:
        stripe.world.expire(opened.session_id)
    told = len(stripe.world.events)

    await stripe.provider.close_checkout(opened.session_id)

    assert len(stripe.world.events) == told


async def test_closing_a_page_that_never_was_is_refused(stripe: StripeSide) -> None:
    with pytest.raises(ProviderRefused, match="no such thing"):
        await stripe.provider.close_checkout("cs_test_unknown")


async def test_a_customer_has_a_portal(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)

    url = await stripe.provider.open_portal(sold.customer_id, "https://shop.example/account")

    assert url.startswith("https://billing.stripe.com/")
    assert asked(stripe, "POST /v1/billing_portal/sessions") == {
        "customer": sold.customer_id,
        "return_url": "https://shop.example/account",
    }


async def test_a_trial_is_asked_for_with_a_card_and_without_a_coupon(stripe: StripeSide) -> None:
    enter_prices(stripe)
    order = evolve(a_plan_sale(discount_minor=990), trial_days=14)

    await stripe.provider.open_checkout(a_request(order, reference=MONTHLY))

    params = asked(stripe)
    assert params["payment_method_collection"] == "always"
    assert params["subscription_data"]["trial_period_days"] == 14
    assert params["subscription_data"]["trial_settings"] == {
        "end_behavior": {"missing_payment_method": "cancel"}
    }
    assert "discounts" not in params
