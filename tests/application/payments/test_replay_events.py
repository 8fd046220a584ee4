"""The inbox as operators see it, and events applied anew: audited, and never twice in effect."""

from datetime import timedelta

import pytest

from application.payments.replay_events import (
    LOOKED_AT_MAX,
    REPLAYED_MAX,
    ListEvents,
    ListingEvents,
    ReadEvent,
    ReadingEvent,
    ReplayEvent,
    ReplayEvents,
)
from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from domain.errors import InvalidField
from domain.payments.errors import EventNotFound, WebhookUnreadable
from domain.payments.ids import InboxId
from domain.payments.inbox import TRIES_MAX, InboxStatus
from domain.payments.provider_event import CheckoutPaid
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.builders.subscriptions import a_pack
from tests.support.clock import NOON, fresh_id
from tests.support.fake_provider import NOTHING

HOUR = timedelta(hours=1)
REASON = "the mapping was mended"
UNREADABLE = WebhookUnreadable(channel=SANDBOX, problem="an unknown shape")


def one(inbox_id: str) -> ReplayEvent:
    return ReplayEvent(inbox_id=InboxId(inbox_id), reason=REASON, actor=ADMIN)


def every(where: InboxFilter | None = None) -> ReplayEvents:
    return ReplayEvents(where=where or InboxFilter(), reason=REASON, actor=ADMIN)


async def sold(shop: Shop) -> CheckoutPaid:
    """Return the news that a pack of 500 credits was paid."""
    await shop.offers(pack := a_pack())
    return paid(await shop.buys(pack))


async def dead(shop: Shop, event_id: str) -> None:
    """Let an event fail until it is set aside."""
    await shop.hears(UNREADABLE, event_id)
    for _ in range(TRIES_MAX):
        shop.clock.advance(hours=1)
        await shop.drains()
    assert (await shop.event(event_id)).status is InboxStatus.DEAD


async def test_an_event_is_read_with_its_body_and_its_effects(shop: Shop) -> None:
    event = await shop.hears(await sold(shop), "evt_1")

    read = await ReadingEvent(read=shop.store.read)(ReadEvent(inbox_id=event.id))

    assert (read, read.body) == (event, b"evt_1")
    assert read.effects[-1] == "granted 500 credits"


async def test_an_unknown_event_is_not_found(shop: Shop) -> None:
    unknown = fresh_id()

    with pytest.raises(EventNotFound):
        await ReadingEvent(read=shop.store.read)(ReadEvent(inbox_id=InboxId(unknown)))
    with pytest.raises(EventNotFound):
        await shop.replay.one(one(unknown))

    assert shop.audited() == []


async def test_the_inbox_is_listed_newest_first_as_the_filter_says(shop: Shop) -> None:
    ignored = [await shop.hears(NOTHING) for _ in range(3)]
    await shop.hears(UNREADABLE)
    listing = ListingEvents(read=shop.store.read)
    where = InboxFilter(status=InboxStatus.IGNORED)

    first = await listing(ListEvents(where=where, page=PageRequest(limit=2)))
    rest = await listing(ListEvents(where=where, page=PageRequest(limit=2, after=first.next)))

    assert [*first.items, *rest.items] == ignored[::-1]
    assert rest.next is None


async def test_an_event_that_is_replayed_has_no_second_effect_and_keeps_its_first(
    shop: Shop,
) -> None:
    event = await shop.hears(await sold(shop))

    shop.clock.advance(minutes=5)
    once = await shop.replay.one(one(event.id))
    again = await shop.replay.one(one(event.id))

    assert (once.status, once.effects, once.tries) == (InboxStatus.APPLIED, event.effects, 1)
    assert again == once
    assert (await shop.balance(), shop.payments()) == (500, 1)


async def test_a_replay_stands_in_the_audit_log_with_its_reason(shop: Shop) -> None:
    event = await shop.hears(await sold(shop))

    await shop.replay.one(one(event.id))

    (line,) = shop.audited()
    assert (line.actor, line.action, line.target) == (
        ADMIN,
        "webhook.replay",
        f"webhook:{event.id}",
    )
    assert (line.before, line.after, line.reason) == ("applied", "received", REASON)


async def test_a_dead_event_is_applied_once_its_cause_is_mended(shop: Shop) -> None:
    news = await sold(shop)
    await dead(shop, "evt_1")
    shop.provider.meanings["evt_1"] = news

    replayed = await shop.replay.one(one((await shop.event("evt_1")).id))

    assert (replayed.status, replayed.error) == (InboxStatus.APPLIED, None)
    assert await shop.balance() == 500


async def test_a_dead_event_whose_cause_is_not_mended_gets_all_its_tries_again(shop: Shop) -> None:
    await dead(shop, "evt_1")

    replayed = await shop.replay.one(one((await shop.event("evt_1")).id))

    assert (replayed.status, replayed.tries) == (InboxStatus.FAILED, 1)
    assert replayed.next_try_at is not None


async def test_a_range_is_replayed_oldest_first_and_nothing_else(shop: Shop) -> None:
    for number in range(6):
        await shop.hears(NOTHING, f"evt_{number}")
        shop.clock.advance(hours=1)

    where = InboxFilter(channel=SANDBOX, from_at=NOON + HOUR, to_at=NOON + 3 * HOUR)
    replayed = await shop.replay.many(every(where))

    assert (replayed.replayed, replayed.next_from_at) == (2, None)
    ids = [f"webhook:{(await shop.event(f'evt_{number}')).id}" for number in (1, 2)]
    assert [line.target for line in shop.audited()] == ids


async def test_replaying_everything_twice_changes_no_balance(shop: Shop) -> None:
    await shop.hears(await sold(shop))
    await shop.hears(NOTHING)

    first = await shop.replay.many(every())
    second = await shop.replay.many(every())

    assert (first.replayed, second.replayed) == (2, 2)
    assert (await shop.balance(), shop.payments()) == (500, 1)
    assert await shop.is_proved()


async def test_of_a_long_range_the_oldest_are_replayed_and_it_says_where_to_go_on(
    shop: Shop,
) -> None:
    async with shop.store.begin() as work:
        for number in range(REPLAYED_MAX + 130):
            event_id = f"evt_{number}"
            shop.provider.meanings[event_id] = NOTHING
            await work.inbox.add(
                an_inbox_event(event_id=event_id, received_at=shop.clock.advance(seconds=1))
            )
        await work.commit()

    first = await shop.replay.many(every())
    where = InboxFilter(from_at=first.next_from_at)
    rest = await shop.replay.many(every(where))

    next_one = await shop.event(f"evt_{REPLAYED_MAX}")
    assert (first.replayed, first.next_from_at) == (REPLAYED_MAX, next_one.received_at)
    assert (rest.replayed, rest.next_from_at) == (130, None)
    assert len({line.target for line in shop.audited()}) == REPLAYED_MAX + 130


async def test_a_range_that_is_too_long_to_go_through_is_refused(shop: Shop) -> None:
    async with shop.store.begin() as work:
        for _ in range(LOOKED_AT_MAX + 1):
            await work.inbox.add(an_inbox_event())
        await work.commit()
    before = shop.kept()

    with pytest.raises(InvalidField) as refused:
        await shop.replay.many(every())

    assert refused.value.path == "from"
    assert shop.kept() == before
