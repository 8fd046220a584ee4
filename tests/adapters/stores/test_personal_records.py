"""What names a person goes from every store, and the proof of the ledger stays whole."""

from attrs import evolve

from application.credits.verify_ledger import VerifyingLedger, VerifyLedger
from application.ports.events import EventFilter
from application.ports.idempotency import Caller
from application.ports.paging import PageRequest
from application.ports.privacy import KeptKey
from application.ports.store import Store
from domain.credits.ids import AccountId
from domain.events.delivery import DeliveryStatus
from domain.events.endpoint import EndpointStatus
from domain.events.ids import EndpointId
from tests.adapters.stores.steps import commit, funded, load, look, write
from tests.support.builders.credits import (
    SOMEBODY,
    a_key,
    a_write,
    held,
    spent,
)
from tests.support.builders.events import a_delivery, an_endpoint, an_event
from tests.support.clock import fresh_id

OTHER = AccountId("user-other")


async def test_texts_of_transactions_and_of_holds_that_ended_go_and_no_others(
    store: Store,
) -> None:
    for account_id in (SOMEBODY, OTHER):
        wallet = await funded(store, account_id)
        await write(store, held(wallet, 10, id=fresh_id()))
    open_hold = (await load(store, SOMEBODY)).holds[0]

    erased = [
        await commit(store, lambda work: work.personal.erase_texts(SOMEBODY, 10)) for _ in range(2)
    ]

    assert erased == [1, 0]
    assert [line.text for line in await store.records.lines(SOMEBODY, 0, 10)] == [None]
    assert (await store.records.lines(OTHER, 0, 10))[0].text is not None
    assert (await load(store, SOMEBODY)).holds == (open_hold,)
    assert not (await VerifyingLedger(records=store.records)(VerifyLedger())).breaches


async def test_texts_go_in_batches_of_the_size_asked_for(store: Store) -> None:
    for _ in range(3):
        await funded(store)

    erased = [
        await commit(store, lambda work: work.personal.erase_texts(SOMEBODY, 2)) for _ in range(3)
    ]

    assert erased == [2, 1, 0]


async def test_events_that_were_delivered_go_with_their_deliveries(store: Store) -> None:
    endpoint = an_endpoint()
    told, on_its_way, new = (an_event(account_id=SOMEBODY) for _ in range(3))
    elsewhere = an_event(account_id=OTHER)
    delivered = evolve(a_delivery(told.id, endpoint.id), status=DeliveryStatus.DELIVERED)
    async with store.begin() as work:
        await work.endpoints.add(endpoint)
        for event in (told, on_its_way, new, elsewhere):
            await work.outbox.add(event)
        await work.outbox.settle([told.id, on_its_way.id, elsewhere.id])
        await work.deliveries.add([delivered, a_delivery(on_its_way.id, endpoint.id)])
        await work.commit()

    erased = [
        await commit(store, lambda work: work.personal.erase_events(SOMEBODY, 10)) for _ in range(2)
    ]

    async with store.read() as work:
        left = [each.id for each in (await work.outbox.page(EventFilter(), PageRequest())).items]
        assert await work.deliveries.of_event(told.id) == []
    assert erased == [1, 0]
    assert set(left) == {on_its_way.id, new.id, elsewhere.id}


async def test_an_event_that_waits_for_nobody_goes_with_the_others(store: Store) -> None:
    off, event = an_endpoint(status=EndpointStatus.FAILED), an_event(account_id=SOMEBODY)
    deleted = EndpointId(fresh_id())
    async with store.begin() as work:
        await work.endpoints.add(off)
        await work.outbox.add(event)
        await work.outbox.settle([event.id])
        await work.deliveries.add([a_delivery(event.id, each) for each in (off.id, deleted)])
        await work.commit()

    erased = await commit(store, lambda work: work.personal.erase_events(SOMEBODY, 10))

    assert erased == 1


async def test_keys_of_an_account_come_in_order_and_page_by_page(store: Store) -> None:
    posting = spent(await funded(store), 5)
    mine = a_key(owner=SOMEBODY, caller=Caller.BACKEND, key="b")
    await write(store, a_write(posting, mine))
    for key in (
        a_key(owner=SOMEBODY, caller=Caller.BACKEND, key="a"),
        a_key(owner=SOMEBODY, caller=Caller.USER, key="a"),
        a_key(owner=OTHER, caller=Caller.USER, key="c"),
    ):
        async with store.begin() as work:
            await work.answers.claim(key, KeptKey)
            await work.answers.keep(key, KeptKey(caller=Caller.USER, key="answer"))
            await work.commit()

    first = await look(store, lambda work: work.personal.keys(SOMEBODY, None, 2))
    second = await look(store, lambda work: work.personal.keys(SOMEBODY, first[-1], 2))

    assert [(each.caller.value, each.key) for each in (*first, *second)] == [
        ("backend", "a"),
        ("backend", "b"),
        ("user", "a"),
    ]


async def test_first_answers_go_but_not_those_of_what_must_never_happen_twice(
    store: Store,
) -> None:
    answer = KeptKey(caller=Caller.USER, key="answer")
    kept, gone, elsewhere = (
        a_key(owner=owner, caller=Caller.USER) for owner in (SOMEBODY, SOMEBODY, OTHER)
    )
    async with store.begin() as work:
        for key in (kept, gone, elsewhere):
            await work.answers.claim(key, KeptKey)
            await work.answers.keep(key, answer, is_kept_for_ever=key is kept)
        await work.commit()

    erased = await commit(store, lambda work: work.personal.erase_answers(SOMEBODY, 10))

    async with store.begin() as work:
        found = [await work.answers.claim(key, KeptKey) for key in (kept, gone, elsewhere)]
    assert erased == 1
    assert found == [answer, None, answer]
