"""What a provider knows and we may not: its events since an instant, and what is open here.

Plain reading steps. Asking a provider happens outside every unit of work, and whatever is wrong
with one thing is noted on it, so that the next one is looked at all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from datetime import datetime

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from application.ports.provider import Provider
from application.ports.unit_of_work import BeginRead
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.order import ORDER_LIFE, Order, OrderStatus
from domain.payments.provider_event import DisputeStatus, ProviderEvent
from domain.payments.purchase_names import names_in
from domain.subscriptions.ids import SubscriptionId

AT_ONCE = 100


@frozen(kw_only=True)
class Finding:
    """Something a provider knows, by a name; `event` where it comes as one of its events.

    `fault` says why the provider could not tell what it means; then there are no facts. `concern`
    is what a person has to settle about something that is here already.
    """

    about: str
    facts: tuple[ProviderEvent, ...] = ()
    event: InboxEvent | None = None
    fault: Exception | None = None
    concern: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The orders, payments and subscriptions that its facts name."""
        return frozenset().union(*(names_in(fact) for fact in self.facts))


async def findings(
    provider: Provider, since: datetime, read: BeginRead
) -> AsyncIterator[Finding | None]:
    """Go through all that a provider knows; None stands for an event that is settled here.

    Checkouts come first: where a provider's events do not name the order that was paid, only its
    checkout tells whose the payment is that a later event takes back.
    Raises whatever the provider raises where its list of events cannot be read.
    """
    async for session_id in _unpaid_checkouts(provider.channel, since, read):
        yield await _told(f"checkout {session_id}", provider.read_checkout(session_id))
    async for event in provider.pull(since):
        yield await _pulled(provider, event, read)
    async for reference in _live_subscriptions(provider.channel, read):
        yield await _told(f"subscription {reference}", _report(provider, reference))
    async for payment_id in _disputed_payments(provider.channel, read):
        yield await _told(f"payment {payment_id}", provider.read_payment(payment_id))
    async for order in _concerning_orders(provider.channel, read):
        yield Finding(about=f"order {order.id}", concern=order.concern)


async def _pulled(provider: Provider, event: InboxEvent, read: BeginRead) -> Finding | None:
    async with read() as work:
        known = await work.inbox.find(event.channel, event.event_id)
    if known is not None and known.is_settled:
        return None
    about = f"{event.type} {event.event_id}"
    return await _told(about, provider.translate(event), event)


async def _report(provider: Provider, reference: str) -> tuple[ProviderEvent, ...]:
    return (await provider.read_subscription(reference),)


async def _told(
    about: str, answer: Awaitable[tuple[ProviderEvent, ...]], event: InboxEvent | None = None
) -> Finding:
    try:
        return Finding(about=about, facts=await answer, event=event)
    except Exception as fault:  # noqa: BLE001 - noted; one poisonous thing must not hold up others
        return Finding(about=about, event=event, fault=fault)


async def _unpaid_checkouts(
    channel: Channel, since: datetime, read: BeginRead
) -> AsyncIterator[str]:
    """Return the checkouts that may have been paid since: all open ones, and those given up since.

    While nothing was heard, a buyer may have paid an order that ran out here in the meantime.
    """
    from_at = since - ORDER_LIFE
    for where in (
        OrderFilter(status=OrderStatus.PENDING),
        OrderFilter(status=OrderStatus.FAILED, from_at=from_at),
        OrderFilter(status=OrderStatus.EXPIRED, from_at=from_at),
    ):
        async for session_id in _checkouts_of(channel, where, read):
            yield session_id


async def _checkouts_of(
    channel: Channel, where: OrderFilter, read: BeginRead
) -> AsyncIterator[str]:
    request = PageRequest(limit=AT_ONCE)
    while True:
        async with read() as work:
            page = await work.orders.search(where, request)
        for order in page.items:
            if order.channel == channel and order.session_id is not None:
                yield order.session_id
        if page.next is None:
            return
        request = PageRequest(limit=AT_ONCE, after=page.next)


async def _live_subscriptions(channel: Channel, read: BeginRead) -> AsyncIterator[str]:
    after: SubscriptionId | None = None
    while True:
        async with read() as work:
            found = await work.subscriptions.live_at_provider(channel, after, AT_ONCE)
        for subscription in found:
            if subscription.provider_subscription_id is not None:
                yield subscription.provider_subscription_id
        if len(found) < AT_ONCE:
            return
        after = found[-1].id


async def _disputed_payments(channel: Channel, read: BeginRead) -> AsyncIterator[str]:
    """Yield payments about which nobody has decided: not every provider announces how it ends."""
    for status in (DisputeStatus.INQUIRY, DisputeStatus.OPEN):
        async for payment_id in _payments_of_disputes(channel, status, read):
            yield payment_id


async def _payments_of_disputes(
    channel: Channel, status: DisputeStatus, read: BeginRead
) -> AsyncIterator[str]:
    request = PageRequest(limit=AT_ONCE)
    while True:
        payment_ids: list[str] = []
        async with read() as work:
            page = await work.disputes.page(status, request)
            for dispute in page.items:
                if dispute.channel == channel:
                    order = await work.orders.find(dispute.order_id)
                    payment_ids += [order.provider_payment_id] if order.provider_payment_id else []
        for payment_id in payment_ids:
            yield payment_id
        if page.next is None:
            return
        request = PageRequest(limit=AT_ONCE, after=page.next)


async def _concerning_orders(channel: Channel, read: BeginRead) -> AsyncIterator[Order]:
    """Yield orders that a person has to look at, for as long as nobody has settled them."""
    after: OrderId | None = None
    while True:
        async with read() as work:
            found = await work.orders.needing_person(channel, after, AT_ONCE)
        for order in found:
            yield order
        if len(found) < AT_ONCE:
            return
        after = found[-1].id
