"""What is changed at the provider is followed here: the plan, the period, a record deleted."""

from datetime import timedelta
from typing import Any

import pytest

from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.provider_event import (
    CustomerDeleted,
    PeriodPaid,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period, add_months
from domain.subscriptions.catalogue import Plan, ProviderItem
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))
YEAR = Period(NOON, add_months(NOON, 12))


def sold_as(name: str, credits: int = 1000, price_minor: int = 990, **more: Any) -> Plan:
    """Return a plan that the provider knows by two prices, named after it."""
    return a_plan(
        name=name,
        credits_included=credits,
        price_monthly_minor=price_minor,
        items=(
            ProviderItem(SANDBOX, Interval.MONTHLY, f"{name}_m"),
            ProviderItem(SANDBOX, Interval.YEARLY, f"{name}_y"),
        ),
        **more,
    )


def report(
    reference: str | None,
    *,
    period: Period = FIRST,
    after: timedelta = timedelta(hours=1),
    status: ProviderStatus = ProviderStatus.ACTIVE,
) -> SubscriptionReported:
    return SubscriptionReported(
        channel=SANDBOX,
        provider_subscription_id="sub_1",
        status=status,
        period=period,
        cancel_at_period_end=False,
        as_of=NOON + after,
        reference=reference,
    )


async def begun(shop: Shop, *plans: Plan, interval: Interval = Interval.MONTHLY) -> None:
    """Let somebody subscribe to the first of some plans."""
    await shop.offers(*plans)
    order = await shop.buys(plans[0], interval=interval)
    period = Period(NOON, add_months(NOON, interval.months))
    await shop.hears(paid(order, subscription="sub_1", period=period, customer="cus_1"))


def the_one(shop: Shop) -> Subscription:
    (subscription,) = shop.subscriptions()
    return subscription


async def test_a_plan_changed_at_the_provider_is_the_plan_here_with_its_price(shop: Shop) -> None:
    basic, pro = sold_as("basic"), sold_as("pro", 5000, 2990)
    await begun(shop, basic, pro)

    event = await shop.hears(report("pro_y"))

    after = the_one(shop)
    assert (after.plan_id, after.plan_name, after.interval) == (pro.id, "pro", Interval.YEARLY)
    assert (after.price_minor, after.credits_per_month) == (pro.price_yearly_minor, 5000)
    assert "plan basic monthly became pro yearly" in event.effects
    assert await shop.balance() == 1000
    assert shop.alarms == []


async def test_a_change_is_kept_as_history_and_told_twice_is_one(shop: Shop) -> None:
    await begun(shop, sold_as("basic"), sold_as("pro"))

    for hours in (1, 1, 2):
        await shop.hears(report("pro_m", after=timedelta(hours=hours)))

    (entry,) = [each for each in shop.audited() if each.action == "subscription.change_plan"]
    assert (entry.before, entry.after) == ("basic monthly", "pro monthly")
    assert entry.target == f"subscription:{the_one(shop).id}"
    assert entry.actor.id == SANDBOX


async def test_the_next_period_brings_what_the_new_plan_does_and_this_one_nothing_more(
    shop: Shop,
) -> None:
    await begun(shop, sold_as("basic"), sold_as("pro", 5000, 2990))
    await shop.hears(report("pro_m"))
    await shop.issues()
    assert await shop.balance() == 1000
    second = Period(FIRST.end_at, add_months(NOON, 2))
    shop.clock.now = second.start_at

    event = await shop.hears(
        PeriodPaid(
            provider_subscription_id="sub_1",
            payment=a_payment(net_minor=2990, paid_at=second.start_at),
            period=second,
        )
    )

    assert event.status is InboxStatus.APPLIED
    assert await shop.balance() == 5000
    assert await shop.is_proved()


async def test_the_months_left_of_a_year_bring_what_the_new_plan_does(shop: Shop) -> None:
    await begun(shop, sold_as("basic"), sold_as("pro", 5000), interval=Interval.YEARLY)
    await shop.hears(report("pro_y", period=YEAR))
    shop.clock.now = FIRST.end_at

    await shop.issues()

    assert [grant.amount for grant in await shop.grants()] == [1000, 5000]


async def test_an_older_report_does_not_bring_the_old_plan_back(shop: Shop) -> None:
    await begun(shop, sold_as("basic"), sold_as("pro"))
    await shop.hears(report("pro_m", after=timedelta(hours=2)))

    await shop.hears(report("basic_m", after=timedelta(hours=1)))

    assert the_one(shop).plan_name == "pro"


async def test_a_price_that_no_plan_has_needs_a_person_and_all_else_is_followed(
    shop: Shop,
) -> None:
    await begun(shop, basic := sold_as("basic"))

    event = await shop.hears(report("strange", status=ProviderStatus.PAST_DUE))

    after = the_one(shop)
    assert (after.plan_id, after.status) == (basic.id, SubscriptionStatus.PAST_DUE)
    assert event.status is InboxStatus.APPLIED
    (told,) = shop.alarms
    assert told[0] == f"sandbox: subscription {after.id} needs a person"
    assert "strange" in str(told[1])


async def test_it_is_found_again_by_reconciling_until_the_price_is_entered(shop: Shop) -> None:
    await begun(shop, sold_as("basic"))
    shop.provider.reports["sub_1"] = report("pro_m")
    found = await shop.reconciles()
    assert [drift.about for drift in found.drift] == [f"subscription {the_one(shop).id}"]
    await shop.offers(sold_as("pro", 5000))

    mended = await shop.reconciles()

    assert [drift.problem for drift in mended.drift] == [None]
    assert the_one(shop).plan_name == "pro"
    assert (await shop.reconciles()).drift == []


async def test_a_price_that_was_replaced_in_the_catalogue_is_still_what_was_sold(
    shop: Shop,
) -> None:
    await begun(shop, basic := sold_as("basic"))
    async with shop.store.begin() as work:
        await work.plans.save(a_plan(id=basic.id, name="basic", items=()))
        await work.commit()

    event = await shop.hears(report("basic_m"))

    assert event.status is InboxStatus.IGNORED
    assert shop.alarms == []


async def test_the_first_price_told_of_is_the_one_it_was_sold_by(shop: Shop) -> None:
    await begun(shop, a_plan())

    await shop.hears(report("made_for_it"))

    assert the_one(shop).reference == "made_for_it"
    assert shop.alarms == []


async def test_a_plan_of_a_group_that_has_a_live_one_needs_a_person(shop: Shop) -> None:
    await begun(shop, sold_as("basic"), addon := sold_as("addon", group="addons"))
    await shop.hears(paid(await shop.buys(addon), subscription="sub_2"))

    await shop.hears(report("addon_y"))

    names = sorted(each.plan_name for each in shop.subscriptions())
    assert names == ["addon", "basic"]
    assert [what for what, _ in shop.alarms] != []


async def test_an_end_that_was_moved_is_followed_and_brings_no_further_month(shop: Shop) -> None:
    await begun(shop, sold_as("basic"))
    later = Period(NOON, FIRST.end_at + timedelta(days=10))

    event = await shop.hears(report("basic_m", period=later))
    shop.clock.now = FIRST.end_at + timedelta(days=1)
    await shop.issues()

    assert event.status is InboxStatus.APPLIED
    assert the_one(shop).period == later
    assert len(await shop.grants()) == 1


@pytest.mark.parametrize(
    "period",
    [
        Period(NOON, NOON + timedelta(days=3)),
        Period(FIRST.end_at, add_months(NOON, 2)),
        Period(NOON - timedelta(days=31), NOON),
    ],
)
async def test_a_period_that_nobody_paid_for_is_not_followed_nor_one_that_cuts_what_was_paid(
    shop: Shop, period: Period
) -> None:
    await begun(shop, sold_as("basic"))

    await shop.hears(report("basic_m", period=period))

    assert the_one(shop).period == FIRST


async def deleted(shop: Shop) -> InboxEvent:
    return await shop.hears(CustomerDeleted(channel=SANDBOX, customer_id="cus_1"))


async def customer(shop: Shop) -> str | None:
    async with shop.store.read() as work:
        return await work.customers.customer_of(SOMEBODY, SANDBOX)


async def test_a_customer_deleted_at_the_provider_is_made_anew_by_the_next_checkout(
    shop: Shop,
) -> None:
    await begun(shop, sold_as("basic"))
    assert await customer(shop) == "cus_1"

    event = await deleted(shop)
    await shop.offers(addon := sold_as("addon", group="addons"))
    await shop.buys(addon)

    assert event.effects == ("customer cus_1 is gone",)
    assert shop.provider.asked[-1].customer_id is None


async def test_late_news_does_not_link_a_deleted_customer_again(shop: Shop) -> None:
    assert (await deleted(shop)).status is InboxStatus.IGNORED

    await begun(shop, sold_as("basic"))

    assert await customer(shop) is None
    assert await shop.balance() == 1000
