"""The later life of a subscription: renewals, reports, late news, each counted once."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from attrs import evolve

from domain.payments.inbox import InboxStatus
from domain.payments.order import OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.payments.going_back import refunded
from tests.application.shop import Shop, paid, payment_for
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))
SECOND = Period(add_months(NOON, 1), add_months(NOON, 2))


def reported(
    status: ProviderStatus,
    *,
    as_of: timedelta = timedelta(0),
    cancel_at_period_end: bool = False,
    subscription: str = "sub_1",
    period: Period = FIRST,
) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id=subscription,
        status=status,
        period=period,
        cancel_at_period_end=cancel_at_period_end,
        as_of=NOON + as_of,
    )


def renewal(payment: Payment | None = None, period: Period = SECOND) -> PeriodPaid:
    return PeriodPaid(
        provider_subscription_id="sub_1",
        payment=payment or a_payment(net_minor=990, paid_at=period.start_at),
        period=period,
    )


async def begun(shop: Shop, *, interval: Interval = Interval.MONTHLY) -> None:
    """Let somebody subscribe."""
    await shop.offers(plan := a_plan())
    period = Period(NOON, add_months(NOON, interval.months))
    order = await shop.buys(plan, interval=interval)
    event = await shop.hears(paid(order, subscription="sub_1", period=period, customer="cus_1"))
    assert event.status is InboxStatus.APPLIED, event.error


async def test_a_further_period_is_an_order_of_its_own_and_brings_its_month(shop: Shop) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at

    event = await shop.hears(renewal())

    (subscription,) = shop.subscriptions()
    assert event.status is InboxStatus.APPLIED
    assert subscription.period == SECOND
    assert [order.subscription_id for order in shop.orders()] == [subscription.id] * 2
    assert await shop.balance() == 1000
    assert [grant.amount for grant in await shop.grants()] == [1000, 1000]


async def test_two_payments_for_one_period_are_two_orders_and_bring_its_credits_once(
    shop: Shop,
) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at
    await shop.hears(renewal())
    first = shop.orders()[-1]

    event = await shop.hears(renewal())

    assert event.status is InboxStatus.APPLIED
    assert (shop.payments(), len(shop.orders()), await shop.balance()) == (3, 3, 1000)
    second = shop.orders()[-1]
    assert (first.concern, second.concern is not None) == (None, True)
    assert f"its period was paid before by {first.id}" in event.effects
    (alarm,) = shop.alarms
    assert alarm[0] == f"sandbox: order {second.id} needs a person"
    assert "refund one of them" in str(alarm[1])


async def test_a_renewal_at_a_lower_price_is_a_discount_of_the_providers(shop: Shop) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at

    await shop.hears(renewal(a_payment(net_minor=490, paid_at=SECOND.start_at)))

    order = shop.orders()[-1]
    assert (order.line.price_minor, order.discount_minor, order.total_minor) == (990, 500, 490)


@pytest.mark.parametrize(
    "payment",
    [
        a_payment(net_minor=991),
        a_payment(net_minor=990, currency="EUR"),
    ],
)
async def test_a_renewal_that_does_not_fit_is_set_aside(shop: Shop, payment: Payment) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at

    event = await shop.hears(renewal(evolve(payment, paid_at=SECOND.start_at)))

    assert event.status is InboxStatus.FAILED
    assert (shop.payments(), len(shop.orders()), await shop.balance()) == (1, 1, 0)


async def test_the_first_payment_told_as_a_period_counts_once(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    early = await shop.hears(renewal(payment_for(order), FIRST), "early")
    assert early.status is InboxStatus.FAILED
    await shop.hears(paid(order, subscription="sub_1", period=FIRST))

    await shop.drains(rounds=3)

    assert (await shop.event("early")).status is InboxStatus.IGNORED
    assert (shop.payments(), len(shop.orders()), await shop.balance()) == (1, 1, 1000)


async def test_an_older_report_never_undoes_a_newer_one(shop: Shop) -> None:
    await begun(shop)
    hour = timedelta(hours=1)
    await shop.hears(reported(ProviderStatus.ACTIVE, as_of=2 * hour, cancel_at_period_end=True))

    late = await shop.hears(reported(ProviderStatus.PAST_DUE, as_of=hour))

    (subscription,) = shop.subscriptions()
    assert late.status is InboxStatus.IGNORED
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert subscription.cancel_at_period_end


async def test_a_report_older_than_the_payment_of_its_period_tells_all_but_the_status(
    shop: Shop,
) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at + timedelta(minutes=1)
    await shop.hears(renewal(a_payment(net_minor=990, paid_at=shop.clock.now)))

    overdue = reported(
        ProviderStatus.PAST_DUE,
        as_of=SECOND.start_at - NOON,
        cancel_at_period_end=True,
        period=SECOND,
    )
    await shop.hears(overdue)

    (subscription,) = shop.subscriptions()
    assert (subscription.status, subscription.cancel_at_period_end) == (
        SubscriptionStatus.ACTIVE,
        True,
    )


async def test_an_end_announced_before_a_period_that_was_paid_is_none_in_any_order() -> None:
    day = timedelta(days=1)
    news: Sequence[ProviderEvent] = (
        reported(ProviderStatus.ACTIVE, as_of=day, cancel_at_period_end=True),
        reported(ProviderStatus.ACTIVE, as_of=2 * day),
        renewal(),
    )
    shorter: Sequence[ProviderEvent] = (news[0], news[2])
    for told in (*permutations(news), *permutations(shorter)):
        shop = Shop()
        await begun(shop)
        shop.clock.now = SECOND.start_at
        for event in told:
            await shop.hears(event)

        (subscription,) = shop.subscriptions()
        assert (subscription.period, subscription.cancel_at_period_end) == (SECOND, False), told


async def test_an_end_announced_while_the_payment_was_overdue_stands_in_any_order() -> None:
    overdue = reported(
        ProviderStatus.PAST_DUE,
        as_of=SECOND.start_at - NOON + timedelta(hours=1),
        cancel_at_period_end=True,
    )
    late = renewal(a_payment(net_minor=990, paid_at=SECOND.start_at + timedelta(hours=2)))
    news: Sequence[ProviderEvent] = (overdue, late)
    for told in permutations(news):
        shop = Shop()
        await begun(shop)
        shop.clock.now = SECOND.start_at + timedelta(hours=2)
        for event in told:
            await shop.hears(event)

        (subscription,) = shop.subscriptions()
        assert subscription.cancel_at_period_end, told
        assert subscription.status is SubscriptionStatus.ACTIVE


async def test_an_end_told_to_be_before_a_payment_ends_nothing(shop: Shop) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at
    await shop.hears(renewal())

    await shop.hears(reported(ProviderStatus.CANCELED, as_of=timedelta(days=1)))

    (subscription,) = shop.subscriptions()
    assert (subscription.status, subscription.period) == (SubscriptionStatus.ACTIVE, SECOND)


@pytest.mark.parametrize("end", [ProviderStatus.CANCELED, ProviderStatus.EXPIRED])
async def test_a_late_active_never_revives_what_has_ended(shop: Shop, end: ProviderStatus) -> None:
    await begun(shop)
    await shop.hears(reported(end))

    await shop.hears(reported(ProviderStatus.ACTIVE, as_of=timedelta(days=1)))

    (subscription,) = shop.subscriptions()
    assert subscription.status.value == end.value


async def test_a_payment_made_after_the_end_is_kept_without_credits_for_a_person(
    shop: Shop,
) -> None:
    await begun(shop)
    await shop.hears(reported(ProviderStatus.CANCELED))
    shop.clock.now = SECOND.start_at

    for _ in range(2):
        assert (await shop.hears(renewal())).error is None
        shop.clock.now += timedelta(minutes=1)

    (subscription,) = shop.subscriptions()
    first, kept, again = shop.orders()
    assert (subscription.status, await shop.balance()) == (SubscriptionStatus.CANCELED, 0)
    assert (first.concern, kept.subscription_id, kept.period) == (None, subscription.id, None)
    assert "after its subscription" in (kept.concern or "")
    assert again.concern is not None
    await shop.hears(refunded(kept, 990, payment_id=kept.provider_payment_id or ""))
    assert (await shop.order(kept.id)).status is OrderStatus.REFUNDED


async def test_a_payment_made_before_the_end_and_told_after_it_is_honoured(shop: Shop) -> None:
    await begun(shop)
    shop.clock.now = SECOND.start_at
    since = SECOND.start_at - NOON
    await shop.hears(reported(ProviderStatus.CANCELED, as_of=since + timedelta(hours=1)))

    event = await shop.hears(renewal())

    (subscription,) = shop.subscriptions()
    assert event.status is InboxStatus.APPLIED
    assert subscription.status is SubscriptionStatus.CANCELED
    assert (shop.payments(), await shop.balance()) == (2, 1000)


async def test_an_overdue_subscription_is_due_no_credits_until_it_is_paid(shop: Shop) -> None:
    await begun(shop, interval=Interval.YEARLY)
    await shop.hears(reported(ProviderStatus.PAST_DUE))
    shop.clock.now = SECOND.start_at

    await shop.issues()
    assert await shop.balance() == 0
    await shop.hears(reported(ProviderStatus.ACTIVE, as_of=SECOND.start_at - NOON))
    await shop.issues()

    assert await shop.balance() == 1000
