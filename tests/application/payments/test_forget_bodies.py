"""Bodies of webhooks are kept for so many days, and no replay invents what they said."""

from datetime import timedelta

import pytest

from application.payments.forget_bodies import ForgetBodies, ForgettingBodies
from application.payments.replay_events import ReplayEvent, ReplayEvents, ReplayingEvents
from application.ports.payments import InboxFilter
from domain.access.audit import Actor
from domain.payments.errors import EventBodyDropped
from domain.payments.ids import Channel
from tests.adapters.stores.steps import commit
from tests.application.shop import Shop
from tests.support.builders.payments import an_inbox_event

ACTOR = Actor(id="admin-1")


def _forgetting(shop: Shop) -> ForgettingBodies:
    return ForgettingBodies(begin=shop.store.begin, clock=shop.clock, kept_for=timedelta(days=90))


def _replaying(shop: Shop, applied: list[str]) -> ReplayingEvents:
    async def apply(channel: Channel, event_id: str) -> bool:
        applied.append(event_id)
        return True

    return ReplayingEvents(
        begin=shop.store.begin,
        read=shop.store.read,
        apply=apply,
        clock=shop.clock,
        new_id=shop.new_id,
    )


async def test_a_body_goes_when_it_is_older_than_the_days_it_is_kept_for(shop: Shop) -> None:
    event = an_inbox_event(received_at=shop.clock.now).applied(("credited",), shop.clock.now)
    await commit(shop.store, lambda work: work.inbox.add(event))
    forget = _forgetting(shop)
    shop.clock.advance(days=90)
    assert (await forget(ForgetBodies())).events == 0
    shop.clock.advance(seconds=1)

    assert (await forget(ForgetBodies())).events == 1

    async with shop.store.read() as work:
        assert await work.inbox.find_id(event.id) == event.without_body()


async def test_an_event_without_its_body_cannot_be_applied_anew(shop: Shop) -> None:
    event = an_inbox_event().applied((), shop.clock.now).without_body()
    await commit(shop.store, lambda work: work.inbox.add(event))
    applied: list[str] = []
    replay = _replaying(shop, applied)

    with pytest.raises(EventBodyDropped):
        await replay.one(ReplayEvent(inbox_id=event.id, reason="Test", actor=ACTOR))

    assert applied == []


async def test_a_range_is_replayed_without_the_events_whose_bodies_are_gone(shop: Shop) -> None:
    whole, gone = (an_inbox_event().applied((), shop.clock.now) for _ in range(2))
    async with shop.store.begin() as work:
        await work.inbox.add(whole)
        await work.inbox.add(gone.without_body())
        await work.commit()
    applied: list[str] = []
    replay = _replaying(shop, applied)

    await replay.many(ReplayEvents(where=InboxFilter(), reason="Test", actor=ACTOR))

    assert applied == [whole.event_id]
