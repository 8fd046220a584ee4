"""A stretch of comparing that is broken off, or cannot be noted: nothing is lost by it."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from attrs import Factory, define, evolve

from application.payments.compare_stretch import CompareStretch
from application.ports.provider import Listed
from domain.payments.comparison_round import LEASE, PUT_OFF, Part, Track
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.provider_event import ProviderEvent, ProviderStatus
from tests.application.comparing import (
    QUESTIONS,
    a_round,
    come_to,
    comparing,
    runs,
    stood,
    stretch,
    subscribers,
)
from tests.application.lost_news import SILENT, renewal, report
from tests.application.shop import Shop
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.fake_provider import MarionetteProvider
from tests.support.falling_silent import FallingSilent


@define(kw_only=True)
class _InPages(MarionetteProvider):
    """A provider that lists events in pages, each behind its number, and is silent behind them."""

    pages: list[Sequence[InboxEvent]] = Factory(list)
    is_silent: bool = True

    async def list_known(self, since: datetime, after: str | None) -> Listed:
        place = int(after or 0)
        if place < len(self.pages):
            return Listed(events=tuple(self.pages[place]), next=str(place + 1))
        if self.is_silent:
            raise SILENT
        return Listed()

    def lists(self, *events: tuple[str, ProviderEvent]) -> None:
        """Add a page of events that mean something."""
        self.meanings.update(dict(events))
        self.pages.append([an_inbox_event(event_id=each) for each, _ in events])


async def a_stretch_in_a_store_that_answers(shop: Shop, times: int) -> None:
    """Do a stretch while the store takes so many units of work and no more."""
    falling = FallingSilent(inner=shop.store.begin, answers=times)
    await evolve(comparing(shop), begin=falling.begin)(
        CompareStretch(channel=SANDBOX, track=Track.STANDING, questions_max=QUESTIONS)
    )


@pytest.mark.parametrize("answers", range(1, 5))
async def test_a_round_ends_in_the_commit_that_keeps_its_run(shop: Shop, answers: int) -> None:
    await subscribers(shop, 1)
    shop.provider.reports["sub_00000"] = report(shop, ProviderStatus.PAST_DUE, "sub_00000")
    await come_to(shop, Part.CONCERNS)

    await a_stretch_in_a_store_that_answers(shop, answers)
    is_over, kept = (await stood(shop)).ended_at is not None, await runs(shop.store)
    shop.clock.now += LEASE
    await a_round(shop)

    assert len(kept) == int(is_over)
    assert [run.mended for run in await runs(shop.store)] == [1]


@pytest.mark.parametrize("answers", range(1, 5))
async def test_a_round_is_put_off_in_the_commit_that_keeps_what_it_found(
    shop: Shop, answers: int
) -> None:
    await subscribers(shop, 5)
    shop.provider.reports["sub_00000"] = report(shop, ProviderStatus.PAST_DUE, "sub_00000")
    for number in range(1, 5):
        shop.provider.reports[f"sub_{number:05}"] = SILENT
    await come_to(shop, Part.SUBSCRIPTIONS)

    await a_stretch_in_a_store_that_answers(shop, answers)

    assert [run.unread for run in await runs(shop.store)] == (
        [(SANDBOX,)] if (await stood(shop)).is_unread else []
    )


async def test_a_store_silent_about_what_is_listed_leaves_the_list_to_the_next_stretch(
    shop: Shop,
) -> None:
    shop.provider.lists_subscriptions = True
    await subscribers(shop, 3, reported_at=shop.clock())
    await come_to(shop, Part.LISTED)
    shop.clock.advance(minutes=5)
    shop.provider.reports["sub_00001"] = report(shop, ProviderStatus.PAST_DUE, "sub_00001")
    # One answer for the round, and none for what is known of those that are listed.
    falling = FallingSilent(inner=shop.store.read, answers=1)

    await evolve(comparing(shop), read=falling.begin)(
        CompareStretch(channel=SANDBOX, track=Track.STANDING, questions_max=QUESTIONS)
    )
    put_off = await stood(shop)
    shop.clock.now += PUT_OFF
    over = await a_round(shop)

    assert (put_off.part, put_off.is_unread) == (Part.LISTED, True)
    assert (over.mended, over.needs_person) == (1, 0)


async def test_what_waits_lies_in_the_inbox_before_a_silent_provider_is_left_alone() -> None:
    provider = _InPages()
    shop = Shop(provider=provider)
    provider.lists(("evt_1", renewal(subscription="sub_9")))
    await come_to(shop, Part.LISTED)

    put_off = (await stretch(shop)).present
    waiting = await shop.event("evt_1")
    shop.clock.now += PUT_OFF
    provider.is_silent = False
    await a_round(shop)

    assert put_off is not None
    assert (put_off.part, put_off.after, put_off.is_unread) == (Part.LISTED, "1", True)
    assert (waiting.status, waiting.tries) == (InboxStatus.FAILED, 1)
    assert put_off.drift[-1].about == "checkout.paid evt_1"


async def test_where_the_inbox_takes_nothing_the_round_does_not_go_past_what_waits() -> None:
    provider = _InPages()
    shop = Shop(provider=provider)
    provider.lists(("evt_1", renewal(subscription="sub_9")))
    await come_to(shop, Part.LISTED)

    # It is claimed, and what waits is tried twice; the fourth would set it aside.
    falling = FallingSilent(inner=shop.store.begin, answers=3, silences=1)
    await evolve(comparing(shop), begin=falling.begin)(
        CompareStretch(channel=SANDBOX, track=Track.STANDING, questions_max=QUESTIONS)
    )
    put_off = await stood(shop)
    shop.clock.now += PUT_OFF
    provider.is_silent = False
    await a_round(shop)

    assert (put_off.part, put_off.after, put_off.is_unread) == (Part.LISTED, None, True)
    assert (await shop.event("evt_1")).status is InboxStatus.FAILED
