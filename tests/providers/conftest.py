"""A till of each kind in turn, and a service that is served and sells through it."""

from collections.abc import AsyncIterator

import pytest

from tests.providers.business import Business, a_business
from tests.providers.goods import TILLS
from tests.providers.till import Till
from tests.support.clock import SettableClock


@pytest.fixture
def clock() -> SettableClock:
    """The one clock of the service and the provider."""
    return SettableClock()


@pytest.fixture(params=TILLS)
def till(request: pytest.FixtureRequest, clock: SettableClock) -> Till:
    """Each provider, speaking in each of its shapes."""
    name: str = request.param
    return TILLS[name](clock)


@pytest.fixture
async def business(till: Till, clock: SettableClock) -> AsyncIterator[Business]:
    """A service on memory that is served and sells through the till."""
    async with a_business(till, clock=clock, is_served=True) as found:
        yield found
