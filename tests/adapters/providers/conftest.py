"""The providers under contract: every test that asks for `given` runs once for each of them."""

import pytest

from adapters.providers.sandbox.records import customer_id_of
from adapters.providers.sandbox.signature import HEADER, sign
from domain.payments.order import Order
from tests.adapters.providers.any_provider import OpenProvider, ProviderUnderTest
from tests.adapters.providers.creem.under_contract import creem_provider, creem_under_contract
from tests.adapters.providers.sandbox.bodies import a_body, a_paid_body
from tests.adapters.providers.stripe.under_contract import stripe_provider, stripe_under_contract
from tests.support.clock import NOON
from tests.support.sandbox import SECRET, SandboxWorld, a_request


def _sandbox(request: pytest.FixtureRequest) -> ProviderUnderTest:
    world = SandboxWorld()

    async def customer_of(order: Order) -> str:
        await world.provider.open_checkout(a_request(order))
        return customer_id_of(order.account_id)

    return ProviderUnderTest(
        provider=world.provider,
        secret=SECRET,
        sign=lambda body, secret: {HEADER: sign(body, (secret,), NOON)},
        paid_body=a_paid_body,
        unknown_body=a_body("customer.updated", {}),
        customer_of=customer_of,
    )


# Fixtures that a provider's opener asks for.
__all__ = ["creem_under_contract", "stripe_under_contract"]

# A new provider is a line here.
PROVIDERS: dict[str, OpenProvider] = {
    "sandbox": _sandbox,
    "stripe": stripe_provider,
    "creem": creem_provider,
}


@pytest.fixture(params=[pytest.param(each, id=name) for name, each in PROVIDERS.items()])
def given(request: pytest.FixtureRequest) -> ProviderUnderTest:
    """A provider of the kind under test."""
    open_provider: OpenProvider = request.param
    return open_provider(request)
