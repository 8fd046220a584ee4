"""Money given back, once."""

import pytest

from application.ports.provider_calls import RefundReason, RefundRequest
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import (
    ChangePaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    RefundReported,
    RefundStatus,
)
from tests.adapters.providers.stripe.sales import (
    DEARER,
    a_pack_sale,
    sold_pack,
    sold_plan,
    switched,
)
from tests.support.fake_stripe.side import StripeSide

REFUNDS = "POST /v1/refunds"


def a_refund(
    payment_id: str,
    amount_minor: int | None = None,
    *,
    key: str = "refund-1",
    reason: RefundReason = RefundReason.REQUESTED,
) -> RefundRequest:
    """Return the wish to give all that is left of a payment back, or a part."""
    return RefundRequest(
        key=key, provider_payment_id=payment_id, amount_minor=amount_minor, reason=reason
    )


@pytest.mark.parametrize(
    ("reason", "its_word"),
    [
        (RefundReason.REQUESTED, "requested_by_customer"),
        (RefundReason.DUPLICATE, "duplicate"),
        (RefundReason.FRAUDULENT, "fraudulent"),
    ],
)
async def test_a_part_of_a_pack_is_refunded_with_a_reason(
    stripe: StripeSide, reason: RefundReason, its_word: str
) -> None:
    intent = await sold_pack(stripe)

    taken = await stripe.provider.refund(a_refund(intent, 100, reason=reason))

    assert taken.status is RefundStatus.SUCCEEDED
    asked = stripe.fake.asked[-1]
    assert asked.key == "refund:refund-1"
    assert asked.params == {
        "payment_intent": intent,
        "amount": 100,
        "reason": its_word,
        "metadata": {"refund_key": "refund:refund-1"},
    }


async def test_a_period_is_refunded_by_what_paid_its_invoice(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe)

    await stripe.provider.refund(a_refund(sold.invoice_id))

    assert stripe.fake.asked[-1].params["payment_intent"] == sold.intent_id
    assert stripe.world.charge_of(sold.intent_id)["refunded"]


@pytest.mark.parametrize("forgets", [True, False])
async def test_a_refund_is_made_once_for_its_key_however_late_it_is_repeated(
    stripe: StripeSide, forgets: bool
) -> None:
    intent = await sold_pack(stripe)
    first = await stripe.provider.refund(a_refund(intent, 100))
    if forgets:
        stripe.fake.forget_keys()

    again = await stripe.provider.refund(a_refund(intent, 100))

    assert again == first
    assert len(stripe.world.all_of("refund")) == 1


async def test_two_refunds_of_one_payment_are_two(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)

    first = await stripe.provider.refund(a_refund(intent, 100, key="one"))
    second = await stripe.provider.refund(a_refund(intent, 100, key="two"))

    assert first.refund_id != second.refund_id
    assert stripe.world.charge_of(intent)["amount_refunded"] == 200


async def test_more_than_is_left_is_refused(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    await stripe.provider.refund(a_refund(intent, 400, key="one"))

    with pytest.raises(ProviderRefused):
        await stripe.provider.refund(a_refund(intent, 101, key="two"))


async def test_what_went_back_already_is_refused_in_our_words(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    await stripe.provider.refund(a_refund(intent, key="one"))

    with pytest.raises(ProviderRefused, match="refunded in full already"):
        await stripe.provider.refund(a_refund(intent, key="two"))


async def test_a_disputed_payment_is_not_refunded(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    stripe.world.dispute(intent)

    with pytest.raises(ProviderRefused, match="disputed"):
        await stripe.provider.refund(a_refund(intent))


async def test_a_payment_that_a_bank_only_asks_about_is_refunded(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    stripe.world.dispute(intent, status="warning_needs_response")

    taken = await stripe.provider.refund(a_refund(intent))

    assert taken.status is RefundStatus.SUCCEEDED


@pytest.mark.parametrize("payment_id", ["cs_test_1", "in_unknown", "what"])
async def test_where_nothing_was_collected_nothing_goes_back(
    stripe: StripeSide, payment_id: str
) -> None:
    with pytest.raises(ProviderRefused, match="nothing was collected"):
        await stripe.provider.refund(a_refund(payment_id))


@pytest.mark.parametrize(
    ("its_status", "status"),
    [
        ("pending", RefundStatus.PENDING),
        ("requires_action", RefundStatus.PENDING),
        ("succeeded", RefundStatus.SUCCEEDED),
        ("failed", RefundStatus.FAILED),
        ("canceled", RefundStatus.FAILED),
    ],
)
async def test_a_refund_says_how_far_it_has_come(
    stripe: StripeSide, its_status: str, status: RefundStatus
) -> None:
    intent = await sold_pack(stripe)
    stripe.world.refunds_become = its_status

    taken = await stripe.provider.refund(a_refund(intent, 100))

    assert taken.status is status


async def test_a_payment_is_read_with_its_refunds_and_disputes(stripe: StripeSide) -> None:
    sold = await sold_plan(stripe, None)
    asked = a_refund(sold.invoice_id, 100)
    taken = await stripe.provider.refund(asked)
    dispute = stripe.world.dispute(sold.intent_id, 890)

    refunded, disputed = await stripe.provider.read_payment(sold.invoice_id)

    assert refunded == RefundReported(
        channel=stripe.provider.channel,
        refund_id=taken.refund_id or "",
        payment_ids=(sold.invoice_id, sold.intent_id),
        amount_minor=100,
        currency="USD",
        status=RefundStatus.SUCCEEDED,
        as_of=stripe.now(),
        key=asked.key,
    )
    assert disputed == DisputeReported(
        channel=stripe.provider.channel,
        dispute_id=dispute["id"],
        payment_ids=(sold.invoice_id, sold.intent_id),
        amount_minor=890,
        currency="USD",
        status=DisputeStatus.OPEN,
        as_of=stripe.now(),
    )


async def test_what_was_collected_with_a_period_is_refunded_out_of_its_invoice(
    stripe: StripeSide,
) -> None:
    sold = await sold_plan(stripe)
    switched(stripe, sold.subscription_id, DEARER)
    invoice = stripe.world.renew(sold.subscription_id)
    period, change = await stripe.told("invoice.paid")
    assert isinstance(period, PeriodPaid)
    assert isinstance(change, ChangePaid)

    await stripe.provider.refund(
        a_refund(change.payment.provider_payment_id, change.payment.total_minor, key="change")
    )
    await stripe.provider.refund(
        a_refund(period.payment.provider_payment_id, period.payment.total_minor, key="period")
    )

    intent = stripe.world.intent_of(invoice["id"])
    assert intent is not None
    charge = stripe.world.charge_of(intent)
    assert charge["amount_refunded"] == charge["amount"] == invoice["total"]
    by_change = await stripe.provider.read_payment(change.payment.provider_payment_id)
    assert by_change == await stripe.provider.read_payment(period.payment.provider_payment_id)
    assert {each.payment_ids for each in by_change if isinstance(each, RefundReported)} == {
        (invoice["id"], intent)
    }


async def test_a_pack_is_read_by_its_payment_intent_or_its_charge(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe, a_pack_sale())
    await stripe.provider.refund(a_refund(intent, 100))
    charge = stripe.world.charge_of(intent)["id"]

    [by_intent] = await stripe.provider.read_payment(intent)
    [by_charge] = await stripe.provider.read_payment(charge)

    assert isinstance(by_intent, RefundReported)
    assert isinstance(by_charge, RefundReported)
    assert by_intent.refund_id == by_charge.refund_id
    assert (by_intent.payment_ids, by_charge.payment_ids) == ((intent,), (charge,))


async def test_what_never_cost_anything_has_nothing_to_read(stripe: StripeSide) -> None:
    assert await stripe.provider.read_payment("cs_test_1") == ()


@pytest.mark.parametrize("key", ["x" * 300, "two words", "ключ", "a\r\nb", "\udcff", ""])
async def test_any_key_of_ours_becomes_one_that_stripe_takes(stripe: StripeSide, key: str) -> None:
    intent = await sold_pack(stripe)

    first = await stripe.provider.refund(a_refund(intent, 100, key=key))
    again = await stripe.provider.refund(a_refund(intent, 100, key=key))

    sent = stripe.fake.asked[-2].key
    assert again == first
    assert sent is None or (len(sent) <= 255 and sent.isascii() and sent.isprintable())


async def test_keys_that_differ_stay_different(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)

    first = await stripe.provider.refund(a_refund(intent, 100, key="x" * 300))
    second = await stripe.provider.refund(a_refund(intent, 100, key="x" * 301))

    assert first.refund_id != second.refund_id
