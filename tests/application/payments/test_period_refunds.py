"""A subscription's period refunded: its own months go back, and no further one comes."""

from datetime import timedelta

import pytest

from domain.credits.grant import Grant
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import DisputeStatus, PeriodPaid, RefundStatus
from domain.period import Interval, Period, add_months
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.payments.going_back import disputed, refunded
from tests.application.shop import Shop, paid
from tests.support.builders.payments import a_payment
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

YEAR = 9900


async def subscribes(shop: Shop, interval: Interval = Interval.YEARLY) -> Order:
    """Let somebody subscribe: 1,000 credits a month for 9.90, or a year of them for 99.00."""
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan, interval=interval)
    period = Period(NOON, add_months(NOON, interval.months))
    await shop.hears(paid(order, subscription="sub_1", period=period))
    return await shop.order(order.id)


async def renews(shop: Shop, month: int) -> Order:
    """Let the month be paid that begins so many months after the first; return its order."""
    start_at = add_months(NOON, month)
    period = Period(start_at, add_months(NOON, month + 1))
    payment = a_payment(provider_payment_id=f"p{month}", net_minor=990, paid_at=start_at)
    await shop.hears(
        PeriodPaid(provider_subscription_id="sub_1", payment=payment, period=period), f"p{month}"
    )
    return next(o for o in shop.orders() if o.provider_payment_id == f"p{month}")


async def at_month(shop: Shop, month: int) -> None:
    shop.clock.now = add_months(NOON, month) + timedelta(hours=1)
    await shop.issues()


async def live(shop: Shop) -> list[Grant]:
    return [grant for grant in await shop.grants() if grant.is_live(shop.clock())]


async def test_a_period_gives_back_its_own_months_alone(shop: Shop) -> None:
    await subscribes(shop, Interval.MONTHLY)
    shop.clock.now = add_months(NOON, 1) - timedelta(hours=2)
    second = await renews(shop, 1)

    shop.clock.now = add_months(NOON, 1)
    await shop.hears(refunded(second, 990, payment_id="p1"))
    # Paid ahead, it had brought nothing yet, and now it brings nothing any more.
    await at_month(shop, 1)

    assert await shop.balance() == 0
    assert (await shop.order(second.id)).status is OrderStatus.REFUNDED
    assert len(await shop.grants()) == 1
    assert await shop.is_proved()


async def test_the_months_of_a_period_name_the_order_that_paid_for_it(shop: Shop) -> None:
    first = await subscribes(shop, Interval.MONTHLY)
    shop.clock.now = add_months(NOON, 1)
    second = await renews(shop, 1)

    causes = [grant.cause for grant in await shop.grants()]
    (subscription,) = shop.subscriptions()
    assert causes == [f"order:{first.id}", f"order:{second.id}"]
    assert subscription.order_id == second.id


async def test_a_year_gives_back_its_running_month_and_brings_no_further_one(shop: Shop) -> None:
    order = await subscribes(shop)
    await at_month(shop, 1)
    await at_month(shop, 2)

    await shop.hears(refunded(order, YEAR))

    assert await shop.balance() == 0
    for month in range(3, 13):
        await at_month(shop, month)
    assert len(await shop.grants()) == 3
    assert await shop.issues() == 0
    assert await shop.is_proved()


async def test_months_that_lapsed_unspent_are_owed_by_nobody(shop: Shop) -> None:
    order = await subscribes(shop)
    await shop.spends(400)
    await at_month(shop, 1)
    await shop.spends(100)

    await shop.hears(refunded(order, YEAR))

    assert await shop.balance() == -500
    claims = (await shop.order(order.id)).claims
    assert [(c.taken, c.owed, c.lapsed) for c in claims] == [(0, 400, 600), (900, 100, 0)]
    assert await shop.is_proved()


async def test_a_part_of_a_year_takes_its_share_of_every_month_to_come(shop: Shop) -> None:
    order = await subscribes(shop)

    await shop.hears(refunded(order, YEAR // 3))
    assert await shop.balance() == 667

    await at_month(shop, 1)
    assert await shop.balance() == 667
    await shop.hears(refunded(order, YEAR // 3, refund_id="re_2"))
    assert await shop.balance() == 334
    await at_month(shop, 2)
    assert await shop.balance() == 334
    assert await shop.is_proved()


async def test_a_month_that_comes_while_its_payment_is_disputed_is_frozen(shop: Shop) -> None:
    order = await subscribes(shop)
    await shop.hears(disputed(order, amount_minor=YEAR))

    await at_month(shop, 1)

    wallet = await shop.wallet()
    assert (wallet.balance(shop.clock()), wallet.available(shop.clock())) == (2000, 0)
    won = disputed(order, DisputeStatus.WON, amount_minor=YEAR, as_of=timedelta(days=40))
    await shop.hears(won)
    # The first month stood still while it was disputed, so it has its time again.
    assert (await shop.wallet()).available(shop.clock()) == 2000


async def test_a_refund_that_fails_brings_the_running_month_after_all(shop: Shop) -> None:
    order = await subscribes(shop)
    await shop.hears(refunded(order, YEAR, RefundStatus.PENDING))
    await at_month(shop, 1)
    await at_month(shop, 2)
    assert await shop.balance() == 0

    await shop.hears(refunded(order, YEAR, RefundStatus.FAILED))

    # The first month has the time again that it had left; the second is over for good.
    now = shop.clock()
    third = add_months(NOON, 3)
    ends = sorted(grant.expires_at for grant in await live(shop) if grant.expires_at)
    assert ends == sorted([now + (add_months(NOON, 1) - NOON), third])
    assert await shop.balance() == 2000
    await at_month(shop, 3)
    assert len(await shop.grants()) == 3
    assert await shop.is_proved()


async def test_the_next_period_is_paid_anew_and_brings_its_months(shop: Shop) -> None:
    first = await subscribes(shop, Interval.MONTHLY)
    await shop.hears(refunded(first, 990))
    assert await shop.balance() == 0

    shop.clock.now = add_months(NOON, 1)
    await renews(shop, 1)

    assert await shop.balance() == 1000
    late = refunded(first, 990, RefundStatus.FAILED)
    await shop.hears(late)
    # What was taken of the first month has the time again that it had left then.
    assert await shop.balance() == 2000


async def test_a_subscription_goes_on_whatever_becomes_of_its_money(shop: Shop) -> None:
    order = await subscribes(shop)

    await shop.hears(refunded(order, YEAR))

    (subscription,) = shop.subscriptions()
    assert subscription.status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize("part", [1, 33, 989, 990])
async def test_a_free_plan_s_months_stop_when_its_order_is_given_back(
    shop: Shop, part: int
) -> None:
    await shop.offers(plan := a_plan(price_monthly_minor=0, price_yearly_minor=None))
    order = await shop.buys(plan)
    await shop.spends(part)

    await shop.refunds(order)

    assert await shop.balance() == 0
    await at_month(shop, 1)
    assert len(await shop.grants()) == 1
    assert await shop.is_proved()
