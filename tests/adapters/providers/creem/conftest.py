"""A Creem for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.support.fake_creem.world import CreemWorld, creem_world


@pytest.fixture
async def world() -> AsyncIterator[CreemWorld]:
    """A provider and the fake it talks to; at the end, no request has broken Creem's schemas."""
    async with creem_world() as opened:
        yield opened
