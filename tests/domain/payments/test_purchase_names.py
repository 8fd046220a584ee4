"""Which facts belong to one purchase: those that name one thing in common."""

from datetime import timedelta

import pytest
from attrs import evolve

from domain.payments.ids import OrderId
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutLinked,
    CheckoutPaid,
    CustomerDeleted,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
    TrialBegun,
)
from domain.payments.purchase_names import names_in
from domain.period import Period
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.clock import NOON

ORDER = OrderId("order-1")
MONTH = Period(NOON, NOON + timedelta(days=31))
PAID = a_payment(provider_payment_id="p1")
FIRST = CheckoutPaid(order_id=ORDER, payment=PAID, provider_subscription_id="sub_1")
PERIOD = PeriodPaid(provider_subscription_id="sub_1", payment=PAID, period=MONTH)
REFUND = RefundReported(
    channel=SANDBOX,
    refund_id="re_1",
    payment_ids=("p1", "charge_1"),
    amount_minor=1,
    currency="USD",
    status=RefundStatus.PENDING,
    as_of=NOON,
)
DISPUTE = DisputeReported(
    channel=SANDBOX,
    dispute_id="dp_1",
    payment_ids=("charge_1",),
    amount_minor=1,
    currency="USD",
    status=DisputeStatus.OPEN,
    as_of=NOON,
)
REPORT = SubscriptionReported(
    channel=SANDBOX,
    provider_subscription_id="sub_1",
    status=ProviderStatus.ACTIVE,
    period=MONTH,
    cancel_at_period_end=False,
    as_of=NOON,
)
LINKED = CheckoutLinked(
    order_id=ORDER, channel=SANDBOX, customer_id="cus_1", provider_subscription_id="sub_1"
)


BEGUN = TrialBegun(
    order_id=ORDER,
    channel=SANDBOX,
    customer_id="cus_1",
    provider_subscription_id="sub_1",
    period=MONTH,
    as_of=NOON,
)


@pytest.mark.parametrize(
    ("fact", "names"),
    [
        (FIRST, {"order:order-1", "payment:p1", "subscription:sub_1"}),
        (evolve(FIRST, provider_subscription_id=None), {"order:order-1", "payment:p1"}),
        (CheckoutFailed(order_id=ORDER), {"order:order-1"}),
        (CheckoutExpired(order_id=ORDER), {"order:order-1"}),
        (LINKED, {"order:order-1", "subscription:sub_1", "customer:cus_1"}),
        (BEGUN, {"order:order-1", "subscription:sub_1", "customer:cus_1"}),
        (CustomerDeleted(channel=SANDBOX, customer_id="cus_1"), {"customer:cus_1"}),
        (PERIOD, {"payment:p1", "subscription:sub_1"}),
        (evolve(PERIOD, order_id=ORDER), {"order:order-1", "payment:p1", "subscription:sub_1"}),
        (
            ChangePaid(provider_subscription_id="sub_1", payment=PAID),
            {"payment:p1", "subscription:sub_1"},
        ),
        (REPORT, {"subscription:sub_1"}),
        (REFUND, {"payment:p1", "payment:charge_1"}),
        (DISPUTE, {"payment:charge_1"}),
    ],
)
def test_a_fact_names_its_order_its_payment_and_its_subscription(
    fact: ProviderEvent, names: set[str]
) -> None:
    assert names_in(fact) == names
