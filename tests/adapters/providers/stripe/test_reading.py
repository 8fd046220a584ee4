"""What Stripe says when it is asked."""

from typing import Any

import pytest

from adapters.providers.stripe.listing import PAGE as LISTED
from adapters.providers.stripe.meaning import TYPES_NEEDED
from adapters.providers.stripe.pulling import PAGE
from application.ports.provider_calls import ProviderPrice
from domain.payments.errors import ProviderRefused
from domain.payments.ids import OrderId
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutLinked,
)
from domain.period import Interval
from tests.adapters.providers.stripe.sales import (
    STRIPE,
    a_pack_sale,
    a_request,
    sold_pack,
    sold_plan,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.data import fixture
from tests.support.fake_stripe.side import StripeSide


async def test_a_checkout_of_a_plan_is_read_with_its_first_payment(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)

    linked, paid = await stripe.provider.read_checkout(sold.opened.session_id)

    assert (linked,) == await stripe.told("checkout.session.completed")
    assert (paid,) == await stripe.told("invoice.paid")


async def test_a_checkout_of_a_pack_is_read_as_its_webhook_tells(stripe: StripeSide) -> None:
    order = a_pack_sale()
    opened = await stripe.provider.open_checkout(a_request(order))
    before = await stripe.provider.read_checkout(opened.session_id)

    stripe.world.pay(opened.session_id)

    assert before == ()
    after = await stripe.provider.read_checkout(opened.session_id)
    assert after == await stripe.told("checkout.session.completed")


async def test_a_checkout_that_is_over_or_not_paid_yet_is_read_as_such(stripe: StripeSide) -> None:
    order = a_pack_sale()
    over = await stripe.provider.open_checkout(a_request(order))
    delayed = await stripe.provider.open_checkout(a_request(a_pack_sale()))
    stripe.world.expire(over.session_id)
    stripe.world.pay(delayed.session_id, is_delayed=True)

    facts = await stripe.provider.read_checkout(over.session_id)

    assert facts == (CheckoutExpired(order_id=OrderId(order.id)),)
    assert await stripe.provider.read_checkout(delayed.session_id) == ()


async def test_a_subscription_whose_invoice_is_still_open_is_read_as_linked_alone(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)
    stripe.world.get(sold.invoice_id, "invoice")["status"] = "open"

    [linked] = await stripe.provider.read_checkout(sold.opened.session_id)

    assert isinstance(linked, CheckoutLinked)


@pytest.mark.parametrize(
    ("terms", "amount_minor", "currency", "interval"),
    [
        ({"amount": 990}, 990, "USD", Interval.MONTHLY),
        ({"amount": 9900, "interval": "year"}, 9900, "USD", Interval.YEARLY),
        ({"amount": 9900, "interval_count": 12}, 9900, "USD", Interval.YEARLY),
        ({"amount": 1200, "currency": "jpy", "interval": None}, 1200, "JPY", None),
    ],
)
async def test_a_price_is_read_as_we_write_prices(
    stripe: StripeSide,
    terms: dict[str, Any],
    amount_minor: int,
    currency: str,
    interval: Interval | None,
) -> None:
    reference = stripe.world.sell("price_1", **terms)

    price = await stripe.provider.read_price(reference)

    assert price == ProviderPrice(
        reference="price_1",
        amount_minor=amount_minor,
        currency=currency,
        interval=interval,
        is_active=True,
    )


async def test_a_price_that_is_no_longer_sold_is_read_as_such(stripe: StripeSide) -> None:
    stripe.world.sell("price_1", active=False)

    assert not (await stripe.provider.read_price("price_1")).is_active


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"amount": None}, "one whole, fixed amount"),
        ({"interval": "week"}, "neither monthly nor yearly"),
        ({"interval_count": 3}, "neither monthly nor yearly"),
    ],
)
async def test_a_price_we_cannot_sell_by_is_refused_in_our_words(
    stripe: StripeSide, terms: dict[str, Any], reason: str
) -> None:
    stripe.world.sell("price_1", **terms)

    with pytest.raises(ProviderRefused, match=reason):
        await stripe.provider.read_price("price_1")


async def test_a_price_that_does_not_exist_is_refused(stripe: StripeSide) -> None:
    with pytest.raises(ProviderRefused, match="no such thing"):
        await stripe.provider.read_price("price_unknown")


async def test_events_are_pulled_under_the_ids_and_in_the_words_of_their_webhooks(
    stripe: StripeSide,
) -> None:
    await sold_plan(stripe)

    pulled = {event.event_id: event async for event in stripe.provider.pull(NOON)}

    expected = [each for each in stripe.world.events if each["type"] in TYPES_NEEDED]
    assert set(pulled) == {each["id"] for each in expected}
    for each in expected:
        event = pulled[each["id"]]
        assert (event.channel, event.type) == (STRIPE, each["type"])
        assert event.received_at == event.next_try_at == NOON
        assert await stripe.provider.translate(event) == await stripe.meaning_of(each)


async def test_what_happened_before_is_not_pulled(stripe: StripeSide) -> None:
    await sold_pack(stripe)
    later = stripe.clock.advance(seconds=1)
    opened = await stripe.provider.open_checkout(a_request(a_pack_sale()))
    stripe.world.expire(opened.session_id)

    pulled = [event.type async for event in stripe.provider.pull(later)]

    assert pulled == ["checkout.session.expired"]


async def test_all_pages_of_events_are_pulled_each_event_once(stripe: StripeSide) -> None:
    for _ in range(2 * PAGE + 1):
        stripe.world.emit("checkout.session.expired", fixture("checkout.session"))

    pulled = [event.event_id async for event in stripe.provider.pull(NOON)]

    assert len(pulled) == len(set(pulled)) == 2 * PAGE + 1
    assert stripe.fake.operations() == ["GET /v1/events"] * 3


async def test_subscriptions_are_listed_a_hundred_a_call_as_they_are_read(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)
    of_its_own = stripe.world.get(sold.subscription_id, "subscription", "id")
    for number in range(2 * LISTED):
        stripe.world.add({**of_its_own, "id": f"sub_{number}"})
    stripe.fake.asked.clear()

    pages = [await stripe.provider.list_known(NOON, None)]
    while (position := pages[-1].next) is not None:
        pages.append(await stripe.provider.list_known(NOON, position))
    asked = stripe.fake.operations()

    reports = [report for page in pages for report in page.reports]
    assert asked == ["GET /v1/subscriptions"] * 3
    assert len({each.provider_subscription_id for each in reports}) == 2 * LISTED + 1
    assert reports[-1] == await stripe.provider.read_subscription(sold.subscription_id)


async def test_what_has_ended_or_makes_no_sense_is_left_out_of_the_list(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)
    of_its_own = stripe.world.get(sold.subscription_id, "subscription", "id")
    stripe.world.add({**of_its_own, "id": "sub_over", "status": "canceled"})
    stripe.world.add({**of_its_own, "id": "sub_odd", "status": "teleported"})

    page = await stripe.provider.list_known(NOON, None)
    # That the fake says a word that Stripe does not know is this test's doing.
    stripe.fake.problems.clear()

    assert [each.provider_subscription_id for each in page.reports] == [sold.subscription_id]
