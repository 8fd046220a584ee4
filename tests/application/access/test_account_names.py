"""Webhooks of an account are found by its names, without reading those of others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from attrs import define, evolve, field, frozen

from adapters.stores.memory.inbox import MemoryInbox
from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import View
from adapters.stores.memory.unit_of_work import MemoryWork
from application.access.steps.account_names import BATCH, InboxSearch, names_of
from application.ports.paging import Page, PageRequest
from application.ports.payments import InboxFilter, NotedName
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.webhook_names import TO_BE_READ, digests_in
from tests.adapters.stores.steps import commit
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order
from tests.support.clock import NOON


@frozen
class WatchedInbox(MemoryInbox):
    """An inbox that writes down whose bodies were read."""

    read: list[InboxId]

    async def page(self, where: InboxFilter, request: PageRequest) -> Page[InboxEvent]:
        found = await super().page(where, request)
        self.read.extend(event.id for event in found.items)
        return found

    async def of_ids(self, inbox_ids: Sequence[InboxId]) -> Sequence[InboxEvent]:
        found = await super().of_ids(inbox_ids)
        self.read.extend(event.id for event in found)
        return found


@define(eq=False)
class WatchedWork(MemoryWork):
    """A unit of work with such an inbox."""

    seen: list[InboxId] = field(factory=list, kw_only=True)

    @property
    def inbox(self) -> WatchedInbox:
        return WatchedInbox(
            self._rows(self.tables.inbox), self._rows(self.tables.inbox_names), self.seen
        )


@define(eq=False)
class WatchedStore(MemoryStore):
    """A store that knows which webhooks were read."""

    seen: list[InboxId] = field(factory=list)

    @property
    def read(self) -> BeginRead:
        return self._watched

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[UnitOfWork]:
        view = View(is_writable=False, readers=self.readers)
        try:
            yield WatchedWork(self.tables, view, seen=self.seen)
        finally:
            view.close()

    async def told(self, *bodies: bytes) -> list[InboxId]:
        """Keep webhooks that were applied, and return their ids."""
        events = [an_inbox_event(body=body).applied(("x",), NOON) for body in bodies]
        async with self.begin() as work:
            for event in events:
                await work.inbox.add(event)
            await work.commit()
        return [event.id for event in events]

    async def as_before_names_were_noted(self, inbox_id: InboxId) -> None:
        """Let an event stand as one that came in under an earlier release."""
        async with self.read() as work:
            event = await work.inbox.find_id(inbox_id)
        view = View(is_writable=True, readers=self.readers)
        names = view.rows(self.tables.inbox_names)
        for digest in digests_in(event.body):
            names.remove(digest, inbox_id)
        names.add(NotedName(name=TO_BE_READ, inbox_id=inbox_id))
        view.commit()

    async def found(self, account_id: AccountId = SOMEBODY) -> list[InboxId]:
        """Return the webhooks that name an account, in the order they are found."""
        names = await names_of(self.read, account_id)
        search = InboxSearch(read=self.read).naming(names, NOON - timedelta(days=91))
        return [event.id async for events in search for event in events]


async def test_only_what_names_the_account_is_read() -> None:
    store = WatchedStore()
    order = evolve(an_order(), provider_payment_id="pay_1")
    await commit(store, lambda work: work.orders.add(order))
    own = await store.told(b'{"who": "user-1"}', f'["{order.id}"]'.encode(), b'{"p": "pay_1"}')
    await store.told(*[b'{"who": "user-12", "p": "pay_12", "status": "paid"}'] * 3 * BATCH)

    found = await store.found()

    assert found == own[::-1]
    assert store.seen == found


async def test_a_webhook_is_found_by_names_that_were_learnt_after_it_came() -> None:
    store = WatchedStore()
    (told,) = await store.told(b'{"customer": "cus_1", "email": "ada@example.com"}')
    await commit(store, lambda work: work.accounts.save(an_account()))
    assert await store.found() == []

    await commit(store, lambda work: work.customers.link(SOMEBODY, SANDBOX, "cus_1"))

    assert await store.found() == [told]


async def test_one_that_holds_many_names_of_the_account_is_read_once() -> None:
    store = WatchedStore()
    orders = [an_order() for _ in range(2 * BATCH)]
    async with store.begin() as work:
        for order in orders:
            await work.orders.add(order)
        await work.commit()
    ids = b", ".join(f'"{order.id}"'.encode() for order in orders)

    (told,) = await store.told(b'["user-1", ' + ids + b"]")

    assert await store.found() == [told]
    assert store.seen == [told]


async def test_what_came_in_before_names_were_noted_is_read_and_found_if_it_names_the_account() -> (
    None
):
    store = WatchedStore()
    own, other, *_ = await store.told(b'["user-1"]', b'["user-12"]', *[b'["user-2"]'] * BATCH)
    for each in (own, other):
        await store.as_before_names_were_noted(each)

    assert await store.found() == [own]

    assert set(store.seen) == {own, other}


@pytest.mark.parametrize("name", ["acme", "https://id.test/7", "an account"])
async def test_an_account_that_is_called_by_what_is_noted_of_no_event_is_found_by_reading_all(
    name: str,
) -> None:
    store = WatchedStore()
    account_id = AccountId(name)
    own, *others = await store.told(f'["{name}"]'.encode(), b'["user-1"]', f'["{name}s"]'.encode())

    assert await store.found(account_id) == [own]

    assert set(store.seen) == {own, *others}
