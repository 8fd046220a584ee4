"""What is asked of Stripe about a running subscription."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.provider_calls import ChangeBilling, PlanChange, SubscriptionAction
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import ChangePaid, ProviderStatus
from domain.period import Period, add_months
from tests.adapters.providers.stripe.sales import (
    DEARER,
    MONTHLY,
    YEARLY,
    Sold,
    sold_plan,
    switched,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.side import StripeSide

UPDATE = "POST /v1/subscriptions/{subscription_exposed_id}"
HALF_TIME = NOON + timedelta(days=15, hours=12)


def a_change(
    sold: Sold, reference: str = DEARER, billing: ChangeBilling = ChangeBilling.NOW
) -> PlanChange:
    """Return a change in the middle of the first month."""
    return PlanChange(
        key="change-1",
        provider_subscription_id=sold.subscription_id,
        reference=reference,
        billing=billing,
        proration_at=HALF_TIME,
    )


def asked(stripe: StripeSide, operation: str) -> Thing:
    """Return what was asked last of an operation."""
    return dict(next(e for e in reversed(stripe.fake.asked) if e.operation == operation).params)


async def test_cancelling_now_ends_it_without_money_moving(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.CANCEL_NOW, "k")

    assert report.status is ProviderStatus.CANCELED
    assert asked(stripe, "DELETE /v1/subscriptions/{subscription_exposed_id}") == {}


async def test_cancelling_at_the_end_of_the_period_keeps_it_active_until_then(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)

    report = await stripe.provider.act(
        sold.subscription_id, SubscriptionAction.CANCEL_AT_PERIOD_END, "k"
    )

    assert report.status is ProviderStatus.ACTIVE
    assert report.cancel_at_period_end
    assert asked(stripe, UPDATE) == {"cancel_at_period_end": True}


async def test_cancelling_can_be_undone(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.act(sold.subscription_id, SubscriptionAction.CANCEL_AT_PERIOD_END, "k1")

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.UNDO_CANCEL, "k2")

    assert not report.cancel_at_period_end
    assert asked(stripe, UPDATE) == {"cancel_at_period_end": False}


async def test_an_end_that_the_portal_set_by_date_can_be_undone(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    subscription = stripe.world.get(sold.subscription_id, "subscription")
    subscription["cancel_at"] = subscription["items"]["data"][0]["current_period_end"]
    before = await stripe.provider.read_subscription(sold.subscription_id)

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.UNDO_CANCEL, "k")

    assert before.cancel_at_period_end
    assert not report.cancel_at_period_end
    assert asked(stripe, UPDATE) == {"cancel_at": ""}


async def test_a_pause_credits_nothing_for_the_time_that_is_left(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.PAUSE, "k")

    assert report.status is ProviderStatus.PAUSED
    assert asked(stripe, "POST /v1/subscriptions/{subscription}/pause") == {
        "bill_for": {"unused_time_from": {"type": "none"}}
    }


async def test_resuming_within_the_paid_period_goes_on_with_it(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.act(sold.subscription_id, SubscriptionAction.PAUSE, "k1")
    stripe.clock.advance(days=10)

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.RESUME, "k2")

    assert report.status is ProviderStatus.ACTIVE
    assert report.period == Period(NOON, add_months(NOON, 1))
    assert asked(stripe, "POST /v1/subscriptions/{subscription}/resume") == {
        "billing_cycle_anchor": {"type": "unchanged"},
        "proration_behavior": "none",
    }


async def test_resuming_later_begins_a_period_that_is_paid(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.act(sold.subscription_id, SubscriptionAction.PAUSE, "k1")
    now = stripe.clock.advance(days=40)

    report = await stripe.provider.act(sold.subscription_id, SubscriptionAction.RESUME, "k2")

    assert report.period == Period(now, add_months(now, 1))


@pytest.mark.parametrize("action", SubscriptionAction)
async def test_what_is_done_already_is_no_fault_when_keys_are_forgotten(
    stripe: StripeSide, action: SubscriptionAction
) -> None:
    sold = await sold_plan(stripe)
    if action is SubscriptionAction.RESUME:
        await stripe.provider.act(sold.subscription_id, SubscriptionAction.PAUSE, "k0")
    first = await stripe.provider.act(sold.subscription_id, action, "k")
    stripe.fake.forget_keys()

    again = await stripe.provider.act(sold.subscription_id, action, "k")

    assert again == first


async def test_what_cannot_be_done_is_refused(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.act(sold.subscription_id, SubscriptionAction.CANCEL_NOW, "k1")

    with pytest.raises(ProviderRefused):
        await stripe.provider.act(sold.subscription_id, SubscriptionAction.PAUSE, "k2")


async def test_a_change_names_the_item_the_instant_and_that_it_is_all_or_nothing(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)

    await stripe.provider.change_plan(a_change(sold))

    subscription = stripe.world.get(sold.subscription_id, "subscription")
    [item] = subscription["items"]["data"]
    assert item["price"]["id"] == DEARER
    assert asked(stripe, UPDATE) == {
        "items": [{"id": item["id"], "price": DEARER, "quantity": 1}],
        "proration_behavior": "always_invoice",
        "proration_date": int(HALF_TIME.timestamp()),
        "payment_behavior": "error_if_incomplete",
    }


async def test_a_change_that_cannot_be_paid_changes_nothing(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    stripe.world.declines = True

    with pytest.raises(ProviderRefused, match="declined"):
        await stripe.provider.change_plan(a_change(sold))

    [item] = stripe.world.get(sold.subscription_id, "subscription")["items"]["data"]
    assert item["price"]["id"] == MONTHLY


async def test_a_change_repeated_under_its_key_is_charged_once(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.change_plan(a_change(sold))
    paid = len(stripe.world.all_of("invoice"))

    await stripe.provider.change_plan(a_change(sold))

    assert len(stripe.world.all_of("invoice")) == paid


async def test_a_preview_says_what_the_change_then_costs(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    change = a_change(sold)

    preview = await stripe.provider.preview_change(change)
    before = len(stripe.world.all_of("invoice"))
    await stripe.provider.change_plan(change)

    assert before == 1
    assert preview.is_exact
    assert preview.currency == "USD"
    assert preview.due_now_minor == stripe.world.all_of("invoice")[0]["total"] == 955


@pytest.mark.parametrize(
    ("reference", "billing", "due", "begins"),
    [
        (DEARER, ChangeBilling.NOW, 955, False),
        (DEARER, ChangeBilling.NONE, 0, False),
        # A year begins at once, whatever was asked for; half a month is credited, or not.
        (YEARLY, ChangeBilling.NOW, 9900 - 495, True),
        (YEARLY, ChangeBilling.NONE, 9900, True),
    ],
)
async def test_only_what_is_due_now_is_previewed_as_such(
    stripe: StripeSide, reference: str, billing: ChangeBilling, due: int, *, begins: bool
) -> None:
    sold = await sold_plan(stripe)

    preview = await stripe.provider.preview_change(a_change(sold, reference, billing))

    assert (preview.due_now_minor, preview.begins_period) == (due, begins)


async def test_a_period_that_would_begin_is_seen_behind_ten_other_lines(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, DEARER, MONTHLY, DEARER, MONTHLY, DEARER)

    preview = await stripe.provider.preview_change(a_change(sold, YEARLY))

    assert preview.begins_period


async def test_a_change_to_something_cheaper_is_previewed_as_a_credit(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.change_plan(a_change(sold))

    preview = await stripe.provider.preview_change(evolve(a_change(sold), reference=MONTHLY))

    assert preview.due_now_minor == -955


async def test_a_subscription_with_several_items_is_not_touched(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    items = stripe.world.get(sold.subscription_id, "subscription")["items"]["data"]
    items.append({**items[0], "id": "si_2"})

    with pytest.raises(ProviderRefused, match="not for one thing alone"):
        await stripe.provider.change_plan(a_change(sold))


@pytest.mark.parametrize("is_older", [False, True])
async def test_the_payment_of_a_change_names_the_instant_that_it_was_asked_for_with(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    stripe.clock.advance(days=16)
    change = evolve(a_change(sold), proration_at=HALF_TIME + timedelta(milliseconds=300))
    await stripe.provider.change_plan(change)

    [paid] = await stripe.told("invoice.paid", is_older=is_older)

    assert isinstance(paid, ChangePaid)
    assert paid.prorated_at == (HALF_TIME,)
