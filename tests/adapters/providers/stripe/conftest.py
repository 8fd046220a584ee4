"""A Stripe for one test: the adapter, and the fake it speaks to."""

from collections.abc import AsyncIterator

import pytest

from tests.support.fake_stripe.side import StripeSide, a_stripe


@pytest.fixture
async def stripe() -> AsyncIterator[StripeSide]:
    """The adapter with a fake Stripe behind it."""
    async with a_stripe() as side:
        yield side
