"""What the sandbox's webhooks mean, and which of them mean nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.providers.sandbox.events import named, translated
from domain.payments.errors import WebhookUnreadable
from domain.payments.ids import OrderId
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.adapters.providers.sandbox.bodies import (
    CHECKOUT_PAID,
    CHECKOUT_UNPAID,
    EVENT_ID,
    SUBSCRIPTION_PAID,
    SUBSCRIPTION_UPDATED,
    a_body,
    an_event,
)
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.clock import NOON

PAYMENT = a_payment(provider_payment_id="pay_1", net_minor=990)
PERIOD = Period(NOON, add_months(NOON, 1))
ORDER_ID = OrderId("order_1")

MEANINGS: dict[str, tuple[bytes, ProviderEvent | None]] = {
    "a paid subscription": (
        a_body("checkout.paid", CHECKOUT_PAID),
        CheckoutPaid(
            order_id=ORDER_ID,
            payment=PAYMENT,
            customer_id="cus_1",
            provider_subscription_id="sub_1",
            period=PERIOD,
        ),
    ),
    "a paid pack": (
        a_body("checkout.paid", {**CHECKOUT_PAID, "subscription": None}),
        CheckoutPaid(order_id=ORDER_ID, payment=PAYMENT, customer_id="cus_1"),
    ),
    "a paid pack, and whose it is": (
        a_body("checkout.paid", {**CHECKOUT_PAID, "subscription": None, "account_id": SOMEBODY}),
        CheckoutPaid(order_id=ORDER_ID, payment=PAYMENT, account_id=SOMEBODY, customer_id="cus_1"),
    ),
    "a declined card": (
        a_body("checkout.failed", CHECKOUT_UNPAID),
        CheckoutFailed(order_id=ORDER_ID),
    ),
    "a closed checkout": (
        a_body("checkout.expired", CHECKOUT_UNPAID),
        CheckoutExpired(order_id=ORDER_ID),
    ),
    "a renewal": (
        a_body("subscription.paid", SUBSCRIPTION_PAID),
        PeriodPaid(provider_subscription_id="sub_1", payment=PAYMENT, period=PERIOD),
    ),
    "a cancellation": (
        a_body("subscription.updated", SUBSCRIPTION_UPDATED),
        SubscriptionReported(
            channel=SANDBOX,
            provider_subscription_id="sub_1",
            status=ProviderStatus.ACTIVE,
            period=PERIOD,
            cancel_at_period_end=True,
            as_of=NOON,
        ),
    ),
    "something new": (
        a_body("customer.updated", {"any": "thing"}),
        None,
    ),
    "something new without shape": (a_body("a.b", None), None),
}


@pytest.mark.parametrize("case", MEANINGS.values(), ids=MEANINGS.keys())
def test_every_event_has_one_meaning(case: tuple[bytes, ProviderEvent | None]) -> None:
    body, meaning = case

    assert translated(body) == (() if meaning is None else (meaning,))


def test_instants_of_any_zone_are_read_as_utc() -> None:
    period = {"start_at": "2026-01-12T14:00:00+02:00", "end_at": "2026-02-12T04:00:00-08:00"}

    (event,) = translated(a_body("subscription.paid", {**SUBSCRIPTION_PAID, "period": period}))

    assert isinstance(event, PeriodPaid)
    assert event.period == PERIOD
    assert event.period.start_at.utcoffset() == event.payment.paid_at.utcoffset()


def test_what_a_later_version_adds_is_passed_over() -> None:
    data = {**CHECKOUT_UNPAID, "reason": "insufficient funds"}
    event = {**an_event("checkout.failed", data), "attempt": 2}

    assert translated(json.dumps(event).encode()) == (CheckoutFailed(order_id=ORDER_ID),)


def _without(key: str) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        del event[key]

    return change


def _with(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        event[key] = value

    return change


BAD_ENVELOPES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no id": _without("id"),
    "an id that is no id": _with("id", "evt_1"),
    "an id with a line break": _with("id", f"{EVENT_ID}\n"),
    "an id that is a number": _with("id", 7),
    "no type": _without("type"),
    "an endless type": _with("type", "a" * 65),
    "a type with a NUL": _with("type", "checkout.paid\0"),
    "no instant": _without("created_at"),
    "an instant without a zone": _with("created_at", "2026-01-12T12:00:00"),
    "live mode": _with("mode", "live"),
    "no data": _without("data"),
}


@pytest.mark.parametrize("change", BAD_ENVELOPES.values(), ids=BAD_ENVELOPES.keys())
def test_an_event_that_says_too_little_is_unreadable(
    change: Callable[[dict[str, Any]], None],
) -> None:
    event = an_event("checkout.paid", CHECKOUT_PAID)
    change(event)

    with pytest.raises(WebhookUnreadable, match="event: "):
        named(json.dumps(event).encode())


BAD_PAYMENTS: dict[str, tuple[dict[str, object], str]] = {
    "a fraction of a cent": ({"net_minor": 990.5}, "net_minor"),
    "a float": ({"net_minor": 990.0}, "net_minor"),
    "text": ({"net_minor": "990"}, "net_minor"),
    "a truth": ({"net_minor": True}, "net_minor"),
    "less than nothing": ({"net_minor": -1}, "net_minor"),
    "more than can be counted": ({"net_minor": 2**53}, "net_minor"),
    "no tax": ({"tax_minor": None}, "tax_minor"),
    "no currency": ({"currency": "dollars"}, "currency"),
    "an id with a NUL": ({"id": "pay\0"}, "id"),
    "an empty id": ({"id": ""}, "id"),
    "an endless id": ({"id": "p" * 256}, "id"),
    "a day": ({"paid_at": "2026-01-12"}, "paid_at"),
    "an instant before the calendar": ({"paid_at": "0001-01-01T00:00:00+02:00"}, "calendar"),
}


@pytest.mark.parametrize("case", BAD_PAYMENTS.values(), ids=BAD_PAYMENTS.keys())
@pytest.mark.parametrize(
    ("type", "data"),
    [("checkout.paid", CHECKOUT_PAID), ("subscription.paid", SUBSCRIPTION_PAID)],
)
def test_a_payment_that_cannot_be_is_unreadable_and_named(
    type: str, data: dict[str, Any], case: tuple[dict[str, object], str]
) -> None:
    change, place = case
    payment = {**data["payment"], **change}

    with pytest.raises(WebhookUnreadable, match=place):
        translated(a_body(type, {**data, "payment": payment}))


BAD_DATA: dict[str, tuple[str, object]] = {
    "a list": ("checkout.paid", []),
    "nothing": ("checkout.failed", None),
    "no order": ("checkout.expired", {"session_id": "session_1"}),
    "no word of a subscription": (
        "checkout.paid",
        {key: value for key, value in CHECKOUT_PAID.items() if key != "subscription"},
    ),
    "a period that ends before it starts": (
        "subscription.paid",
        {
            **SUBSCRIPTION_PAID,
            "period": {"start_at": "2026-02-12T12:00:00Z", "end_at": "2026-01-12T12:00:00Z"},
        },
    ),
    "an unknown status": ("subscription.updated", {**SUBSCRIPTION_UPDATED, "status": "resting"}),
    "a truth as text": (
        "subscription.updated",
        {**SUBSCRIPTION_UPDATED, "cancel_at_period_end": "true"},
    ),
}


@pytest.mark.parametrize("case", BAD_DATA.values(), ids=BAD_DATA.keys())
def test_data_that_does_not_fit_the_type_is_unreadable(case: tuple[str, object]) -> None:
    with pytest.raises(WebhookUnreadable, match="data: "):
        translated(a_body(*case))


def test_endless_nesting_is_unreadable() -> None:
    body = a_body("checkout.paid", 0).replace(b'"data": 0', b'"data": ' + b"[" * 100_000)

    with pytest.raises(WebhookUnreadable, match="nested too deeply"):
        named(body)
