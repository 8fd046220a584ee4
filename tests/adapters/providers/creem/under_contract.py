"""Creem's adapter as the contract suite of all providers asks for it."""

from collections.abc import AsyncIterator

import pytest

from domain.payments.order import Order
from tests.adapters.providers.any_provider import ProviderUnderTest
from tests.support.clock import NOON
from tests.support.fake_creem.shapes import Sale, a_checkout, a_customer, a_product, an_order
from tests.support.fake_creem.telling import HEADER, SECRET, an_event, signature
from tests.support.fake_creem.world import CreemWorld, a_request, creem_world


@pytest.fixture
async def creem_under_contract() -> AsyncIterator[CreemWorld]:
    """The adapter with a fake Creem behind it."""
    async with creem_world() as world:
        yield world


def creem_provider(request: pytest.FixtureRequest) -> ProviderUnderTest:
    """Return Creem's adapter under contract."""
    world: CreemWorld = request.getfixturevalue("creem_under_contract")
    product_id = world.books.add_product(price=500, currency="USD")

    async def customer_of(order: Order) -> str:
        opened = await world.provider.open_checkout(a_request(order, product_id))
        world.books.pay(opened.session_id)
        return str(world.books.checkouts[opened.session_id]["customer"]["id"])

    return ProviderUnderTest(
        provider=world.provider,
        secret=SECRET,
        sign=lambda body, secret: {HEADER: signature(body, secret)},
        paid_body=_paid_body,
        unknown_body=an_event("evt_1", "customer.updated", 0, {"id": "cust_1"}).body,
        customer_of=customer_of,
        reference=product_id,
    )


def _paid_body(order: Order) -> bytes:
    product = a_product(
        "prod_1", NOON, price=500, currency="USD", period="once", tax_mode="exclusive"
    )
    customer = a_customer("cust_1", NOON, "buyer@example.com")
    asked = {
        "product_id": "prod_1",
        "request_id": order.id,
        "metadata": {"order_id": order.id, "account_id": "somebody"},
    }
    due = order.due_minor
    sale = Sale(amount=due, discount=order.discount_minor, tax=0, paid=due)
    checkout = a_checkout("ch_1", asked) | {
        "status": "completed",
        "product": product,
        "customer": customer,
        "order": an_order("ord_1", NOON, product, "cust_1", "tran_1", sale),
    }
    return an_event("evt_1", "checkout.completed", 0, checkout).body
