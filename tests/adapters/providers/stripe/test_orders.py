"""The order in which events come: two that were recorded, and every mixture of what matters."""

import random
from collections.abc import Sequence
from itertools import permutations

import pytest

from domain.payments.provider_event import (
    CheckoutLinked,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from tests.adapters.providers.stripe.sales import Sold, sold_plan
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.side import StripeSide

CREATED = "customer.subscription.created"
UPDATED = "customer.subscription.updated"

# One subscription checkout each, as it was once delivered.
RECORDED = {
    "the checkout last": (
        "charge.succeeded",
        "payment_method.attached",
        "invoice.created",
        CREATED,
        "invoice.updated",
        "invoice.updated",
        "invoice.finalized",
        UPDATED,
        "invoice.paid",
        "invoice.updated",
        "invoice.payment_succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ),
    "the checkout second, and updated before created": (
        "charge.succeeded",
        "checkout.session.completed",
        "invoice.created",
        "payment_method.attached",
        "invoice.updated",
        "invoice.updated",
        UPDATED,
        "payment_intent.succeeded",
        CREATED,
        "invoice.payment_succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.finalized",
        "payment_intent.created",
    ),
}


def in_order(stripe: StripeSide, types: Sequence[str]) -> list[Thing]:
    """Return the world's events in an order of types."""
    left = list(stripe.world.events)
    found: list[Thing] = []
    for type_name in types:
        event = next(each for each in left if each["type"] == type_name)
        left.remove(event)
        found.append(event)
    assert left == []
    return found


async def told(stripe: StripeSide, events: Sequence[Thing], is_older: bool) -> list[ProviderEvent]:
    """Return what all events say, one after another."""
    facts = [await stripe.meaning_of(event, is_older=is_older) for event in events]
    return [each for fact in facts for each in fact]


def assert_one_subscription_paid_once(facts: Sequence[ProviderEvent], sold: Sold) -> None:
    """Check that the facts say one thing, whatever their order."""
    [linked] = [each for each in facts if isinstance(each, CheckoutLinked)]
    [paid] = [each for each in facts if isinstance(each, PeriodPaid)]
    reports = [each for each in facts if isinstance(each, SubscriptionReported)]
    assert linked.order_id == paid.order_id == sold.order.id
    assert linked.provider_subscription_id == paid.provider_subscription_id
    assert paid.payment.provider_payment_id == sold.invoice_id
    assert len(reports) == 2
    assert {each.status for each in reports} == {ProviderStatus.ACTIVE}
    assert len(facts) == 4


@pytest.mark.parametrize("is_older", [False, True], ids=["pinned", "older"])
@pytest.mark.parametrize("types", RECORDED.values(), ids=RECORDED.keys())
async def test_a_recorded_order_says_one_thing(
    stripe: StripeSide, types: Sequence[str], is_older: bool
) -> None:
    sold = await sold_plan(stripe)

    facts = await told(stripe, in_order(stripe, types), is_older)

    assert_one_subscription_paid_once(facts, sold)


async def test_every_order_of_what_matters_says_the_same(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    types = ("checkout.session.completed", "invoice.paid", CREATED, UPDATED)
    events = [stripe.world.told(each) for each in types]

    for order in permutations(events):
        assert_one_subscription_paid_once(await told(stripe, order, is_older=False), sold)


async def test_however_late_and_often_the_last_word_on_a_subscription_is_stripes(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)
    stripe.world.fail_renewal(sold.subscription_id)
    stripe.clock.advance(days=3)
    stripe.world.end(sold.subscription_id)
    events = [
        each for each in stripe.world.events if each["type"].startswith("customer.subscription.")
    ]
    chance = random.Random(7)

    for _ in range(20):
        [*_, last] = await told(stripe, chance.choices(events, k=6), is_older=False)
        assert isinstance(last, SubscriptionReported)
        assert last.status is ProviderStatus.CANCELED
        assert last.as_of == stripe.now()
