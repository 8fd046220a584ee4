"""What a provider knows and we may not: its events since an instant, and what is open here.

Plain reading steps. Asking a provider happens outside every unit of work, and whatever is wrong
with one thing is noted on it, so that the next one is looked at all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from attrs import Factory, define, frozen

from application.payments.steps.following import brings_news
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from application.ports.provider import Provider
from application.ports.unit_of_work import BeginRead
from domain.errors import Busy
from domain.payments.comparison_round import Part
from domain.payments.ids import OrderId
from domain.payments.inbox import InboxEvent
from domain.payments.order import ORDER_LIFE, Order, OrderStatus
from domain.payments.provider_event import DisputeStatus, ProviderEvent, SubscriptionReported
from domain.payments.purchase_names import names_in
from domain.subscriptions.ids import SubscriptionId


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


_UNDECIDED = (DisputeStatus.INQUIRY, DisputeStatus.OPEN)

Look = Callable[[], Awaitable[Finding | None]]
"""Look at one thing; None means that it is settled here."""


@frozen(kw_only=True)
class Leg:
    """Some things of a part to look at, and the position behind them; None at the part's end.

    So many others are `settled`: looked at already, and as they should be. The provider is `asked`
    about so many times for all of them.
    """

    looks: Sequence[Look] = ()
    settled: int = 0
    asked: int = 0
    next: str | None = None


@define(kw_only=True)
class Walk:
    """Goes through what one provider knows, a leg at a time, from any position on.

    Of live subscriptions those are asked about of which nothing has been heard since an instant, or
    all of them; `told` are those of which the list has told, and nothing was heard for long before.
    Where nothing is to be applied, that stays so, and they need not be asked about once more.
    """

    provider: Provider
    since: datetime
    unheard_since: datetime | None
    read: BeginRead
    told: set[str] = Factory(set)

    async def events(self) -> AsyncIterator[Finding | None]:
        """Go through the events since; None stands for one that is settled here.

        Raises whatever the provider raises where its list of events cannot be read.
        """
        async for event in self.provider.pull(self.since):
            yield await self._pulled(event)

    async def leg(self, part: Part, after: str | None, limit: int) -> Leg:
        """Return the next leg of a part, which asks the provider at most so many times.

        Raises Busy where the provider does not answer, and any fault of the store.
        """
        match part:
            case Part.EVENTS:
                raise AssertionError("events are pulled, not gone through by position")
            case Part.CHECKOUTS:
                return await self._checkouts(after, limit)
            case Part.LISTED:
                return await self._listed(after)
            case Part.SUBSCRIPTIONS:
                return await self._subscriptions(after, limit)
            case Part.DISPUTES:
                return await self._disputes(after, limit)
            case Part.CONCERNS:
                return await self._concerns(after, limit)

    async def _checkouts(self, after: str | None, limit: int) -> Leg:
        """Look at checkouts that may have been paid since: open ones, and those given up since.

        While nothing was heard, a buyer may have paid an order that ran out here in the meantime.
        """
        place, _, cursor = (after or "0:").partition(":")
        from_at = self.since - ORDER_LIFE
        lists = (
            OrderFilter(status=OrderStatus.PENDING),
            OrderFilter(status=OrderStatus.FAILED, from_at=from_at),
            OrderFilter(status=OrderStatus.EXPIRED, from_at=from_at),
        )
        at = int(place)
        async with self.read() as work:
            page = await work.orders.search(
                lists[at], PageRequest(limit=limit, after=cursor or None)
            )
        looks: list[Look] = [
            partial(self._checkout, session_id)
            for order in page.items
            if order.channel == self.provider.channel
            and (session_id := order.session_id) is not None
        ]
        return Leg(looks=looks, asked=len(looks), next=_next_place(at, page.next, lists))

    async def _listed(self, after: str | None) -> Leg:
        """Look at a page of what the provider lists.

        A list that it refuses to tell is a problem, and holds up nothing else: what it would have
        told is asked about one by one once nothing was heard for a day.
        """
        try:
            page = await self.provider.list_known(self.since, after)
        except Busy:
            raise
        except Exception as fault:  # noqa: BLE001 - noted; it must not hold up the other parts
            return Leg(looks=[partial(_refused, fault)], asked=1)
        looks: list[Look] = [partial(self._pulled, event) for event in page.events]
        known, news = await self._news(page.reports)
        looks += [partial(_found, _about(report), report) for report in news]
        return Leg(
            looks=looks, settled=known - len(news), asked=1 + len(page.events), next=page.next
        )

    async def _subscriptions(self, after: str | None, limit: int) -> Leg:
        """Look at live subscriptions that neither the list nor a webhook has told of."""
        async with self.read() as work:
            found = await work.subscriptions.live_at_provider(
                self.provider.channel,
                None if after is None else SubscriptionId(after),
                limit,
                self.unheard_since,
            )
        references = [each.provider_subscription_id for each in found]
        looks = [
            partial(self._reported, each)
            for each in references
            if each is not None and each not in self.told
        ]
        following = found[-1].id if len(found) == limit else None
        return Leg(looks=looks, asked=len(looks), next=following)

    async def _disputes(self, after: str | None, limit: int) -> Leg:
        """Look at payments no bank has decided about: not every provider tells how it ends."""
        place, _, cursor = (after or "0:").partition(":")
        at = int(place)
        payment_ids: list[str] = []
        async with self.read() as work:
            page = await work.disputes.page(
                _UNDECIDED[at], PageRequest(limit=limit, after=cursor or None)
            )
            for dispute in page.items:
                if dispute.channel == self.provider.channel:
                    order = await work.orders.find(dispute.order_id)
                    payment_ids += [order.provider_payment_id] if order.provider_payment_id else []
        looks = [partial(self._payment, each) for each in payment_ids]
        return Leg(looks=looks, asked=len(looks), next=_next_place(at, page.next, _UNDECIDED))

    async def _concerns(self, after: str | None, limit: int) -> Leg:
        """Look at orders that a person has to settle, for as long as nobody has."""
        async with self.read() as work:
            found = await work.orders.needing_person(
                self.provider.channel, None if after is None else OrderId(after), limit
            )
        looks = [partial(_concern, order) for order in found]
        return Leg(looks=looks, next=found[-1].id if len(found) == limit else None)

    async def _checkout(self, session_id: str) -> Finding | None:
        return await _told(f"checkout {session_id}", self.provider.read_checkout(session_id))

    async def _payment(self, payment_id: str) -> Finding | None:
        return await _told(f"payment {payment_id}", self.provider.read_payment(payment_id))

    async def _pulled(self, event: InboxEvent) -> Finding | None:
        async with self.read() as work:
            known = await work.inbox.find(event.channel, event.event_id)
        if known is not None and known.is_settled:
            return None
        about = f"{event.type} {event.event_id}"
        return await _told(about, self.provider.translate(event), event)

    async def _reported(self, reference: str) -> Finding | None:
        try:
            report = await self.provider.read_subscription(reference)
        except Exception as fault:  # noqa: BLE001 - noted; one that fails must not hold up others
            return Finding(about=f"subscription {reference}", fault=fault)
        _, news = await self._news((report,))
        return await _found(_about(report), report) if news else None

    async def _news(
        self, reports: Sequence[SubscriptionReported]
    ) -> tuple[int, Sequence[SubscriptionReported]]:
        """Return how many live ones of ours are told of, and those reports that bring news.

        One that is not live here is passed over: what began it, a payment tells.
        """
        channel = self.provider.channel
        references = [each.provider_subscription_id for each in reports]
        if not references:
            return 0, ()
        async with self.read() as work:
            live = await work.subscriptions.live_among(channel, references)
            open_changes = await work.plan_changes.open_among([each.id for each in live])
        known = {each.provider_subscription_id: each for each in live}
        changes = {each.subscription_id: each for each in open_changes}
        news: list[SubscriptionReported] = []
        for report in reports:
            sold = known.get(report.provider_subscription_id)
            if sold is None:
                continue
            if self.unheard_since is not None and not sold.is_reported_since(self.unheard_since):
                self.told.add(report.provider_subscription_id)
            if brings_news(report, sold, changes.get(sold.id)):
                news.append(report)
        return len(live), news


def _next_place(at: int, cursor: str | None, lists: Sequence[object]) -> str | None:
    """Return where to go on: in the same list, at the beginning of the next one, or nowhere."""
    if cursor is not None:
        return f"{at}:{cursor}"
    return f"{at + 1}:" if at + 1 < len(lists) else None


def _about(report: SubscriptionReported) -> str:
    return f"subscription {report.provider_subscription_id}"


async def _found(about: str, fact: ProviderEvent) -> Finding | None:
    return Finding(about=about, facts=(fact,))


async def _refused(fault: Exception) -> Finding | None:
    return Finding(about="its list of subscriptions", fault=fault)


async def _concern(order: Order) -> Finding | None:
    return Finding(about=f"order {order.id}", concern=order.concern)


async def _told(
    about: str, answer: Awaitable[tuple[ProviderEvent, ...]], event: InboxEvent | None = None
) -> Finding:
    try:
        return Finding(about=about, facts=await answer, event=event)
    except Exception as fault:  # noqa: BLE001 - noted; one poisonous thing must not hold up others
        return Finding(about=about, event=event, fault=fault)
