"""What tests of use cases ask for: a world of their own each."""

import pytest

from tests.application.commit_world import World
from tests.application.shop import Shop


@pytest.fixture
async def world() -> World:
    """A group commit over a scripted ledger, with nothing in it."""
    return World()


@pytest.fixture
async def shop() -> Shop:
    """A shop that sells nothing yet."""
    return Shop()
