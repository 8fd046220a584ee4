"""What Stripe's events about refunds and disputes mean."""

import pytest
from attrs import evolve

from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    RefundStatus,
)
from tests.adapters.providers.stripe.events_expected import a_refund_report, both_shapes
from tests.adapters.providers.stripe.sales import (
    STRIPE,
    sold_pack,
    sold_plan,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.side import StripeSide


@both_shapes
@pytest.mark.parametrize("type", ["refund.created", "refund.updated", "charge.refund.updated"])
@pytest.mark.parametrize("is_plan", [True, False], ids=["plan", "pack"])
async def test_a_refund_names_every_id_its_payment_may_be_known_by(
    stripe: StripeSide, type: str, is_plan: bool, is_older: bool
) -> None:
    sold = await sold_plan(stripe) if is_plan else None
    intent = sold.intent_id if sold else await sold_pack(stripe)
    refund = stripe.world.refund(stripe.world.charge_of(intent), 100, {})
    stale = {**refund, "status": "pending"}

    meaning = await stripe.meaning_of(stripe.world.emit(type, stale), is_older=is_older)

    assert meaning == (a_refund_report(stripe, refund, sold.invoice_id if sold else None),)


async def test_a_refund_may_fail_days_later(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    refund = stripe.world.refund(stripe.world.charge_of(intent), 100, {})

    stripe.world.refund_becomes(refund["id"], "failed")

    failed = evolve(a_refund_report(stripe, refund, None), status=RefundStatus.FAILED)
    assert await stripe.told("refund.failed") == (failed,)
    assert await stripe.told("refund.created") == (failed,)


async def test_a_refunded_charge_tells_of_each_of_its_refunds(stripe: StripeSide) -> None:
    intent = await sold_pack(stripe)
    charge = stripe.world.charge_of(intent)
    first = stripe.world.refund(charge, 100, {})
    second = stripe.world.refund(charge, 150, {})

    meaning = await stripe.told("charge.refunded", is_older=True)

    assert meaning == (
        a_refund_report(stripe, second, None),
        a_refund_report(stripe, first, None),
    )


@pytest.mark.parametrize(
    "type",
    [
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ],
)
async def test_an_event_about_a_dispute_is_a_hint_to_look_at_it(
    stripe: StripeSide, type: str
) -> None:
    sold = await sold_plan(stripe)
    dispute = stripe.world.dispute(sold.intent_id, 400)
    event = stripe.world.emit(type, dispute)
    stripe.world.decide(dispute["id"], "lost")

    meaning = await stripe.meaning_of(event)

    assert meaning == (
        DisputeReported(
            channel=STRIPE,
            dispute_id=dispute["id"],
            payment_ids=(sold.invoice_id, sold.intent_id, dispute["charge"]),
            amount_minor=400,
            currency="USD",
            status=DisputeStatus.LOST,
            as_of=NOON,
        ),
    )


@pytest.mark.parametrize(
    ("its_status", "status"),
    [
        ("warning_needs_response", DisputeStatus.INQUIRY),
        ("warning_under_review", DisputeStatus.INQUIRY),
        ("warning_closed", DisputeStatus.WON),
        ("needs_response", DisputeStatus.OPEN),
        ("under_review", DisputeStatus.OPEN),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
        ("prevented", DisputeStatus.WON),
        ("appeal_needs_response", DisputeStatus.OPEN),
        ("appeal_under_review", DisputeStatus.OPEN),
    ],
)
async def test_a_dispute_is_open_until_it_is_decided(
    stripe: StripeSide, its_status: str, status: DisputeStatus
) -> None:
    intent = await sold_pack(stripe)
    stripe.world.dispute(intent, status=its_status)

    [report] = await stripe.told("charge.dispute.created")

    assert isinstance(report, DisputeReported)
    assert report.status is status


async def test_an_inquiry_that_becomes_a_dispute_is_told_as_money_is_taken(
    stripe: StripeSide,
) -> None:
    inquiry = stripe.world.dispute(await sold_pack(stripe), status="warning_needs_response")
    [asked] = await stripe.told("charge.dispute.created")
    stripe.world.escalate(inquiry["id"])

    [taken] = await stripe.told("charge.dispute.funds_withdrawn")

    assert isinstance(asked, DisputeReported)
    assert isinstance(taken, DisputeReported)
    assert (asked.status, taken.status) == (DisputeStatus.INQUIRY, DisputeStatus.OPEN)
    assert asked.dispute_id == taken.dispute_id == inquiry["id"]
