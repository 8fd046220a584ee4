"""What Stripe's events about checkouts mean."""

from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    PeriodPaid,
)
from tests.adapters.providers.stripe.events_expected import a_payment, both_shapes
from tests.adapters.providers.stripe.sales import (
    a_pack_sale,
    a_request,
    sold_pack,
    sold_plan,
)
from tests.support.builders.payments import an_order_line
from tests.support.fake_stripe.side import StripeSide, a_stripe
from tests.support.sandbox import a_sale


@both_shapes
async def test_a_paid_pack(stripe: StripeSide, is_older: bool) -> None:
    order = a_pack_sale(discount_minor=120)
    intent = await sold_pack(stripe, order)

    meaning = await stripe.told("checkout.session.completed", is_older=is_older)

    [session] = stripe.world.all_of("checkout.session")
    assert meaning == (
        CheckoutPaid(
            order_id=order.id,
            payment=a_payment(intent, 380),
            account_id=order.account_id,
            customer_id=session["customer"],
        ),
    )


async def test_tax_is_told_apart_from_what_was_sold() -> None:
    async with a_stripe(has_automatic_tax=True) as stripe:
        stripe.world.tax_percent = 19
        intent = await sold_pack(stripe)
        [pack] = await stripe.told("checkout.session.completed")
        sold = await sold_plan(stripe)
        [period] = await stripe.told("invoice.paid")
        [old_period] = await stripe.told("invoice.paid", is_older=True)

    assert isinstance(pack, CheckoutPaid)
    assert pack.payment == a_payment(intent, 500, 95)
    assert isinstance(period, PeriodPaid)
    assert period.payment == a_payment(sold.invoice_id, 990, 188)
    assert old_period == period


async def test_yen_are_what_they_are(stripe: StripeSide) -> None:
    line = an_order_line(price_minor=1200, currency="JPY")
    intent = await sold_pack(stripe, a_sale(line=line, discount_minor=200))

    [paid] = await stripe.told("checkout.session.completed")

    assert isinstance(paid, CheckoutPaid)
    assert paid.payment == a_payment(intent, 1000, currency="JPY")


async def test_a_pack_that_cost_nothing_is_known_by_its_session(stripe: StripeSide) -> None:
    opened = await stripe.provider.open_checkout(a_request(a_pack_sale(discount_minor=500)))
    stripe.world.pay(opened.session_id)

    [paid] = await stripe.told("checkout.session.completed")

    assert isinstance(paid, CheckoutPaid)
    assert paid.payment == a_payment(opened.session_id, 0)


async def test_a_completed_checkout_is_not_yet_a_paid_one(stripe: StripeSide) -> None:
    order = a_pack_sale()
    opened = await stripe.provider.open_checkout(a_request(order))
    session = stripe.world.pay(opened.session_id, is_delayed=True)
    before = await stripe.told("checkout.session.completed")

    stripe.world.settle(opened.session_id, is_paid=True)

    assert before == ()
    [paid] = await stripe.told("checkout.session.async_payment_succeeded")
    assert isinstance(paid, CheckoutPaid)
    assert paid.order_id == order.id
    assert paid.payment == a_payment(session["payment_intent"], 500)


async def test_a_delayed_payment_may_fail(stripe: StripeSide) -> None:
    order = a_pack_sale()
    opened = await stripe.provider.open_checkout(a_request(order))
    stripe.world.pay(opened.session_id, is_delayed=True)

    stripe.world.settle(opened.session_id, is_paid=False)

    meaning = await stripe.told("checkout.session.async_payment_failed")
    assert meaning == (CheckoutFailed(order_id=order.id),)


async def test_a_checkout_runs_out(stripe: StripeSide) -> None:
    order = a_pack_sale()
    opened = await stripe.provider.open_checkout(a_request(order))

    stripe.world.expire(opened.session_id)

    meaning = await stripe.told("checkout.session.expired")
    assert meaning == (CheckoutExpired(order_id=order.id),)
