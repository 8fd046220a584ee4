"""What the tests of Stripe's events expect to be told."""

import pytest

from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.adapters.providers.stripe.sales import (
    MONTHLY,
    STRIPE,
    Sold,
)
from tests.support.clock import NOON
from tests.support.fake_stripe.objects import Thing
from tests.support.fake_stripe.side import StripeSide

FIRST_MONTH = Period(NOON, add_months(NOON, 1))

both_shapes = pytest.mark.parametrize("is_older", [False, True], ids=["pinned", "older"])


def a_payment(id: str, net_minor: int, tax_minor: int = 0, currency: str = "USD") -> Payment:
    """Return a payment made at noon."""
    return Payment(
        channel=STRIPE,
        provider_payment_id=id,
        net_minor=net_minor,
        tax_minor=tax_minor,
        currency=currency,
        paid_at=NOON,
    )


def a_report(sold: Sold, status: ProviderStatus = ProviderStatus.ACTIVE) -> SubscriptionReported:
    """Return a report of a subscription in its first month."""
    return SubscriptionReported(
        channel=STRIPE,
        provider_subscription_id=sold.subscription_id,
        status=status,
        period=FIRST_MONTH,
        cancel_at_period_end=False,
        as_of=NOON,
        reference=MONTHLY,
    )


def a_refund_report(stripe: StripeSide, refund: Thing, invoice: str | None) -> RefundReported:
    """Return the report of a refund that went through."""
    ids = (invoice, refund["payment_intent"], refund["charge"])
    return RefundReported(
        channel=STRIPE,
        refund_id=refund["id"],
        payment_ids=tuple(each for each in ids if each is not None),
        amount_minor=refund["amount"],
        currency="USD",
        status=RefundStatus.SUCCEEDED,
        as_of=NOON,
    )
