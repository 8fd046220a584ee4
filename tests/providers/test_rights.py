"""The doctor says which right a key lacks, before the first refund finds it out."""

import pytest
from aiohttp.typedefs import Middleware

from entrypoints.commands.doctor import Check, check_providers
from tests.adapters.providers.stripe.test_rights import without
from tests.providers.business import a_business
from tests.providers.goods import HASTY
from tests.support.clock import SettableClock


async def seen_of(provider: str, *middlewares: Middleware) -> list[Check]:
    """Return what the doctor says about the rights of a provider's key."""
    clock = SettableClock()
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock, middlewares=middlewares) as business:
        checks = await check_providers(business.container)
    return [each for each in checks if each.name == f"{provider}: rights"]


async def test_a_key_that_may_read_everything_is_fine() -> None:
    [seen] = await seen_of("stripe")

    assert seen.is_fine, seen


async def test_a_key_that_may_not_read_something_is_told_what_it_lacks() -> None:
    [seen] = await seen_of("stripe", without("/v1/payment_intents", "/v1/disputes"))

    assert not seen.is_fine
    assert "PaymentIntents" in seen.said
    assert "Disputes" in seen.said
    assert "Invoices" not in seen.said


@pytest.mark.parametrize("path", ["/v1/events", "/v1/"])
async def test_a_key_that_is_not_taken_at_all_is_said_to_be_that_alone(path: str) -> None:
    assert await seen_of("stripe", without(path)) == []


async def test_where_keys_have_no_rights_of_their_own_nothing_is_said() -> None:
    assert await seen_of("creem") == []
