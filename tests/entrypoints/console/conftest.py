"""Browsers at the console."""

import pytest

from tests.entrypoints.console.browser import Browser, signed_in
from tests.support.app import Service


@pytest.fixture
async def owner(service: Service) -> Browser:
    """A browser in which an owner has signed in."""
    return await signed_in(service)
