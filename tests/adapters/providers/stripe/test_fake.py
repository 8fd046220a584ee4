"""The fake judges as Stripe would: what is wrong with a request is found, and keys are kept."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.fake_stripe.data import faults_of, fixture, loaded, operations
from tests.support.fake_stripe.forms import decoded, operation_of, problems_of
from tests.support.fake_stripe.server import HANDLERS

SESSIONS = "POST /v1/checkout/sessions"
UPDATE = "POST /v1/subscriptions/{subscription_exposed_id}"
PROMOTION = "POST /v1/promotion_codes"
REFUNDS = "POST /v1/refunds"

RIGHT: dict[str, tuple[str, Mapping[str, str]]] = {
    "a pack": (
        SESSIONS,
        {
            "mode": "payment",
            "line_items[0][price_data][currency]": "usd",
            "line_items[0][price_data][unit_amount]": "500",
            "line_items[0][price_data][product_data][name]": "Small",
            "line_items[0][quantity]": "1",
            "automatic_tax[enabled]": "true",
            "metadata[order_id]": "1",
        },
    ),
    "a new price": (UPDATE, {"items[0][id]": "si_1", "items[0][price]": "price_1"}),
    "a cleared date": (UPDATE, {"cancel_at": ""}),
    "a date": (UPDATE, {"cancel_at": "1795000000"}),
    "a promotion code": (PROMOTION, {"promotion[type]": "coupon", "promotion[coupon]": "c"}),
    "events since": ("GET /v1/events", {"created[gte]": "1", "types[0]": "invoice.paid"}),
}

WRONG: dict[str, tuple[str, Mapping[str, str]]] = {
    "payment method types": (SESSIONS, {"mode": "payment", "payment_method_types[0]": "card"}),
    "an unknown mode": (SESSIONS, {"mode": "pay"}),
    "an old page": (SESSIONS, {"mode": "payment", "ui_mode": "hosted"}),
    "no currency": (SESSIONS, {"line_items[0][price_data][unit_amount]": "500"}),
    "an anchor in a word": (UPDATE, {"billing_cycle_anchor": "now"}),
    "a coupon on a subscription": (UPDATE, {"coupon": "c"}),
    "an old promotion code": (PROMOTION, {"coupon": "c"}),
    "an odd reason": (REFUNDS, {"payment_intent": "pi_1", "reason": "because"}),
    "an amount in words": (REFUNDS, {"payment_intent": "pi_1", "amount": "all"}),
    "an odd proration": (UPDATE, {"proration_behavior": "always"}),
}


def problems(case: tuple[str, Mapping[str, str]]) -> list[str]:
    """Return what is wrong with a form."""
    operation, form = case
    return problems_of(decoded(urlencode(form), operation), operation)


@pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT.keys())
def test_a_right_request_is_taken(case: tuple[str, Mapping[str, str]]) -> None:
    assert problems(case) == []


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_request_is_found(case: tuple[str, Mapping[str, str]]) -> None:
    assert problems(case) != []


def test_a_form_is_read_as_objects_lists_and_numbers() -> None:
    form = urlencode(dict(RIGHT["a pack"][1]))

    assert decoded(form, SESSIONS) == {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": "usd",
                    "unit_amount": 500,
                    "product_data": {"name": "Small"},
                },
                "quantity": 1,
            }
        ],
        "automatic_tax": {"enabled": True},
        "metadata": {"order_id": "1"},
    }


def test_a_path_is_told_from_an_id() -> None:
    assert operation_of("GET", "/v1/invoices/search") == ("GET /v1/invoices/search", ())
    assert operation_of("GET", "/v1/invoices/in_1") == ("GET /v1/invoices/{invoice}", ("in_1",))
    assert operation_of("POST", "/v1/nothing") is None


def test_the_fake_does_only_what_stripe_does() -> None:
    assert HANDLERS.keys() <= operations().keys()


SAMPLES = sorted(
    name for name in loaded("fixtures.json")["resources"] if not name.startswith("deleted_")
)


@pytest.mark.parametrize("name", SAMPLES)
def test_stripes_samples_fit_stripes_schemas_but_for_what_is_known(name: str) -> None:
    sample: dict[str, Any] = deepcopy(fixture(name))
    if name == "invoice":
        del sample["subscription"]
    if name == "dispute":
        sample["evidence_details"]["submission_method"] = "not_submitted"

    assert faults_of(sample) == []
