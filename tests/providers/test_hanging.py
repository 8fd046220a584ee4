"""A provider that hangs holds up whoever asks it, and nobody who spends."""

import logging

import pytest

from tests.providers.goods import HASTY
from tests.providers.hanging import waits_of
from tests.providers.stores import on_memory

_LOG = logging.getLogger(__name__)


@pytest.mark.parametrize("provider", HASTY)
async def test_a_hanging_provider_does_not_slow_spending(provider: str) -> None:
    found = await waits_of(provider, on_memory(), rounds=3)

    _LOG.info("%s: %s", provider, found)
    assert not found.is_slowed, str(found)
