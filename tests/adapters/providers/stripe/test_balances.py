"""What a customer's balance with Stripe pays of an invoice is not money that came in."""

import pytest
from attrs import evolve

from application.ports.provider_calls import ChangeBilling, PlanChange
from domain.payments.payment import Payment
from domain.payments.provider_event import ChangePaid, PeriodPaid
from tests.adapters.providers.stripe.events_expected import a_payment, both_shapes
from tests.adapters.providers.stripe.sales import DEARER, Sold, sold_plan, switched
from tests.support.fake_stripe.side import StripeSide


def balance(stripe: StripeSide, sold: Sold, minor: int) -> None:
    """Let a customer have so much with Stripe; below zero, owe it."""
    stripe.world.balances[sold.customer_id] = -minor


def now_dearer(stripe: StripeSide, sold: Sold) -> PlanChange:
    """Return a change of a plan that was just paid to the one at 29.00, at once."""
    return PlanChange(
        key="change-1",
        provider_subscription_id=sold.subscription_id,
        reference=DEARER,
        billing=ChangeBilling.NOW,
        proration_at=stripe.now(),
    )


@both_shapes
@pytest.mark.parametrize(
    ("has", "collected"), [(500, 490), (990, 0), (2000, 0), (0, 990), (-20, 1010)]
)
async def test_a_renewal_costs_its_price_and_collects_what_the_balance_leaves(
    stripe: StripeSide, has: int, collected: int, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    balance(stripe, sold, has)
    invoice = stripe.world.renew(sold.subscription_id)

    [paid] = await stripe.told("invoice.paid", is_older=is_older)

    assert isinstance(paid, PeriodPaid)
    assert paid.payment == evolve(a_payment(invoice["id"], 990), collected_minor=collected)
    intent = stripe.world.intent_of(invoice["id"])
    charged = 0 if intent is None else stripe.world.charge_of(intent)["amount"]
    assert charged == collected


async def test_a_credit_of_a_cheaper_plan_pays_of_the_next_period(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    subscription = stripe.world.get(sold.subscription_id, "subscription")
    now = stripe.world.now
    credit = stripe.world.line_of(subscription, -300, start=now, end=now + 9, proration=True)
    stripe.world.bill(subscription, [credit], "subscription_update")

    stripe.world.renew(sold.subscription_id)
    [paid] = await stripe.told("invoice.paid")

    assert isinstance(paid, PeriodPaid)
    assert (paid.payment.total_minor, paid.payment.collected_minor) == (990, 690)


async def test_of_a_period_and_a_change_the_balance_pays_both_alike(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, DEARER)
    balance(stripe, sold, 1000)
    invoice = stripe.world.renew(sold.subscription_id)

    period, change = await stripe.told("invoice.paid")

    assert isinstance(period, PeriodPaid)
    assert isinstance(change, ChangePaid)
    both: tuple[Payment, ...] = (period.payment, change.payment)
    assert sum(each.total_minor for each in both) == invoice["total"]
    assert sum(each.collected_minor for each in both) == invoice["total"] - 1000
    for each in both:
        share = each.total_minor * (invoice["total"] - 1000) / invoice["total"]
        assert abs(each.collected_minor - share) < 1


@pytest.mark.parametrize("has", [0, 500, 5000, -20])
async def test_a_preview_says_what_a_card_will_be_charged(stripe: StripeSide, has: int) -> None:
    sold = await sold_plan(stripe)
    balance(stripe, sold, has)
    change = now_dearer(stripe, sold)

    preview = await stripe.provider.preview_change(change)
    await stripe.provider.change_plan(change)
    [paid] = await stripe.told("invoice.paid")

    assert isinstance(paid, ChangePaid)
    assert preview.due_now_minor == paid.payment.total_minor == 2900 - 990
    charged = preview.due_now_minor - preview.from_balance_minor
    assert charged == paid.payment.collected_minor == max(0, 2900 - 990 - has)


async def test_what_a_change_gives_is_not_taken_from_the_balance(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    await stripe.provider.change_plan(now_dearer(stripe, sold))
    balance(stripe, sold, 400)
    back = evolve(now_dearer(stripe, sold), key="change-2", reference="price_monthly")

    preview = await stripe.provider.preview_change(back)

    assert (preview.due_now_minor, preview.from_balance_minor) == (990 - 2900, 0)
