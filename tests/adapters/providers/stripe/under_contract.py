"""Stripe's adapter as the contract suite of all providers asks for it."""

import json
from collections.abc import AsyncIterator

import pytest

from adapters.providers.stripe.signature import HEADER
from domain.payments.order import Order
from tests.adapters.providers.any_provider import ProviderUnderTest
from tests.support.clock import NOON
from tests.support.fake_stripe.data import fixture
from tests.support.fake_stripe.objects import a_session, an_event
from tests.support.fake_stripe.server import WEBHOOK_SECRET, signed
from tests.support.fake_stripe.side import StripeSide, a_stripe
from tests.support.sandbox import a_request

T = int(NOON.timestamp())


@pytest.fixture
async def stripe_under_contract() -> AsyncIterator[StripeSide]:
    """The adapter with a fake Stripe behind it."""
    async with a_stripe() as side:
        yield side


def stripe_provider(request: pytest.FixtureRequest) -> ProviderUnderTest:
    """Return Stripe's adapter under contract."""
    side: StripeSide = request.getfixturevalue("stripe_under_contract")

    async def customer_of(order: Order) -> str:
        opened = await side.provider.open_checkout(a_request(order))
        return str(side.world.pay(opened.session_id)["customer"])

    return ProviderUnderTest(
        provider=side.provider,
        secret=WEBHOOK_SECRET,
        sign=lambda body, secret: {HEADER: signed(body, T, secret)},
        paid_body=_paid_body,
        unknown_body=_body("customer.updated", fixture("customer")),
        customer_of=customer_of,
    )


def _paid_body(order: Order) -> bytes:
    asked = {
        "mode": "payment",
        "line_items": [{"price_data": {"currency": order.line.currency.lower()}}],
        "metadata": {"order_id": order.id},
    }
    session = a_session("cs_test_1", asked, created=T, subtotal=order.line.price_minor)
    session |= {
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "customer": "cus_1",
        "amount_total": order.due_minor,
        "total_details": {"amount_discount": order.discount_minor, "amount_tax": 0},
    }
    return _body("checkout.session.completed", session)


def _body(type: str, thing: dict[str, object]) -> bytes:
    return json.dumps(an_event("evt_1", type, thing, created=T)).encode()
