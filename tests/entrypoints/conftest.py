"""The whole service, served anew for every test."""

from collections.abc import AsyncIterator

import pytest

from tests.entrypoints.good_requests import World, a_world
from tests.support.app import Service, a_service


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service on an empty memory store."""
    async with a_service() as served:
        yield served


@pytest.fixture
async def world(service: Service) -> World:
    """The service with something of everything in it."""
    return await a_world(service)
