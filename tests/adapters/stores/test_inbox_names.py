"""Events of the inbox are found by the names in their bodies, as every store does it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from application.ports.payments import NotedName
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.webhook_names import DIGESTS_MAX, TO_BE_READ, NameDigest, digest_of
from tests.adapters.stores.steps import abandon, commit, look
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON

ALL = 1000


def _a_digest(name: str) -> NameDigest:
    digest = digest_of(name)
    assert digest is not None
    return digest


ADA = _a_digest("ada@example.com")
CUSTOMER = _a_digest("cus_1")
OF_BOTH = b'{"customer": {"id": "cus_1", "email": "ada@example.com"}}'
OF_CUSTOMER = b'{"object": {"lines": [{"customer": "cus_1"}]}}'
OF_OTHERS = b'{"customer": "cus_12", "cus_1": "paid"}'


async def _added(store: Store, *bodies: bytes) -> Sequence[InboxEvent]:
    events = [an_inbox_event(body=body) for body in bodies]
    for event in events:
        await commit(store, partial(_add, event=event))
    return events


async def _add(work: UnitOfWork, event: InboxEvent) -> bool:
    return await work.inbox.add(event)


async def _noted_by(store: Store, *names: NameDigest) -> set[tuple[NameDigest, InboxId]]:
    noted = await look(store, lambda work: work.inbox.noted_by(names, None, ALL))
    return {(each.name, each.inbox_id) for each in noted}


async def test_an_event_is_found_by_every_name_in_its_body_and_by_no_part_of_one(
    store: Store,
) -> None:
    both, one, _ = await _added(store, OF_BOTH, OF_CUSTOMER, OF_OTHERS)

    assert await _noted_by(store, ADA) == {(ADA, both.id)}
    assert await _noted_by(store, ADA, CUSTOMER) == {
        (ADA, both.id),
        (CUSTOMER, both.id),
        (CUSTOMER, one.id),
    }
    assert await _noted_by(store, _a_digest("nobody-1")) == set()


async def test_names_page_in_their_own_order_and_that_of_the_events(store: Store) -> None:
    events = await _added(store, *[OF_BOTH] * 3)
    names = sorted([ADA, CUSTOMER])
    seen: list[NotedName] = []
    after: NotedName | None = None

    while found := await look(store, partial(_page, after=after)):
        seen += found
        after = found[-1]

    assert seen == [NotedName(name=name, inbox_id=event.id) for name in names for event in events]


async def _page(work: UnitOfWork, after: NotedName | None) -> Sequence[NotedName]:
    return await work.inbox.noted_by([CUSTOMER, ADA], after, 2)


async def test_a_second_delivery_notes_nothing(store: Store) -> None:
    (event,) = await _added(store, OF_CUSTOMER)
    again = an_inbox_event(event_id=event.event_id, body=OF_BOTH)

    assert not await commit(store, lambda work: work.inbox.add(again))

    assert await _noted_by(store, ADA, CUSTOMER) == {(CUSTOMER, event.id)}


async def test_a_unit_that_is_left_notes_nothing(store: Store) -> None:
    await abandon(store, lambda work: work.inbox.add(an_inbox_event(body=OF_BOTH)))

    assert await _noted_by(store, ADA) == set()


async def test_an_applied_event_keeps_its_names_and_one_without_body_has_none(
    store: Store,
) -> None:
    kept, bare = (event.applied(("x",), NOON) for event in await _added(store, OF_BOTH, OF_BOTH))

    await commit(store, lambda work: work.inbox.save(kept))
    await commit(store, lambda work: work.inbox.save(bare.without_body()))

    assert await _noted_by(store, ADA, CUSTOMER) == {(ADA, kept.id), (CUSTOMER, kept.id)}


async def test_with_an_old_body_go_its_names(store: Store) -> None:
    old, new = (
        an_inbox_event(body=OF_BOTH, received_at=at).applied(("x",), at)
        for at in (NOON - timedelta(days=1), NOON)
    )
    for event in (old, new):
        await commit(store, partial(_add, event=event))

    await commit(store, lambda work: work.inbox.drop_bodies(NOON, 5))

    assert await _noted_by(store, ADA) == {(ADA, new.id)}


async def test_what_can_be_noted_by_no_names_is_to_be_read(store: Store) -> None:
    very_long = json.dumps(["cus_1", *(f"line_{n}" for n in range(DIGESTS_MAX))]).encode()
    event, both, *_ = await _added(store, very_long, OF_BOTH, b"no JSON", b"")

    assert await _noted_by(store, TO_BE_READ) == {(TO_BE_READ, event.id)}
    assert await _noted_by(store, CUSTOMER, _a_digest("line_7")) == {(CUSTOMER, both.id)}


@pytest.mark.parametrize("places", [[], [0], [2, 0, 1], [1, 1]])
async def test_events_are_read_by_our_own_ids_newest_first(store: Store, places: list[int]) -> None:
    events = await _added(store, OF_BOTH, OF_CUSTOMER, OF_OTHERS)
    asked = [events[place].id for place in places]

    found = await look(store, lambda work: work.inbox.of_ids([*asked, InboxId("no-such-event")]))

    assert list(found) == [events[place] for place in sorted(set(places), reverse=True)]
