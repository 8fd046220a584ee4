"""What Stripe's paid invoices mean, in the pinned shape and in the older one."""

from copy import deepcopy
from datetime import timedelta

import pytest
from attrs import evolve

from domain.payments.errors import WebhookUnreadable
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutLinked,
    PeriodPaid,
    ProviderStatus,
)
from domain.period import Period, add_months
from tests.adapters.providers.stripe.events_expected import (
    FIRST_MONTH,
    a_payment,
    both_shapes,
)
from tests.adapters.providers.stripe.sales import (
    DEARER,
    MONTHLY,
    STRIPE,
    YEARLY,
    Sold,
    a_plan_sale,
    sold_plan,
    switched,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.side import StripeSide


@both_shapes
async def test_the_checkout_of_a_plan_links_and_its_invoice_pays(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe, a_plan_sale(discount_minor=90))

    linked = await stripe.told("checkout.session.completed", is_older=is_older)
    paid = await stripe.told("invoice.paid", is_older=is_older)

    assert linked == (
        CheckoutLinked(
            order_id=sold.order.id,
            channel=STRIPE,
            customer_id=sold.customer_id,
            provider_subscription_id=sold.subscription_id,
        ),
    )
    assert paid == (
        PeriodPaid(
            provider_subscription_id=sold.subscription_id,
            payment=a_payment(sold.invoice_id, 900),
            period=FIRST_MONTH,
            reference=MONTHLY,
            order_id=sold.order.id,
            account_id=sold.order.account_id,
            customer_id=sold.customer_id,
        ),
    )


async def test_an_invoice_that_names_no_order_is_asked_about(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    event = deepcopy(stripe.world.told("invoice.paid"))
    event["data"]["object"]["parent"]["subscription_details"]["metadata"] = {}

    [paid] = await stripe.meaning_of(event)

    assert isinstance(paid, PeriodPaid)
    assert paid.order_id == sold.order.id


@both_shapes
async def test_a_renewal_names_no_order_but_its_subscription(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    invoice = stripe.world.renew(sold.subscription_id)

    meaning = await stripe.told("invoice.paid", is_older=is_older)

    assert meaning == (
        PeriodPaid(
            provider_subscription_id=sold.subscription_id,
            payment=a_payment(invoice["id"], 990),
            period=Period(add_months(NOON, 1), add_months(NOON, 2)),
            reference=MONTHLY,
            customer_id=sold.customer_id,
        ),
    )


async def changed(stripe: StripeSide, *, with_period: bool) -> Sold:
    """Sell a plan and move it to another price, paid at once or with the next period."""
    sold = await sold_plan(stripe)
    subscription = stripe.world.get(sold.subscription_id, "subscription")
    subscription["items"]["data"][0]["price"] = stripe.world.get(DEARER, "price")
    span = {"start": stripe.world.now, "end": stripe.world.now + 3600}
    lines = [
        stripe.world.line_of(subscription, -300, proration=True, **span),
        stripe.world.line_of(subscription, 1000, proration=True, **span),
    ]
    if with_period:
        lines.append(stripe.world.line_of(subscription, 2900, **span))
    reason = "subscription_cycle" if with_period else "subscription_update"
    stripe.world.bill(subscription, lines, reason)
    return sold


@both_shapes
async def test_a_change_paid_at_once_is_no_period(stripe: StripeSide, is_older: bool) -> None:
    sold = await changed(stripe, with_period=False)
    invoice = stripe.world.all_of("invoice")[0]

    meaning = await stripe.told("invoice.paid", is_older=is_older)

    assert meaning == (
        ChangePaid(
            provider_subscription_id=sold.subscription_id,
            payment=a_payment(invoice["id"], 700),
            prorated_at=(NOON,),
        ),
    )


@both_shapes
async def test_a_change_paid_with_the_next_period_is_told_apart_from_it(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await changed(stripe, with_period=True)
    invoice = stripe.world.all_of("invoice")[0]

    meaning = await stripe.told("invoice.paid", is_older=is_older)

    assert meaning == (
        PeriodPaid(
            provider_subscription_id=sold.subscription_id,
            payment=evolve(a_payment(invoice["id"], 2900), part_of=invoice["id"]),
            period=Period(NOON, NOON + timedelta(hours=1)),
            reference=DEARER,
            customer_id=sold.customer_id,
        ),
        ChangePaid(
            provider_subscription_id=sold.subscription_id,
            payment=evolve(a_payment(f"{invoice['id']}:change", 700), part_of=invoice["id"]),
            prorated_at=(NOON,),
        ),
    )


@both_shapes
async def test_a_period_behind_ten_other_lines_is_still_a_period(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, DEARER, MONTHLY, DEARER, MONTHLY, DEARER)
    invoice = stripe.world.renew(sold.subscription_id)
    told = stripe.world.told("invoice.paid")["data"]["object"]["lines"]

    paid, changed = await stripe.told("invoice.paid", is_older=is_older)

    assert (len(told["data"]), told["has_more"]) == (10, True)
    assert isinstance(paid, PeriodPaid)
    assert isinstance(changed, ChangePaid)
    assert paid.period == Period(add_months(NOON, 1), add_months(NOON, 2))
    assert paid.payment.total_minor == 2900
    assert changed.payment.total_minor == invoice["total"] - 2900 > 0


async def test_what_is_beside_a_period_is_judged_by_all_lines(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, *(DEARER, MONTHLY) * 60)
    invoice = stripe.world.renew(sold.subscription_id)

    paid, changed = await stripe.told("invoice.paid")

    assert isinstance(paid, PeriodPaid)
    assert isinstance(changed, ChangePaid)
    assert paid.payment.total_minor == 990
    assert changed.payment.total_minor == invoice["total"] - 990 > 0
    assert stripe.fake.operations().count("GET /v1/invoices/{invoice}/lines") == 3


async def test_an_invoice_whose_lines_are_not_all_there_is_not_judged(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, *(DEARER, MONTHLY) * 300)
    stripe.world.renew(sold.subscription_id)

    with pytest.raises(WebhookUnreadable, match="lines"):
        await stripe.told("invoice.paid")


@both_shapes
async def test_a_change_to_a_year_begins_a_period_that_is_cheaper_by_the_credit(
    stripe: StripeSide, is_older: bool
) -> None:
    sold = await sold_plan(stripe)
    subscription = stripe.world.get(sold.subscription_id, "subscription")
    subscription["items"]["data"][0]["price"] = stripe.world.get(YEARLY, "price")
    now = stripe.world.now
    year = int(add_months(NOON, 12).timestamp())
    credit = stripe.world.line_of(subscription, -495, start=now, end=now + 9, proration=True)
    invoice = stripe.world.bill(
        subscription,
        [credit, stripe.world.line_of(subscription, 9900, start=now, end=year)],
        "subscription_update",
    )

    [paid] = await stripe.told("invoice.paid", is_older=is_older)

    assert isinstance(paid, PeriodPaid)
    assert paid.payment == a_payment(invoice["id"], 9405)
    assert paid.period == Period(NOON, add_months(NOON, 12))
    assert paid.order_id is None


async def test_a_change_that_only_credits_was_not_paid(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    subscription = stripe.world.get(sold.subscription_id, "subscription")
    now = stripe.world.now
    credit = stripe.world.line_of(subscription, -300, start=now, end=now + 9, proration=True)

    stripe.world.bill(subscription, [credit], "subscription_update")

    assert await stripe.told("invoice.paid") == ()


async def test_an_invoice_of_no_subscription_means_nothing(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)
    event = deepcopy(stripe.world.told("invoice.paid"))
    event["data"]["object"]["parent"] = None

    assert await stripe.meaning_of(event) == ()
    assert sold.invoice_id == event["data"]["object"]["id"]


@both_shapes
async def test_a_trial_begins_with_an_invoice_over_nothing(
    stripe: StripeSide, is_older: bool
) -> None:
    order = evolve(a_plan_sale(discount_minor=990), trial_days=14)
    sold = await sold_plan(stripe, order)

    (began,) = await stripe.meaning_of(stripe.world.told("invoice.paid"), is_older=is_older)

    assert isinstance(began, PeriodPaid)
    assert (began.order_id, began.payment.total_minor) == (order.id, 0)
    assert began.period == Period(NOON, NOON + timedelta(days=14))
    report = await stripe.provider.read_subscription(sold.subscription_id)
    assert report.status is ProviderStatus.TRIALING


async def test_a_payment_leads_to_the_invoice_that_stripe_shows(stripe: StripeSide) -> None:
    await sold_plan(stripe)
    event = deepcopy(stripe.world.told("invoice.paid"))
    shown = "https://invoice.stripe.com/i/acct_1/test_1"

    leads = {}
    for url in (shown, "javascript:alert(1)", None):
        event["data"]["object"]["hosted_invoice_url"] = url
        [paid] = await stripe.meaning_of(event)
        assert isinstance(paid, PeriodPaid)
        leads[url] = paid.payment.document_url

    assert leads == {shown: shown, "javascript:alert(1)": None, None: None}
