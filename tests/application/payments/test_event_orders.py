"""Any order and repetition of a purchase's events ends in the same state, each payment once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import permutations, product

import pytest
from attrs import frozen

from domain.payments.inbox import InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.promotions.effect import BonusCredits
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

Events = Mapping[str, ProviderEvent]
Ending = Mapping[str, object]

HOUR = timedelta(hours=1)
FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(FIRST.end_at, add_months(NOON, 2))
# The provider moved the date: this one begins before the one before it has run out.
MOVED = Period(SECOND.start_at + timedelta(days=9), add_months(SECOND.start_at, 1) + 9 * 24 * HOUR)
CODE = "BONUS50"


def reported(status: ProviderStatus, as_of: timedelta) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id="sub_1",
        status=status,
        period=FIRST,
        cancel_at_period_end=status is ProviderStatus.CANCELED,
        as_of=NOON + as_of,
    )


def renewed(period: Period, payment_id: str) -> PeriodPaid:
    payment = a_payment(
        net_minor=990, provider_payment_id=payment_id, paid_at=period.start_at + HOUR
    )
    return PeriodPaid(provider_subscription_id="sub_1", payment=payment, period=period)


def pack_events(order: Order) -> Events:
    return {
        "paid": paid(order),
        "paid again": paid(order),
        "expired": CheckoutExpired(order_id=order.id),
        "failed": CheckoutFailed(order_id=order.id),
    }


def plan_events(order: Order) -> Events:
    begun = paid(order, subscription="sub_1", period=FIRST)
    return {
        "paid": begun,
        "first period": renewed_first(order),
        "older report": reported(ProviderStatus.PAST_DUE, HOUR),
        "newer report": reported(ProviderStatus.ACTIVE, 2 * HOUR),
    }


def renewed_first(order: Order) -> PeriodPaid:
    return PeriodPaid(provider_subscription_id="sub_1", payment=payment_for(order), period=FIRST)


def renewal_events(order: Order) -> Events:
    month = SECOND.start_at - NOON
    return {
        "paid": paid(order, subscription="sub_1", period=FIRST),
        "overdue": reported(ProviderStatus.PAST_DUE, month),
        "second period": renewed(SECOND, "p2"),
        "second period again": renewed(SECOND, "p2"),
        "active": reported(ProviderStatus.ACTIVE, month + HOUR),
    }


def moved_events(order: Order) -> Events:
    return {
        "paid": paid(order, subscription="sub_1", period=FIRST),
        "second period": renewed(SECOND, "p2"),
        "moved period": renewed(MOVED, "p3"),
        "active": reported(ProviderStatus.ACTIVE, MOVED.start_at - NOON + HOUR),
        "abandoned": CheckoutExpired(order_id=order.id),
    }


def ended_events(order: Order) -> Events:
    month = SECOND.start_at - NOON
    return {
        "paid": paid(order, subscription="sub_1", period=FIRST),
        "second period": renewed(SECOND, "p2"),
        "overdue": reported(ProviderStatus.PAST_DUE, month),
        "ended": reported(ProviderStatus.CANCELED, month + 3 * HOUR),
        "late active": reported(ProviderStatus.ACTIVE, month + 2 * HOUR),
    }


@frozen
class Story:
    """A purchase, what a provider tells of it, when it is told, and the credits it must bring."""

    is_plan: bool
    events: Callable[[Order], Events]
    told_at: timedelta
    balance: int
    payments: int


MONTH = SECOND.start_at - NOON
STORIES = {
    "pack": Story(False, pack_events, HOUR, 550, 1),
    "plan": Story(True, plan_events, 3 * HOUR, 1050, 1),
    "renewal": Story(True, renewal_events, MONTH + 4 * HOUR, 1050, 2),
    "moved": Story(True, moved_events, MOVED.start_at - NOON + 4 * HOUR, 2050, 3),
    "ended": Story(True, ended_events, MONTH + 4 * HOUR, 1050, 2),
}


async def told(story: Story, sequence: Sequence[str]) -> Ending:
    """Tell a story in this order, let the worker retry what had to wait, and look at the end."""
    shop = Shop()
    thing = a_plan(id="plan") if story.is_plan else a_pack(id="pack")
    coupon = a_coupon(code=CODE, effect=BonusCredits(credits=50), redemptions_max=1)
    await shop.offers(thing, coupon)
    order = await shop.buys(thing, coupon_code=CODE)
    events = story.events(order)
    shop.clock.now = NOON + story.told_at

    for name in sequence:
        await shop.hears(events[name], name)
    for _ in range(4):
        await shop.drains()
        shop.clock.advance(seconds=30)

    states = {(await shop.event(name)).status for name in sequence}
    assert states <= {InboxStatus.APPLIED, InboxStatus.IGNORED}
    assert await shop.is_proved()
    return await ending(shop)


async def ending(shop: Shop) -> Ending:
    return {
        "balance": await shop.balance(),
        "grants": sorted(
            (each.source.value, each.amount, each.remaining, str(each.expires_at))
            for each in await shop.grants()
        ),
        "payments": shop.payments(),
        "orders": sorted((each.status.value, each.total_minor) for each in shop.orders()),
        "subscriptions": [
            (each.status, each.period, each.anchor_at, each.credits_from_at)
            for each in shop.subscriptions()
        ],
        "taken": (await shop.coupon(CODE)).taken,
        "used": [use.status for use in shop.store.tables.redemptions.main.values.values()],
    }


def sequences(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Return every order of all events, and every sequence of five that holds them all."""
    yield from permutations(names)
    if len(names) < 5:
        yield from (each for each in product(names, repeat=5) if set(each) == set(names))


@pytest.mark.parametrize("name", STORIES)
async def test_every_order_and_repetition_of_events_ends_in_the_same_state(name: str) -> None:
    story = STORIES[name]
    names = list(story.events(await an_order_of(story)))
    expected = await told(story, names)
    assert (expected["balance"], expected["payments"]) == (story.balance, story.payments)

    for sequence in sequences(names):
        assert await told(story, sequence) == expected, sequence


async def an_order_of(story: Story) -> Order:
    shop = Shop()
    thing = a_plan() if story.is_plan else a_pack()
    await shop.offers(thing)
    return await shop.buys(thing)


@pytest.mark.parametrize("interval", Interval)
async def test_two_paid_checkouts_of_one_group_bring_the_same_credits_in_either_order(
    interval: Interval,
) -> None:
    endings = []
    for first, second in ((0, 1), (1, 0)):
        shop = Shop()
        await shop.offers(plan := a_plan())
        orders = [await shop.buys(plan, interval=interval) for _ in range(2)]
        for place in (first, second, first, second):
            await shop.hears(paid(orders[place], subscription=f"sub_{place}"))
        endings.append((await shop.balance(), shop.payments(), len(shop.subscriptions())))
        assert {order.status for order in shop.orders()} == {OrderStatus.PAID}

    assert endings[0] == endings[1] == (1000 + 1000 * interval.months, 2, 1)
