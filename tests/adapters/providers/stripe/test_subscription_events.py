"""What Stripe's events about subscriptions mean, in either shape."""

from copy import deepcopy
from datetime import timedelta

import pytest

from domain.payments.provider_event import (
    CustomerDeleted,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.adapters.providers.stripe.events_expected import (
    a_report,
    both_shapes,
)
from tests.adapters.providers.stripe.sales import (
    sold_plan,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.data import fixture
from tests.support.fake_stripe.side import StripeSide


@both_shapes
@pytest.mark.parametrize(
    "type",
    [
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
    ],
)
async def test_an_event_about_a_subscription_is_a_hint_to_look_at_it(
    stripe: StripeSide, type: str, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    stale = {**deepcopy(stripe.world.things[sold.subscription_id]), "status": "incomplete"}
    event = stripe.world.emit(type, stale)

    assert await stripe.meaning_of(event, is_older=is_older) == (a_report(sold),)


@both_shapes
@pytest.mark.parametrize("type", ["invoice.payment_failed", "invoice.payment_action_required"])
async def test_a_failed_payment_is_a_reason_to_look_at_the_subscription(
    stripe: StripeSide, type: str, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    invoice = stripe.world.fail_renewal(sold.subscription_id)
    event = stripe.world.emit(type, invoice)

    [report] = await stripe.meaning_of(event, is_older=is_older)

    assert isinstance(report, SubscriptionReported)
    assert report.status is ProviderStatus.PAST_DUE
    assert report.period == Period(add_months(NOON, 1), add_months(NOON, 2))


@pytest.mark.parametrize(
    ("its_status", "status"),
    [
        ("incomplete", ProviderStatus.INCOMPLETE),
        ("incomplete_expired", ProviderStatus.EXPIRED),
        ("trialing", ProviderStatus.TRIALING),
        ("active", ProviderStatus.ACTIVE),
        ("past_due", ProviderStatus.PAST_DUE),
        ("unpaid", ProviderStatus.PAST_DUE),
        ("canceled", ProviderStatus.CANCELED),
        ("paused", ProviderStatus.PAUSED),
    ],
)
async def test_every_status_of_a_subscription_has_a_word_of_ours(
    stripe: StripeSide, its_status: str, status: ProviderStatus
) -> None:
    sold = await sold_plan(stripe)
    stripe.world.get(sold.subscription_id, "subscription")["status"] = its_status

    assert await stripe.provider.read_subscription(sold.subscription_id) == a_report(sold, status)


async def test_a_report_is_never_older_than_the_event_that_caused_it(stripe: StripeSide) -> None:
    await sold_plan(stripe)
    event = {**stripe.world.told("customer.subscription.updated"), "created": stripe.world.now + 9}

    [report] = await stripe.meaning_of(event)

    assert isinstance(report, SubscriptionReported)
    assert report.as_of == NOON + timedelta(seconds=9)


@both_shapes
async def test_of_test_data_that_was_wiped_the_event_is_all_there_is(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    stripe.world.end(sold.subscription_id)
    del stripe.world.things[sold.subscription_id]

    meaning = await stripe.told("customer.subscription.deleted", is_older=is_older)

    assert meaning == (a_report(sold, ProviderStatus.CANCELED),)


async def test_a_deleted_customer_is_told_by_its_id(stripe: StripeSide) -> None:
    customer = fixture("customer")

    told = await stripe.meaning_of(stripe.world.emit("customer.deleted", customer))

    assert told == (CustomerDeleted(channel=stripe.provider.channel, customer_id=customer["id"]),)
    assert stripe.fake.asked == []
