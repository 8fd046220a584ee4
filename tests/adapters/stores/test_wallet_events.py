"""What a change of a wallet tells is written with that change or not at all, by every store."""

from collections.abc import Mapping, Sequence

import pytest
from attrs import evolve

from application.ports.credits import Batch, WalletWrite, WriteRefused
from application.ports.events import EventFilter
from application.ports.store import Store
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.events.outgoing_event import EventData, EventType, KeptEvent, OutgoingEvent
from tests.adapters.stores.steps import batch_of, commit, funded, load, look, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_keyed_receipt,
    granted,
    spent,
)
from tests.support.builders.events import an_event


def telling(posting: Posting, *events: OutgoingEvent) -> WalletWrite:
    return WalletWrite(posting=posting, events=events)


def about(account_id: AccountId, *, amount: int = 1) -> OutgoingEvent:
    data: EventData = {"amount": amount, "note": 'Grüße ☕ "quoted" \\ \u0000 and % signs'}
    return an_event(type=EventType.CREDITS_GRANTED, account_id=account_id, data=data)


async def told(store: Store) -> Sequence[KeptEvent]:
    return await look(store, lambda work: work.outbox.oldest(EventFilter(), None, 100))


async def test_events_come_back_as_they_were_written_with_their_wallet(store: Store) -> None:
    events = [about(SOMEBODY, amount=number) for number in (1, 2)]

    await write(store, telling(granted(await load(store, SOMEBODY)), *events))

    assert list(await told(store)) == [event.kept() for event in events]
    new = await commit(store, lambda work: work.outbox.take_new(10))
    assert list(new) == [event.kept() for event in events], "they wait to be delivered"


async def test_a_change_that_tells_nothing_leaves_the_outbox_alone(store: Store) -> None:
    wallet = await funded(store)

    await write(store, spent(wallet, 1))

    assert list(await told(store)) == []


async def test_of_a_stale_wallet_nothing_is_told_and_of_the_others_everything(
    store: Store,
) -> None:
    stale, sound = await funded(store), await funded(store, SOMEBODY_ELSE)
    await write(store, spent(stale, 1))
    mine, theirs, new = about(SOMEBODY), about(SOMEBODY_ELSE), about(AccountId("c"))

    committed = await store.ledger.write(
        batch_of(
            telling(spent(stale, 50), mine),
            telling(spent(sound, 50), theirs),
            telling(granted(Wallet(account_id=AccountId("c"))), new),
        )
    )

    assert committed.written == {SOMEBODY_ELSE, "c"}
    assert {event.id for event in await told(store)} == {theirs.id, new.id}


async def test_a_command_that_was_carried_out_before_is_not_told_again(store: Store) -> None:
    wallet, key = await funded(store), a_key()
    first, again = about(SOMEBODY), about(SOMEBODY)
    posting = spent(wallet, 1)
    kept = (a_keyed_receipt(posting, key),)
    await write(store, evolve(telling(posting, first), receipts=kept))

    repeated = spent(await load(store, SOMEBODY), 1)
    batch = batch_of(evolve(telling(repeated, again), receipts=kept))
    committed = await store.ledger.write(batch)

    assert (set(committed.known), set(committed.written)) == ({key.name}, set())
    assert [event.id for event in await told(store)] == [first.id]


async def test_a_refused_batch_tells_nothing(store: Store) -> None:
    wallet = await funded(store, balance=10)
    overdrawn = evolve(spent(wallet, 1), wallet=evolve(wallet, posted=-1))

    with pytest.raises(WriteRefused):
        await store.ledger.write(batch_of(telling(overdrawn, about(SOMEBODY))))

    assert list(await told(store)) == []


async def test_an_event_that_is_there_already_takes_its_whole_batch_along(store: Store) -> None:
    wallet, event = await funded(store), about(SOMEBODY)
    await write(store, telling(spent(wallet, 1), event))

    with pytest.raises(WriteRefused):
        await store.ledger.write(batch_of(telling(spent(await load(store, SOMEBODY), 1), event)))

    assert (await load(store, SOMEBODY)).posted == 99


async def test_wallets_that_are_held_tell_like_any_other(store: Store) -> None:
    await funded(store)
    event = about(SOMEBODY)

    def decide(wallets: Mapping[AccountId, Wallet]) -> Batch:
        return batch_of(telling(spent(wallets[SOMEBODY], 1), event))

    committed = await store.ledger.exclusively([SOMEBODY], decide)

    assert committed.written == {SOMEBODY}
    assert [each.id for each in await told(store)] == [event.id]
