"""The rates in force, as a process keeps them: never asked for by a spend that finds them warm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from attrs import define, field

from adapters.stores.memory.store import MemoryStore
from application.credits.steps.rate_desk import CHECKED_EVERY_S, TRUSTED_S, RateDesk
from application.ports.credits import OutcomeUnknown
from application.ports.unit_of_work import UnitOfWork
from domain.credits.errors import ModelUnrated
from domain.credits.rates import RateCard
from tests.support.builders.rates import a_card, a_rate, usage_of
from tests.support.clock import NOON

SECOND = timedelta(seconds=1)


@define
class Watched:
    """A store that counts how often it is read; it may be slow to answer, or silent."""

    store: MemoryStore = field(factory=MemoryStore)
    asked: int = 0
    seconds: float = 0.0
    is_silent: bool = False
    opened: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.opened.set()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        self.asked += 1
        if self.is_silent:
            raise OutcomeUnknown
        async with self.store.read() as work:
            yield work
            await self.opened.wait()

    def desk(self) -> RateDesk:
        return RateDesk(read=self.read, stopwatch=lambda: self.seconds)

    async def publish(self, *cards: RateCard) -> None:
        """Publish as another process does."""
        async with self.store.begin() as work:
            for card in cards:
                assert await work.rate_cards.add(card)
            await work.commit()


async def price(desk: RateDesk, at: float = 0) -> str:
    """Return what a thousand tokens cost by the desk, so many seconds after noon."""
    async with asyncio.timeout(5):
        return (await desk.rated(usage_of(input=1000), NOON + at * SECOND)).exact


async def settled() -> None:
    """Let whatever runs beside come to its end."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_warm_desk_asks_nothing() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()

    found = [await price(desk) for _ in range(100)]

    assert set(found) == {"2.5"}
    assert watched.asked == 1


async def test_many_who_come_to_a_cold_desk_share_one_question() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()

    await asyncio.gather(*(price(desk) for _ in range(50)))

    assert watched.asked == 1


async def test_in_the_second_second_nobody_waits_for_the_question() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    await price(desk)
    watched.opened.clear()

    watched.seconds = CHECKED_EVERY_S
    found = [await price(desk) for _ in range(20)]
    await settled()

    assert set(found) == {"2.5"}
    assert watched.asked == 2
    watched.opened.set()
    await settled()


async def test_a_card_of_another_process_counts_within_two_seconds_however_idle_this_one() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    await price(desk)
    await watched.publish(a_card(a_rate(credits="3"), version=2))

    watched.seconds = TRUSTED_S

    assert await price(desk) == "3"
    assert TRUSTED_S <= 2


async def test_under_load_a_card_of_another_process_counts_just_after_one_second() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    await price(desk)
    await watched.publish(a_card(a_rate(credits="3"), version=2))

    watched.seconds = CHECKED_EVERY_S
    first = await price(desk)
    await settled()

    assert (first, await price(desk)) == ("2.5", "3")


async def test_a_card_for_later_counts_from_its_very_instant_without_a_question() -> None:
    watched = Watched()
    later = a_card(a_rate(credits="3"), version=2, effective_from=NOON + SECOND / 2)
    await watched.publish(a_card(), later)
    desk = watched.desk()

    found = [await price(desk, at) for at in (0, 0.499999, 0.5, 0.6)]

    assert found == ["2.5", "2.5", "3", "3"]
    assert watched.asked == 1


async def test_a_clock_that_is_put_back_brings_no_card_back() -> None:
    watched = Watched()
    later = a_card(a_rate(credits="3"), version=2, effective_from=NOON + SECOND)
    await watched.publish(a_card(), later)
    desk = watched.desk()

    assert await price(desk, at=1) == "3"
    assert await price(desk, at=-9) == "3"


async def test_rates_published_here_count_at_once() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    await price(desk)

    await watched.publish(a_card(a_rate(credits="3"), version=2))
    desk.forget()

    assert await price(desk) == "3"


async def test_what_was_read_before_rates_were_published_here_does_not_count_after() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    watched.opened.clear()
    waiting = asyncio.create_task(price(desk))
    await settled()

    await watched.publish(a_card(a_rate(credits="3"), version=2))
    desk.forget()
    watched.opened.set()

    assert await waiting == "3"
    assert await price(desk) == "3"


async def test_an_answer_that_came_too_late_is_asked_for_again() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    watched.opened.clear()
    first = asyncio.create_task(price(desk))
    await settled()

    await watched.publish(a_card(a_rate(credits="3"), version=2))
    watched.seconds = TRUSTED_S
    second = asyncio.create_task(price(desk))
    await settled()
    watched.opened.set()

    assert (await first, await second) == ("2.5", "3")
    assert watched.asked == 2


async def test_an_unchanged_version_is_not_read_again() -> None:
    watched = Watched()
    card = a_card()
    await watched.publish(card)
    desk = watched.desk()
    first = await desk.card(NOON)

    watched.seconds = TRUSTED_S
    second = await desk.card(NOON)

    assert watched.asked == 2
    assert second is first


async def test_while_the_store_is_silent_known_rates_count_for_two_seconds_and_no_longer() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    await price(desk)
    watched.is_silent = True

    watched.seconds = CHECKED_EVERY_S
    assert await price(desk) == "2.5"
    await settled()
    watched.seconds = TRUSTED_S
    with pytest.raises(OutcomeUnknown):
        await price(desk)
    watched.is_silent = False

    assert await price(desk) == "2.5"


async def test_one_who_leaves_takes_the_answer_from_nobody() -> None:
    watched = Watched()
    await watched.publish(a_card())
    desk = watched.desk()
    watched.opened.clear()
    one, other = (asyncio.create_task(price(desk)) for _ in range(2))
    await settled()

    one.cancel()
    watched.opened.set()

    assert await other == "2.5"
    assert watched.asked == 1


async def test_without_rates_every_model_is_refused() -> None:
    with pytest.raises(ModelUnrated):
        await price(Watched().desk())
