"""Monthly credits by the worker: each month once, none in arrears, free plans renewed."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from application.subscriptions.issue_due_credits import IssueDueCredits, IssuingDueCredits
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.period import Interval, Period, add_months
from domain.promotions.effect import PercentOff
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.scripted_ledger import give
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import an_order
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.clock import SettableClock

END_OF_JANUARY = datetime(2027, 1, 31, 9, 0, tzinfo=UTC)


@pytest.fixture
async def shop() -> Shop:
    """A shop that opens on the last day of January."""
    return Shop(clock=SettableClock(END_OF_JANUARY))


async def subscribes(shop: Shop, interval: Interval) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan, interval=interval)
    period = Period(shop.clock(), add_months(shop.clock(), interval.months))
    await shop.hears(paid(order, subscription="sub_1", period=period))


async def starts(shop: Shop, account_id: AccountId = SOMEBODY) -> list[datetime]:
    """Return when each lot began, oldest first."""
    return sorted(grant.effective_at for grant in await shop.grants(account_id))


async def test_a_year_paid_at_once_brings_each_of_its_months_once(shop: Shop) -> None:
    await subscribes(shop, Interval.YEARLY)

    for _ in range(14 * 31):
        shop.clock.advance(days=1)
        await asyncio.gather(shop.issues(), shop.issues())

    months = [add_months(END_OF_JANUARY, count) for count in range(12)]
    grants = sorted(await shop.grants(), key=lambda grant: grant.created_at)
    assert [grant.effective_at.date() for grant in grants] == [month.date() for month in months]
    assert [grant.expires_at for grant in grants] == [*months[1:], add_months(END_OF_JANUARY, 12)]
    assert sum(grant.cost.amount_minor for grant in grants if grant.cost) == 9900
    assert await shop.balance() == 0
    assert await shop.is_proved()


async def test_a_month_that_nobody_noticed_brings_nothing_and_the_running_one_does(
    shop: Shop,
) -> None:
    await subscribes(shop, Interval.YEARLY)
    shop.clock.now = add_months(END_OF_JANUARY, 5) + timedelta(days=10)

    await shop.issues()

    grants = await shop.grants()
    assert len(grants) == 2
    assert await shop.balance() == 1000
    assert grants[-1].expires_at == add_months(END_OF_JANUARY, 6)
    assert await shop.issues() == 0


async def test_nothing_is_due_before_its_time(shop: Shop) -> None:
    await subscribes(shop, Interval.YEARLY)
    shop.clock.now = add_months(END_OF_JANUARY, 1) - timedelta(microseconds=1)

    assert await shop.issues() == 0

    assert len(await shop.grants()) == 1


async def test_a_paid_plan_is_not_renewed_by_us(shop: Shop) -> None:
    await subscribes(shop, Interval.MONTHLY)
    shop.clock.now = add_months(END_OF_JANUARY, 3)

    assert await shop.issues() == 0

    (subscription,) = shop.subscriptions()
    assert subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.balance() == 0


async def test_a_free_plan_renews_itself_month_by_month(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=None))
    await shop.buys(plan)

    for _ in range(36 * 31):
        shop.clock.advance(days=1)
        await shop.issues()

    (subscription,) = shop.subscriptions()
    granted = await starts(shop)
    assert subscription.is_live
    assert subscription.anchor_at == END_OF_JANUARY
    assert [start.date() for start in granted] == [
        add_months(END_OF_JANUARY, count).date() for count in range(len(granted))
    ]
    assert subscription.period.start_at <= shop.clock() < subscription.period.end_at
    assert await shop.balance() == 1000
    assert await shop.is_proved()


async def test_a_free_plan_forgotten_for_years_is_brought_up_to_now(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=0))
    await shop.buys(plan, interval=Interval.YEARLY)
    shop.clock.now = add_months(END_OF_JANUARY, 40) + timedelta(days=3)

    await shop.issues()

    (subscription,) = shop.subscriptions()
    assert subscription.period.start_at <= shop.clock() < subscription.period.end_at
    assert len(await shop.grants()) == 2
    assert await shop.balance() == 1000


async def test_a_year_that_was_free_once_brings_its_months_and_then_ends(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100))
    await shop.offers(plan := a_plan(), coupon)
    await shop.buys(plan, interval=Interval.YEARLY, coupon_code=coupon.code)

    for _ in range(14 * 31):
        shop.clock.advance(days=1)
        await shop.issues()

    (subscription,) = shop.subscriptions()
    assert len(await shop.grants()) == 12
    assert subscription.status is SubscriptionStatus.EXPIRED
    assert subscription.ended_at is not None


async def test_a_plan_without_credits_still_renews(shop: Shop) -> None:
    free = a_plan(price_monthly_minor=0, price_yearly_minor=None, credits_included=0)
    await shop.offers(free)
    await shop.buys(free)
    shop.clock.now = add_months(END_OF_JANUARY, 7)

    assert await shop.issues() == 1

    (subscription,) = shop.subscriptions()
    assert subscription.period.start_at <= shop.clock() < subscription.period.end_at
    assert await shop.lines() == []
    assert await shop.issues() == 0


@pytest.mark.parametrize("status", [SubscriptionStatus.PAST_DUE, SubscriptionStatus.PAUSED])
async def test_who_has_not_paid_is_given_nothing_and_is_not_looked_at_again(
    shop: Shop, status: SubscriptionStatus
) -> None:
    await subscribes(shop, Interval.YEARLY)
    async with shop.store.begin() as work:
        (subscription,) = shop.subscriptions()
        await work.subscriptions.save(evolve(subscription, status=status))
        await work.commit()
    shop.clock.now = add_months(END_OF_JANUARY, 2)

    assert await shop.issues() == 0

    assert len(await shop.grants()) == 1


async def test_an_account_that_cannot_be_credited_does_not_hold_up_the_others(shop: Shop) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=None))
    await shop.buys(plan)
    await shop.buys(plan, account_id=SOMEBODY_ELSE)
    await shop.commit(give(AMOUNT_MAX - 1000))
    shop.clock.now = add_months(END_OF_JANUARY, 1)
    await shop.commit(give(1000))

    with pytest.raises(ExceptionGroup):
        await shop.issues()

    assert len(await shop.grants(SOMEBODY_ELSE)) == 2


async def test_a_bounded_number_of_subscriptions_is_looked_at(shop: Shop) -> None:
    async with shop.store.begin() as work:
        for number in range(5):
            sold = a_subscription(account_id=AccountId(f"a{number}"), start_at=END_OF_JANUARY)
            await work.orders.add(an_order(id=sold.order_id, account_id=sold.account_id))
            await work.subscriptions.add(sold)
        await work.commit()
    shop.clock.now = add_months(END_OF_JANUARY, 1)
    issue = IssuingDueCredits(
        begin=shop.store.begin, read=shop.store.read, clock=shop.clock, new_id=shop.new_id
    )

    done = [await issue(IssueDueCredits(subscriptions_max=2)) for _ in range(4)]

    assert [each.subscriptions for each in done] == [2, 2, 1, 0]
    assert [each.looked_at for each in done] == [2, 2, 1, 0]
