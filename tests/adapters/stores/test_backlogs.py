"""What waits, as every store counts it."""

from datetime import timedelta

from attrs import evolve

from application.ports.backlogs import Backlog
from application.ports.store import Store
from domain.events.delivery import DeliveryStatus
from domain.events.endpoint import EndpointStatus
from domain.payments.inbox import InboxStatus
from tests.adapters.stores.steps import commit, look
from tests.support.builders.events import a_delivery, an_endpoint, an_event
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON

HOUR = timedelta(hours=1)
NOTHING = Backlog(count=0, oldest_at=None)


async def test_where_nothing_waits_nothing_is_old(store: Store) -> None:
    assert await look(store, lambda work: work.backlogs.inbox()) == NOTHING
    assert await look(store, lambda work: work.backlogs.outbox()) == NOTHING
    assert await look(store, lambda work: work.backlogs.deliveries()) == NOTHING
    assert await look(store, lambda work: work.backlogs.dead_webhooks()) == 0


async def test_webhooks_wait_until_they_are_applied_or_dead(store: Store) -> None:
    async with store.begin() as work:
        for hours, status in enumerate(InboxStatus):
            at = NOON + hours * HOUR
            await work.inbox.add(an_inbox_event(received_at=at, status=status))
        await work.inbox.add(an_inbox_event(received_at=NOON + 9 * HOUR))
        await work.commit()

    waiting = await look(store, lambda work: work.backlogs.inbox())

    assert waiting == Backlog(count=3, oldest_at=NOON)
    assert await look(store, lambda work: work.backlogs.dead_webhooks()) == 1


async def test_events_wait_for_their_deliveries_and_those_to_be_done(store: Store) -> None:
    endpoint, new = an_endpoint(), an_event(at=NOON + HOUR)
    told, done = (an_event(at=NOON) for _ in range(2))
    async with store.begin() as work:
        await work.endpoints.add(endpoint)
        for event in (new, told, done):
            await work.outbox.add(event)
        await work.outbox.settle([told.id, done.id])
        due = a_delivery(told.id, endpoint.id, due_at=NOON + 2 * HOUR)
        over = evolve(a_delivery(done.id, endpoint.id), status=DeliveryStatus.DELIVERED)
        await work.deliveries.add([due, over])
        await work.commit()

    outbox = await look(store, lambda work: work.backlogs.outbox())
    deliveries = await look(store, lambda work: work.backlogs.deliveries())

    assert outbox == Backlog(count=1, oldest_at=NOON + HOUR)
    assert deliveries == Backlog(count=1, oldest_at=NOON + 2 * HOUR)


async def test_what_nobody_will_send_is_no_backlog(store: Store) -> None:
    on, off, failed, deleted = (
        an_endpoint(),
        an_endpoint(status=EndpointStatus.OFF),
        an_endpoint(status=EndpointStatus.FAILED),
        an_endpoint(),
    )
    event = an_event(at=NOON)
    async with store.begin() as work:
        for endpoint in (on, off, failed, deleted):
            await work.endpoints.add(endpoint)
        await work.outbox.add(event)
        due = [
            a_delivery(event.id, endpoint.id, due_at=NOON + hours * HOUR)
            for hours, endpoint in enumerate((off, failed, deleted, on))
        ]
        await work.deliveries.add(due)
        await work.commit()

    await commit(store, lambda work: work.endpoints.remove(deleted.id))

    waiting = await look(store, lambda work: work.backlogs.deliveries())
    assert waiting == Backlog(count=1, oldest_at=NOON + 3 * HOUR)
