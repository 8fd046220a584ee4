"""Which events mean nothing, and which cannot be read."""

from collections.abc import Callable
from copy import deepcopy

import pytest
from attrs import evolve

from adapters.providers.stripe.meaning import TYPES_NEEDED
from domain.payments.errors import WebhookUnreadable
from tests.adapters.providers.stripe.sales import (
    sold_pack,
    sold_plan,
)
from tests.support.fake_stripe.data import faults_of, fixture
from tests.support.fake_stripe.objects import Thing, an_event
from tests.support.fake_stripe.older import OLD_VERSION
from tests.support.fake_stripe.side import StripeSide


@pytest.mark.parametrize(
    "type",
    ["customer.created", "payment_intent.succeeded", "plan.created", "product.of.the.future"],
)
async def test_an_event_of_another_type_is_taken_and_means_nothing(
    stripe: StripeSide, type: str
) -> None:
    event = stripe.world.emit(type, fixture("customer"))

    assert await stripe.meaning_of(event) == ()
    assert stripe.fake.asked == []


async def of_somebody_else(stripe: StripeSide, change: Callable[[Thing], None]) -> Thing:
    """Return the event of a paid pack, changed as if another product had sold it."""
    await sold_pack(stripe)
    event = deepcopy(stripe.world.told("checkout.session.completed"))
    change(event["data"]["object"])
    return event


@pytest.mark.parametrize("metadata", [{}, {"order_id": "two words"}, {"order_id": "\x00"}])
async def test_a_checkout_without_our_mark_was_not_sold_by_us(
    stripe: StripeSide, metadata: dict[str, str]
) -> None:
    event = await of_somebody_else(stripe, lambda session: session.update(metadata=metadata))

    assert await stripe.meaning_of(event) == ()


async def test_every_event_and_its_object_are_as_stripe_writes_them(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    stripe.world.renew(sold.subscription_id)
    stripe.world.fail_renewal(sold.subscription_id)
    intent = await sold_pack(stripe)
    refund = stripe.world.refund(stripe.world.charge_of(intent), 100, {})
    stripe.world.refund_becomes(refund["id"], "failed")
    dispute = stripe.world.dispute(intent)
    stripe.world.decide(dispute["id"], "won")
    stripe.world.end(sold.subscription_id)

    faults = [
        fault
        for event in stripe.world.events
        for fault in [*faults_of(event), *faults_of(event["data"]["object"])]
    ]

    assert faults == []
    assert len({event["type"] for event in stripe.world.events}) > 15


async def test_an_older_event_is_indeed_older(stripe: StripeSide) -> None:
    await sold_plan(stripe)

    body, _ = stripe.fake.webhook(stripe.world.told("invoice.paid"), is_older=True)

    assert OLD_VERSION.encode() in body
    assert b'"parent"' not in body
    assert b'"subscription_details": {\n' in body


Spoil = Callable[[Thing], object]

SPOILT: dict[str, tuple[str, Spoil]] = {
    "of live mode": ("checkout.session.completed", lambda e: e.update(livemode=True)),
    "thin": ("checkout.session.completed", lambda e: e.update(object="v2.core.event")),
    "without an id": ("checkout.session.completed", lambda e: e.pop("id")),
    "with an id of two lines": ("checkout.session.completed", lambda e: e.update(id="a\nb")),
    "without a type": ("checkout.session.completed", lambda e: e.pop("type")),
    "without an instant": ("checkout.session.completed", lambda e: e.pop("created")),
    "beyond the calendar": ("checkout.session.completed", lambda e: e.update(created=10**15)),
    "without data": ("checkout.session.completed", lambda e: e.pop("data")),
}

SPOILT_OBJECTS: dict[str, tuple[str, Spoil]] = {
    "a session without a total": (
        "checkout.session.completed",
        lambda o: o.update(amount_total=None),
    ),
    "a total in words": ("checkout.session.completed", lambda o: o.update(amount_total="5.00")),
    "a total with a fraction": ("checkout.session.completed", lambda o: o.update(amount_total=5.5)),
    "a total below zero": ("checkout.session.completed", lambda o: o.update(amount_total=-500)),
    "an odd currency": ("checkout.session.completed", lambda o: o.update(currency="u$d")),
    "an invoice without lines": ("invoice.paid", lambda o: o.pop("lines")),
    "a period that ends first": (
        "invoice.paid",
        lambda o: o["lines"]["data"][0].update(period={"start": 9, "end": 3}),
    ),
}


@pytest.mark.parametrize("case", SPOILT.values(), ids=SPOILT.keys())
async def test_a_body_that_is_no_event_of_ours_is_unreadable(
    stripe: StripeSide, case: tuple[str, Spoil]
) -> None:
    told, spoil = case
    await sold_pack(stripe)
    event = deepcopy(stripe.world.told(told))
    spoil(event)

    with pytest.raises(WebhookUnreadable):
        stripe.received(event)


@pytest.mark.parametrize("case", SPOILT_OBJECTS.values(), ids=SPOILT_OBJECTS.keys())
async def test_an_event_whose_object_makes_no_sense_is_unreadable_when_it_is_applied(
    stripe: StripeSide, case: tuple[str, Spoil]
) -> None:
    told, spoil = case
    await sold_plan(stripe)
    await sold_pack(stripe)
    event = deepcopy(stripe.world.told(told))
    spoil(event["data"]["object"])
    stored = stripe.received(event)

    with pytest.raises(WebhookUnreadable):
        await stripe.provider.translate(stored)


async def test_an_event_of_the_other_mode_is_not_applied_either(stripe: StripeSide) -> None:
    await sold_pack(stripe)
    stored = stripe.received(stripe.world.told("checkout.session.completed"))
    live = evolve(stored, body=stored.body.replace(b'"livemode": false', b'"livemode": true'))

    with pytest.raises(WebhookUnreadable, match="live mode"):
        await stripe.provider.translate(live)


def test_stripe_takes_the_list_of_types_we_need() -> None:
    known = an_event("evt_1", TYPES_NEEDED[0], fixture("customer"), created=0)

    assert len(set(TYPES_NEEDED)) == len(TYPES_NEEDED) <= 20
    assert all(faults_of({**known, "type": each}) == [] for each in TYPES_NEEDED)
