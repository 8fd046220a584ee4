"""Dunning: a grace, notices in it, an end, each once whatever fails; paying clears it."""

from datetime import datetime, timedelta

import pytest

from application.ports.provider_calls import SubscriptionAction
from application.subscriptions.keep_time import REFUSED_WAIT, UNANSWERED_WAIT
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import PeriodPaid, ProviderStatus, SubscriptionReported
from domain.period import Interval, Period, add_months
from domain.subscriptions.dunning import DunningEnd, DunningRules
from domain.subscriptions.plan_rules import PlanRules
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

MONTH = Period(NOON, add_months(NOON, 1))
LATE = MONTH.end_at


def days(count: int) -> datetime:
    return LATE + timedelta(days=count)


def report(status: ProviderStatus, as_of: datetime) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id="sub_1",
        status=status,
        period=MONTH,
        cancel_at_period_end=False,
        as_of=as_of,
    )


async def an_overdue_shop(
    rules: DunningRules | None = None, plan_rules: PlanRules | None = None
) -> Shop:
    """Return a shop whose customer's first renewal could not be collected."""
    shop = Shop(dunning=rules or DunningRules())
    await shop.offers(plan := a_plan(rules=plan_rules or PlanRules()))
    order = await shop.buys(plan, interval=Interval.MONTHLY)
    await shop.hears(paid(order, subscription="sub_1", period=MONTH))
    shop.clock.now = LATE
    await shop.hears(report(ProviderStatus.PAST_DUE, LATE))
    shop.provider.reports["sub_1"] = report(ProviderStatus.PAST_DUE, LATE)
    return shop


async def goes_to(shop: Shop, at: datetime) -> None:
    """Come to an instant, and do what is due then."""
    shop.clock.now = at
    for _ in range(10):
        if await shop.keeps_time() == 0:
            return
    raise AssertionError("it never comes to rest")


def sold(shop: Shop) -> Subscription:
    (subscription,) = shop.subscriptions()
    return subscription


def told(shop: Shop) -> list[tuple[str, int]]:
    """Return what was told of a subscription since it was overdue: what, and on which day."""
    rows = shop.store.tables.outbox.main.values.values()
    events = [row.event for row in rows if row.event.at >= LATE]
    return [
        (event.type, (event.at - LATE).days) for event in events if "subscription" in event.type
    ]


async def test_the_customer_is_told_on_the_days_that_are_configured_and_then_it_ends() -> None:
    shop = await an_overdue_shop()
    for day in range(7):
        await goes_to(shop, days(day))
        assert sold(shop).is_entitled
    shop.provider.outcomes["sub_1"] = report(ProviderStatus.CANCELED, days(7))

    await goes_to(shop, days(7))

    assert sold(shop).status is SubscriptionStatus.EXPIRED
    assert told(shop) == [
        ("subscription.past_due", 0),
        ("subscription.payment_overdue", 1),
        ("subscription.payment_overdue", 3),
        ("subscription.payment_overdue", 6),
        ("subscription.expired", 7),
    ]
    ((reference, action, _),) = shop.provider.acts
    assert (reference, action) == ("sub_1", SubscriptionAction.CANCEL_NOW)


async def test_paying_within_the_grace_clears_it() -> None:
    shop = await an_overdue_shop()
    await goes_to(shop, days(2))

    await shop.hears(
        PeriodPaid(
            provider_subscription_id="sub_1",
            payment=a_payment(provider_payment_id="in_2", net_minor=990, paid_at=days(2)),
            period=Period(LATE, add_months(NOON, 2)),
        )
    )
    await goes_to(shop, days(20))

    assert sold(shop).status is SubscriptionStatus.ACTIVE
    assert shop.provider.acts == []
    assert [what for what, _ in told(shop)].count("subscription.payment_overdue") == 1


async def test_where_benefits_are_paused_it_waits_without_them_to_be_paid() -> None:
    shop = await an_overdue_shop(DunningRules(end=DunningEnd.PAUSE))

    await goes_to(shop, days(30))

    assert sold(shop).status is SubscriptionStatus.PAST_DUE
    assert not sold(shop).is_entitled
    assert shop.provider.acts == []
    assert told(shop)[-1][0] == "subscription.grace_ended"
    await shop.hears(report(ProviderStatus.ACTIVE, days(31)))
    assert sold(shop).is_entitled


async def test_a_plan_may_have_a_grace_of_its_own_or_none() -> None:
    shop = await an_overdue_shop(
        DunningRules(end=DunningEnd.PAUSE), plan_rules=PlanRules(grace_days=0)
    )

    await goes_to(shop, LATE)

    assert not sold(shop).is_entitled


async def test_a_payment_that_nobody_told_of_is_seen_before_anything_is_cancelled() -> None:
    shop = await an_overdue_shop()
    await goes_to(shop, days(6))
    shop.provider.reports["sub_1"] = report(ProviderStatus.ACTIVE, days(7))

    await goes_to(shop, days(7))

    assert sold(shop).status is SubscriptionStatus.ACTIVE
    assert shop.provider.acts == []


async def test_a_provider_that_does_not_answer_is_asked_again_under_the_same_key() -> None:
    shop = await an_overdue_shop()
    await goes_to(shop, days(6))
    fault = ProviderUnavailable(channel=SANDBOX)
    shop.provider.outcomes["sub_1"] = fault

    await goes_to(shop, days(7))
    assert await shop.keeps_time() == 0
    shop.provider.outcomes["sub_1"] = report(ProviderStatus.CANCELED, days(7))
    await goes_to(shop, days(7) + UNANSWERED_WAIT)

    assert sold(shop).status is SubscriptionStatus.EXPIRED
    assert len({key for _, _, key in shop.provider.acts}) == 1
    assert len(shop.provider.acts) == 2


async def test_a_provider_that_would_not_calls_a_person_and_is_asked_again_the_next_day() -> None:
    shop = await an_overdue_shop()
    await goes_to(shop, days(6))
    refusal = ProviderRefused(channel=SANDBOX, reason="not today")
    shop.provider.outcomes["sub_1"] = refusal

    await goes_to(shop, days(7))

    assert len(shop.alarms) == 1
    assert not sold(shop).is_entitled
    assert sold(shop).due_at == days(7) + REFUSED_WAIT


async def test_its_webhook_may_come_first_and_says_expired_as_well() -> None:
    shop = await an_overdue_shop()
    await goes_to(shop, days(6))
    shop.provider.outcomes["sub_1"] = ProviderUnavailable(channel=SANDBOX)
    await goes_to(shop, days(7))

    await shop.hears(report(ProviderStatus.CANCELED, days(7)))

    assert sold(shop).status is SubscriptionStatus.EXPIRED
    assert sold(shop).due_at is None


async def test_after_a_long_silence_what_was_missed_is_told_once_and_it_ends() -> None:
    shop = await an_overdue_shop()
    shop.provider.outcomes["sub_1"] = report(ProviderStatus.CANCELED, days(60))

    await goes_to(shop, days(60))

    assert [what for what, _ in told(shop)] == [
        "subscription.past_due",
        "subscription.payment_overdue",
        "subscription.expired",
    ]


@pytest.mark.parametrize("status", [ProviderStatus.ACTIVE, ProviderStatus.PAST_DUE])
async def test_a_pause_ends_by_itself_at_its_date(status: ProviderStatus) -> None:
    shop = await an_overdue_shop()
    await shop.hears(report(ProviderStatus.ACTIVE, days(1)))
    shop.clock.now = days(2)
    shop.provider.reports["sub_1"] = report(ProviderStatus.PAUSED, days(2))
    await shop.pauses(sold(shop), days(12))
    assert sold(shop).course.resume_at == days(12)
    shop.provider.reports["sub_1"] = report(status, days(12))

    await goes_to(shop, days(12) - timedelta(microseconds=1))
    assert sold(shop).status is SubscriptionStatus.PAUSED
    await goes_to(shop, days(12))

    assert sold(shop).status.value == status.value
    assert sold(shop).course.resume_at is None
    assert [action for _, action, _ in shop.provider.acts] == [
        SubscriptionAction.PAUSE,
        SubscriptionAction.RESUME,
    ]


async def test_a_pause_that_the_provider_refuses_leaves_no_date() -> None:
    shop = await an_overdue_shop()
    await shop.hears(report(ProviderStatus.ACTIVE, days(1)))
    shop.provider.reports["sub_1"] = ProviderRefused(channel=SANDBOX, reason="not today")

    with pytest.raises(ProviderRefused):
        await shop.pauses(sold(shop), days(12))

    assert sold(shop).course.resume_at is None
