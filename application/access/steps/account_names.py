"""By which names an account appears in what providers tell us, and what was told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter, NotedName
from application.ports.subscriptions import SubscriptionFilter
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.ids import InboxId
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.webhook_names import TO_BE_READ, NameDigest, digest_of, texts_of
from domain.subscriptions.subscription import Subscription

BATCH = 100

Each = TypeVar("Each")


@frozen(kw_only=True)
class InboxSearch:
    """Finds webhooks whose bodies hold a name of an account as a whole text.

    By names the store finds them without reading anybody else's. Only where an account is called by
    a word that is noted of no event, all are read that came in from an instant on.
    """

    read: BeginRead

    async def naming(
        self, names: frozenset[str], from_at: datetime
    ) -> AsyncIterator[Sequence[InboxEvent]]:
        """Yield the events that hold one of the names, each once, in batches."""
        digests = {digest_of(name) for name in names}
        if None in digests:
            candidates = self._all(from_at)
        else:
            candidates = self._noted_by(sorted(each for each in digests if each is not None))
        async for events in candidates:
            found = [each for each in events if texts_of(each.body) & names]
            if found:
                yield found

    async def _all(self, from_at: datetime) -> AsyncIterator[Sequence[InboxEvent]]:
        after: str | None = None
        while True:
            async with self.read() as work:
                page = await work.inbox.page(
                    InboxFilter(from_at=from_at), PageRequest(limit=BATCH, after=after)
                )
            yield page.items
            after = page.next
            if after is None:
                return

    async def _noted_by(self, names: Sequence[NameDigest]) -> AsyncIterator[Sequence[InboxEvent]]:
        """Yield what is noted by the names, newest first, and then what can but be read."""
        noted: set[InboxId] = set()
        for some in _in_batches(names):
            async for inbox_ids in self._ids(some):
                noted |= set(inbox_ids)
        for inbox_ids in _in_batches(sorted(noted, reverse=True)):
            yield await self._events(inbox_ids)
        async for inbox_ids in self._ids([TO_BE_READ]):
            yield await self._events(inbox_ids)

    async def _ids(self, names: Sequence[NameDigest]) -> AsyncIterator[Sequence[InboxId]]:
        after: NotedName | None = None
        while True:
            async with self.read() as work:
                noted = await work.inbox.noted_by(names, after, BATCH)
            yield [each.inbox_id for each in noted]
            if len(noted) < BATCH:
                return
            after = noted[-1]

    async def _events(self, inbox_ids: Sequence[InboxId]) -> Sequence[InboxEvent]:
        async with self.read() as work:
            return await work.inbox.of_ids(inbox_ids)


async def names_of(read: BeginRead, account_id: AccountId) -> frozenset[str]:
    """Return every id and address by which a provider may name an account."""
    async with read() as work:
        profile = await work.accounts.find(account_id)
        customers = await work.customers.of_account(account_id)
    names = {account_id, *(customer_id for _, customer_id in customers)}
    if profile is not None and profile.email is not None:
        names.add(profile.email)
    async for orders in orders_of(read, account_id):
        for order in orders:
            names |= {each for each in _order_names(order) if each}
    async for sold in subscriptions_of(read, account_id):
        for subscription in sold:
            names |= {each for each in _subscription_names(subscription) if each}
    return frozenset(names)


async def orders_of(read: BeginRead, account_id: AccountId) -> AsyncIterator[Sequence[Order]]:
    """Yield an account's orders, newest first, in batches."""
    after: str | None = None
    while True:
        async with read() as work:
            page = await work.orders.page(account_id, PageRequest(limit=BATCH, after=after))
        yield page.items
        after = page.next
        if after is None:
            return


async def subscriptions_of(
    read: BeginRead, account_id: AccountId
) -> AsyncIterator[Sequence[Subscription]]:
    """Yield an account's subscriptions, newest first, in batches."""
    where = SubscriptionFilter(account_id=account_id)
    after: str | None = None
    while True:
        async with read() as work:
            page = await work.subscriptions.search(where, PageRequest(limit=BATCH, after=after))
        yield page.items
        after = page.next
        if after is None:
            return


async def is_known(work: UnitOfWork, account_id: AccountId) -> bool:
    """Say whether anything is kept about an account beside its wallet."""
    return (
        await work.accounts.find(account_id) is not None
        or bool((await work.orders.page(account_id, PageRequest(limit=1))).items)
        or bool(await work.subscriptions.of_account(account_id, 1))
    )


def _order_names(order: Order) -> Sequence[str | None]:
    return (order.id, order.session_id, order.provider_payment_id, order.subscription_id)


def _subscription_names(subscription: Subscription) -> Sequence[str | None]:
    return (subscription.id, subscription.provider_subscription_id)


def _in_batches(some: Sequence[Each]) -> Iterator[Sequence[Each]]:
    return (some[start : start + BATCH] for start in range(0, len(some), BATCH))
