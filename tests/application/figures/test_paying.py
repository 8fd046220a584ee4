"""Who pays: whoever money was collected for, from the first payment above zero on."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.subscriptions.comp_subscription import CompingSubscription, CompSubscription
from application.subscriptions.import_subscribers import (
    ImportingSubscribers,
    ImportSubscribers,
    OpeningSubscription,
)
from domain.payments.provider_event import ChangePaid, PeriodPaid
from domain.period import Interval, Period, add_months
from domain.promotions.effect import PercentOff
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.plan_rules import PlanRules, Trial
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_payment
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.clock import NOON

FIRST = Period(NOON, add_months(NOON, 1))
TRIAL = Period(NOON, NOON + timedelta(days=14))
FREE = Period(TRIAL.end_at, add_months(TRIAL.end_at, 1))


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def begins(shop: Shop, plan: Plan, net_minor: int, period: Period = FIRST) -> None:
    """Let somebody subscribe at the provider, which collects so much for the first period."""
    order = await shop.buys(plan)
    payment = a_payment(net_minor=net_minor, paid_at=NOON)
    await shop.hears(paid(order, payment=payment, subscription="sub_1", period=period))


async def begins_free(shop: Shop) -> None:
    """Let a trial be followed by a period that the provider collected nothing for."""
    await shop.offers(plan := a_plan(rules=PlanRules(trial=Trial(days=14, credits=100))))
    await begins(shop, plan, 0, TRIAL)
    await renews(shop, FREE.start_at, 0)


async def renews(shop: Shop, start_at: datetime, net_minor: int) -> None:
    """Let the provider collect so much for a further period."""
    shop.clock.now = max(shop.clock.now, start_at)
    await shop.hears(
        PeriodPaid(
            provider_subscription_id="sub_1",
            payment=a_payment(net_minor=net_minor, paid_at=start_at),
            period=Period(start_at, add_months(start_at, 1)),
        )
    )


def paying_from(shop: Shop) -> datetime | None:
    (sold,) = shop.subscriptions()
    return sold.paying_from_at


async def test_whoever_pays_the_first_period_pays_from_its_begin(shop: Shop) -> None:
    await shop.offers(plan := a_plan())

    await begins(shop, plan, 990)
    assert paying_from(shop) == NOON
    await renews(shop, FIRST.end_at, 990)

    assert paying_from(shop) == NOON


async def test_a_code_for_everything_makes_no_payer_and_its_end_loses_none(shop: Shop) -> None:
    await shop.offers(plan := a_plan(), coupon := a_coupon(effect=PercentOff(percent=100)))

    await shop.buys(plan, coupon_code=coupon.code)
    async with shop.store.read() as work:
        recurring, cohort = await work.figures.recurring(), await work.figures.cohort(FIRST.end_at)
    shop.clock.now = FIRST.end_at
    await shop.issues()

    (ended,) = shop.subscriptions()
    assert (ended.price_minor, ended.is_live, ended.paying_from_at) == (990, False, None)
    assert (list(recurring), list(cohort)) == ([], [])


async def test_a_first_period_free_at_the_provider_pays_from_the_second(shop: Shop) -> None:
    await begins_free(shop)
    (sold,) = shop.subscriptions()
    assert (sold.period, sold.paying_from_at) == (FREE, None)

    await renews(shop, FREE.end_at, 490)

    assert paying_from(shop) == FREE.end_at


async def test_a_payment_told_late_moves_the_begin_back_to_its_period(shop: Shop) -> None:
    await begins_free(shop)

    await renews(shop, add_months(FREE.start_at, 2), 990)
    await renews(shop, FREE.end_at, 990)

    assert paying_from(shop) == FREE.end_at


async def test_a_trial_pays_from_the_period_that_is_collected_after_it(shop: Shop) -> None:
    await shop.offers(plan := a_plan(rules=PlanRules(trial=Trial(days=14, credits=100))))

    await begins(shop, plan, 0, TRIAL)
    assert paying_from(shop) is None
    await renews(shop, TRIAL.end_at, 990)

    assert paying_from(shop) == TRIAL.end_at


async def test_a_change_that_is_paid_for_makes_a_payer(shop: Shop) -> None:
    await begins_free(shop)
    paid_at = FREE.start_at + timedelta(days=3)
    shop.clock.now = paid_at

    await shop.hears(
        ChangePaid(
            provider_subscription_id="sub_1",
            payment=a_payment(net_minor=100, paid_at=paid_at),
        )
    )

    assert paying_from(shop) == paid_at


async def test_what_was_given_makes_no_payer(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    comp = CompingSubscription(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    await comp(
        CompSubscription(
            account_id=SOMEBODY,
            plan_id=plan.id,
            interval=Interval.MONTHLY,
            until=None,
            reason="A speaker",
            actor=ADMIN,
            key=None,
        )
    )

    assert paying_from(shop) is None


@pytest.mark.parametrize(
    ("price_minor", "reference", "paying"), [(990, "sub_1", NOON), (0, None, None)]
)
async def test_an_import_pays_from_its_period_where_a_provider_collects(
    shop: Shop, price_minor: int, reference: str | None, paying: datetime | None
) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=price_minor, price_yearly_minor=None))
    importing = ImportingSubscribers(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    await importing(
        ImportSubscribers(
            rows=[
                OpeningSubscription(
                    line=2,
                    account_id=SOMEBODY,
                    key="sub_1",
                    plan_id=plan.id,
                    interval=Interval.MONTHLY,
                    period=FIRST,
                    channel=SANDBOX,
                    provider_subscription_id=reference,
                    customer_id=None,
                    email=None,
                )
            ],
            is_to_be_applied=True,
            actor=ADMIN,
        )
    )

    assert paying_from(shop) == paying


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_in_whatever_order_payments_are_told_the_first_period_counts(days: list[int]) -> None:
    sold = a_subscription()

    for day in days:
        sold = sold.paying_since(NOON + timedelta(days=day))

    assert sold.paying_from_at == NOON + timedelta(days=min(days))
