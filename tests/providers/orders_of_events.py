"""Stories of a few webhooks that are told in any order, any number of times, to an empty service.

What happened is over, so the provider's answers no longer change: what an event means is asked for
once, the first time it is told, and remembered for all the other orders.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import cycle, islice, permutations

from attrs import field, frozen

from adapters.stores.memory.store import MemoryStore
from application.payments.drain_inbox import DrainInbox
from application.ports.paging import PageRequest
from application.ports.payments import OrderFilter
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.provider_event import ProviderEvent
from domain.subscriptions.catalogue import Pack, Plan
from tests.providers.business import Business, a_business
from tests.providers.converging import MakeTill, with_provider
from tests.providers.goods import a_pack_at, a_plan_at
from tests.providers.in_front import InFront
from tests.providers.till import Bank, News, Till
from tests.providers.truth import Differences, differences, unsettled
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import SettableClock

EVENTS_MAX = 6
REPEATS_MAX = 3

Happening = Callable[[Till, str, SettableClock], None]
"""What happens at the provider once an order's checkout is open."""


@frozen(kw_only=True)
class Story:
    """A purchase, and what becomes of it."""

    is_plan: bool
    happens: Happening


def _bought(till: Till, session_id: str, clock: SettableClock) -> None:
    till.pay(session_id, tax_percent=21)


def _bought_and_given_back(till: Till, session_id: str, clock: SettableClock) -> None:
    _bought(till, session_id, clock)
    [payment] = till.payments()
    for amount in (100, None):
        clock.advance(hours=1)
        till.refund(payment.id, amount)


def _bought_and_disputed(till: Till, session_id: str, clock: SettableClock) -> None:
    _bought(till, session_id, clock)
    [payment] = till.payments()
    clock.advance(hours=1)
    till.refund(payment.id, 100)
    clock.advance(hours=1)
    till.dispute(payment.id)
    clock.advance(hours=1)
    till.decide(payment.id, Bank.WON)


def _renewed(till: Till, session_id: str, clock: SettableClock) -> None:
    _bought(till, session_id, clock)
    clock.advance(days=31, hours=1)
    till.renew(till.subscriptions()[0].id)


def _overdue_and_collected(till: Till, session_id: str, clock: SettableClock) -> None:
    _bought(till, session_id, clock)
    subscription_id = till.subscriptions()[0].id
    clock.advance(days=31, hours=1)
    till.fail_renewal(subscription_id)
    clock.advance(days=2)
    till.collect_overdue(subscription_id)


def _cancelled_and_ended(till: Till, session_id: str, clock: SettableClock) -> None:
    _bought(till, session_id, clock)
    subscription_id = till.subscriptions()[0].id
    clock.advance(days=2)
    till.end_with_period(subscription_id)
    clock.advance(days=1)
    till.end(subscription_id)


STORIES: Mapping[str, Story] = {
    "a pack": Story(is_plan=False, happens=_bought),
    "a pack given back": Story(is_plan=False, happens=_bought_and_given_back),
    "a pack disputed": Story(is_plan=False, happens=_bought_and_disputed),
    "a plan": Story(is_plan=True, happens=_bought),
    "a plan renewed": Story(is_plan=True, happens=_renewed),
    "a plan overdue": Story(is_plan=True, happens=_overdue_and_collected),
    "a plan cancelled": Story(is_plan=True, happens=_cancelled_and_ended),
}

# Events that can change something, the most telling first: of these a story tells six at the most.
_TELLING = (
    "checkout.session.completed",
    "invoice.paid",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "customer.subscription.created",
    "refund.created",
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.refunded",
    "checkout.completed",
    "subscription.paid",
    "subscription.canceled",
    "subscription.past_due",
    "subscription.scheduled_cancel",
    "subscription.active",
    "dispute.created",
)


@frozen
class Remembering(InFront):
    """A provider whose events are asked about once."""

    known: dict[str, tuple[ProviderEvent, ...]] = field(factory=dict)

    async def translate(self, event: InboxEvent) -> tuple[ProviderEvent, ...]:
        if event.event_id not in self.known:
            self.known[event.event_id] = await self.provider.translate(event)
        return self.known[event.event_id]


@frozen(kw_only=True)
class Ending:
    """How things stand after a story: what differs from the provider's state, and the state."""

    differences: Differences
    state: tuple[object, ...]


@frozen(kw_only=True)
class Told:
    """A story that has happened, to be told to one empty service after the other."""

    business: Business
    till: Till
    thing: Plan | Pack
    order: Order
    news: Sequence[News]
    ended_at: datetime

    async def ending(self, sequence: Sequence[News]) -> Ending:
        """Tell it in this order to a service that knows the order and nothing else."""
        business = self.business
        business.store = MemoryStore()
        business.container.store.override(business.store)
        business.container.reset_singletons()
        business.alarms.clear()
        business.clock.now = self.ended_at
        await business.offers(self.thing)
        async with business.store.begin() as work:
            await work.orders.add(self.order)
            await work.commit()
        await business.receive_all(self.till, sequence)
        for _ in range(2):
            business.clock.advance(hours=1.1)
            await business.container.drain_inbox()(DrainInbox())
        wrong = [*await differences(business, self.till), *await unsettled(business)]
        return Ending(differences=wrong, state=await self._state())

    async def _state(self) -> tuple[object, ...]:
        store = self.business.store
        wallet, grants = await store.records.wallet_and_grants(self.order.account_id)
        async with store.read() as work:
            orders = await work.orders.search(OrderFilter(), PageRequest(limit=100))
            live = await work.subscriptions.live_at_provider(self.till.channel, None, 10)
        return (
            wallet.balance(self.business.clock()),
            sorted((each.amount, each.remaining, str(each.expires_at)) for each in grants),
            sorted((e.status.value, e.total_minor, e.refunded_minor) for e in orders.items),
            [(each.status, each.period, each.credits_from_at) for each in live],
        )


@asynccontextmanager
async def a_told_story(make_till: MakeTill, story: Story) -> AsyncIterator[Told]:
    """Let a story happen at a provider."""
    clock = SettableClock()
    till = make_till(clock)
    async with a_business(till, clock=clock) as business:
        with_provider(business, Remembering)
        thing = a_plan_at(till) if story.is_plan else a_pack_at(till)
        await business.offers(thing)
        order = await business.buy(SOMEBODY, till.channel, thing)
        assert order.session_id is not None
        story.happens(till, order.session_id, clock)
        clock.advance(minutes=1)
        yield Told(
            business=business,
            till=till,
            thing=thing,
            order=order,
            news=_told_of(till.news()),
            ended_at=clock(),
        )


def _told_of(news: Sequence[News]) -> Sequence[News]:
    """Return the events that matter, oldest first; of more than six the least telling stay out."""
    telling = [each for each in news if each.type in _TELLING]
    least_telling_last = sorted(telling, key=lambda each: _TELLING.index(each.type))
    kept = least_telling_last[:EVENTS_MAX]
    return [each for each in telling if each in kept]


def sequences(news: Sequence[News], chance: random.Random, count: int) -> Iterator[list[News]]:
    """Return so many orders of all events, some of them told again in between.

    Where there are more, they are drawn at random; where there are fewer, each comes several times,
    with other events repeated at other places.
    """
    every = list(permutations(news))
    chance.shuffle(every)
    for order in islice(cycle(every), count):
        sequence = list(order)
        for _ in range(chance.randint(0, REPEATS_MAX)):
            sequence.insert(chance.randint(0, len(sequence)), chance.choice(news))
        yield sequence
