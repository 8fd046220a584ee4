"""Trials: one for an account and a plan group, nothing collected, credits that end with it."""

from datetime import timedelta

import pytest

from application.ports.provider import Capability
from domain.credits.ids import AccountId
from domain.payments.order import Order
from domain.payments.provider_event import PeriodPaid, ProviderStatus, TrialBegun
from domain.period import Period, add_months
from domain.promotions.effect import BonusCredits
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.plan_rules import MonthRollover, PlanRules, Trial
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.lost_news import report
from tests.application.shop import Shop, paid
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import a_payment
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

TRIAL = Trial(days=14, credits=100)
ENDS = NOON + timedelta(days=14)


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def a_plan_on_sale(shop: Shop, trial: Trial = TRIAL) -> Plan:
    plan = a_plan(rules=PlanRules(trial=trial, rollover=MonthRollover(most=50)))
    await shop.offers(plan)
    return plan


async def begins(shop: Shop, order: Order, subscription: str = "sub_1") -> None:
    """Complete a checkout with a trial, as a provider tells of it: nothing was collected."""
    period = Period(shop.clock(), shop.clock() + timedelta(days=order.trial_days))
    await shop.hears(paid(order, subscription=subscription, period=period))


async def is_charged(shop: Shop, subscription: str = "sub_1") -> None:
    """Let the provider collect the first period after the trial."""
    start_at = shop.clock()
    await shop.hears(
        PeriodPaid(
            provider_subscription_id=subscription,
            payment=a_payment(provider_payment_id="in_2", net_minor=990, paid_at=start_at),
            period=Period(start_at, add_months(start_at, 1)),
        )
    )


def told(shop: Shop) -> list[str]:
    return [row.event.type for row in shop.store.tables.outbox.main.values.values()]


async def test_a_trial_asks_for_nothing_now_and_says_how_long_it_lasts(shop: Shop) -> None:
    order = await shop.buys(await a_plan_on_sale(shop))

    (asked,) = shop.provider.asked
    assert asked.order.trial_days == 14
    assert (order.due_minor, order.total_minor, order.is_pending) == (0, 0, True)


async def test_on_trial_its_own_credits_come_once_and_end_with_it(shop: Shop) -> None:
    await begins(shop, await shop.buys(await a_plan_on_sale(shop)))

    (subscription,) = shop.subscriptions()
    (lot,) = await shop.grants()
    assert subscription.status is SubscriptionStatus.TRIALING
    assert (lot.amount, lot.expires_at, lot.rollover) == (100, ENDS, None)
    shop.clock.now = ENDS
    assert await shop.issues() == 0
    assert await shop.balance() == 0


async def test_without_an_amount_of_its_own_a_trial_brings_what_a_month_does(shop: Shop) -> None:
    await begins(shop, await shop.buys(await a_plan_on_sale(shop, Trial(days=45))))

    shop.clock.advance(days=40)
    await shop.issues()

    assert [lot.amount for lot in await shop.grants()] == [1000]


async def test_the_payment_after_the_trial_begins_the_first_month(shop: Shop) -> None:
    await begins(shop, await shop.buys(await a_plan_on_sale(shop)))
    shop.clock.now = ENDS

    await is_charged(shop)

    (subscription,) = shop.subscriptions()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert subscription.anchor_at == ENDS
    assert [order.total_minor for order in shop.orders()] == [0, 990]
    assert await shop.balance() == 1000
    assert await shop.is_proved()


async def test_a_second_trial_is_not_given_but_the_plan_may_be_bought(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    await begins(shop, await shop.buys(plan))
    async with shop.store.begin() as work:
        (subscription,) = shop.subscriptions()
        await work.subscriptions.save(subscription.become(SubscriptionStatus.EXPIRED, shop.clock()))
        await work.commit()
    shop.clock.advance(days=400)

    again = await shop.buys(plan)

    assert (again.trial_days, again.due_minor) == (0, 990)


async def test_another_account_with_the_same_address_has_no_second_trial(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    await is_known(shop, SOMEBODY, "ada@gmail.com")
    await is_known(shop, SOMEBODY_ELSE, "a.d.a+again@googlemail.com")

    first = await shop.buys(plan)
    second = await shop.buys(plan, account_id=SOMEBODY_ELSE)

    assert (first.trial_days, second.trial_days) == (14, 0)


async def test_a_checkout_that_was_never_completed_gives_the_trial_back(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    await is_known(shop, SOMEBODY, "ada@shop.example")
    await is_known(shop, SOMEBODY_ELSE, "ada@shop.example")
    await shop.buys(plan)
    shop.clock.advance(days=1)

    late = await shop.buys(plan, account_id=SOMEBODY_ELSE)

    assert late.trial_days == 14


async def test_who_asks_again_while_the_page_is_open_is_sent_to_the_same_page(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    wish = shop.purchase(plan)

    first = (await shop.start_checkout(wish)).order
    again = (await shop.start_checkout(wish)).order

    assert first.id == again.id


async def test_a_coupon_counts_at_once_and_there_is_no_trial_then(shop: Shop) -> None:
    coupon = a_coupon(effect=BonusCredits(credits=10))
    plan = await a_plan_on_sale(shop)
    await shop.offers(coupon)

    order = await shop.buys(plan, coupon_code=coupon.code)

    assert (order.trial_days, order.due_minor) == (0, 990)


async def test_a_channel_that_cannot_begin_a_trial_collects_at_once(shop: Shop) -> None:
    shop.provider.capabilities = frozenset(Capability) - {Capability.TRIALS}

    order = await shop.buys(await a_plan_on_sale(shop))

    assert (order.trial_days, order.due_minor) == (0, 990)


async def test_two_trials_completed_side_by_side_bring_one_subscription_and_no_gift(
    shop: Shop,
) -> None:
    plan = await a_plan_on_sale(shop)
    first, second = await shop.buys(plan), await shop.buys(plan)

    await begins(shop, first)
    await begins(shop, second, "sub_2")

    assert len(shop.subscriptions()) == 1
    assert await shop.balance() == 100
    assert (await shop.order(second.id)).concern is not None


async def test_a_second_trial_whose_subscription_has_begun_here_needs_nobody(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    first, second = await shop.buys(plan), await shop.buys(plan)
    await begins(shop, first)
    await begins(shop, second, "sub_2")
    await shop.hears(report(shop, ProviderStatus.CANCELED, "sub_1"))
    shop.clock.advance(days=14)

    await is_charged(shop, "sub_2")

    assert shop.subscriptions()[-1].provider_subscription_id == "sub_2"
    assert (await shop.order(second.id)).concern is None


async def test_the_end_is_told_three_days_before_and_once(shop: Shop) -> None:
    await begins(shop, await shop.buys(await a_plan_on_sale(shop)))
    shop.clock.now = ENDS - timedelta(days=3, microseconds=1)
    assert await shop.keeps_time() == 0
    shop.clock.now = ENDS - timedelta(days=3)

    assert [await shop.keeps_time(), await shop.keeps_time()] == [1, 0]

    assert told(shop).count("subscription.trial_ending") == 1


def a_trial_of_the_providers(shop: Shop, order: Order, subscription: str = "sub_1") -> TrialBegun:
    """Return the news of a trial that nobody here asked for."""
    return TrialBegun(
        order_id=order.id,
        channel=shop.provider.channel,
        customer_id=None,
        provider_subscription_id=subscription,
        period=Period(shop.clock(), shop.clock() + timedelta(days=7)),
        as_of=shop.clock(),
    )


async def test_a_trial_of_the_providers_own_begins_and_is_the_one_for_ever(shop: Shop) -> None:
    shop.provider.capabilities = frozenset(Capability) - {Capability.TRIALS}
    order = await shop.buys(await a_plan_on_sale(shop))
    begun = a_trial_of_the_providers(shop, order)

    await shop.hears(begun)
    await shop.hears(begun)

    (subscription,) = shop.subscriptions()
    assert subscription.status is SubscriptionStatus.TRIALING
    assert (await shop.order(order.id)).total_minor == 0
    assert await shop.balance() == 100
    shop.clock.advance(days=7)
    await is_charged(shop)
    assert await shop.balance() == 1000
    assert [sold.status for sold in shop.subscriptions()] == [SubscriptionStatus.ACTIVE]


async def test_a_second_trial_of_the_providers_own_brings_no_credits(shop: Shop) -> None:
    plan = await a_plan_on_sale(shop)
    await begins(shop, await shop.buys(plan))
    async with shop.store.begin() as work:
        (subscription,) = shop.subscriptions()
        await work.subscriptions.save(subscription.become(SubscriptionStatus.EXPIRED, NOON))
        await work.commit()
    shop.clock.advance(days=30)
    shop.provider.capabilities = frozenset(Capability) - {Capability.TRIALS}

    await shop.hears(a_trial_of_the_providers(shop, await shop.buys(plan), "sub_2"))

    assert await shop.balance() == 0
    assert len([sold for sold in shop.subscriptions() if sold.is_live]) == 1


async def is_known(shop: Shop, account_id: AccountId, email: str) -> None:
    async with shop.store.begin() as work:
        await work.accounts.save(await work.accounts.take(an_account(id=account_id, email=email)))
        await work.commit()
