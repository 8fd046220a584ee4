"""By which names an account appears in what providers tell us, and what was told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from application.ports.privacy import TextsOf
from application.ports.subscriptions import SubscriptionFilter
from application.ports.unit_of_work import BeginRead, UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.subscriptions.subscription import Subscription

BATCH = 100


@frozen(kw_only=True)
class InboxSearch:
    """Finds webhooks whose bodies name an account, of those that came in from an instant on."""

    read: BeginRead
    texts_of: TextsOf

    async def naming(
        self, names: frozenset[str], from_at: datetime
    ) -> AsyncIterator[Sequence[InboxEvent]]:
        """Yield the events that hold one of the names as a whole text, newest first, in batches."""
        after: str | None = None
        while True:
            async with self.read() as work:
                page = await work.inbox.page(
                    InboxFilter(from_at=from_at), PageRequest(limit=BATCH, after=after)
                )
            found = [each for each in page.items if self.texts_of(each.body) & names]
            if found:
                yield found
            after = page.next
            if after is None:
                return


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
