"""What time and the portal do to a subscription."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve

from adapters.providers.sandbox.records import customer_id_of
from domain.credits.ids import AccountId
from domain.payments.errors import PayerUnknown, ProviderRefused
from domain.payments.provider_event import (
    CheckoutPaid,
    PeriodPaid,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period
from domain.subscriptions.errors import SubscriptionNotFound
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON
from tests.support.sandbox import SHOP, SandboxWorld, a_plan_line, a_sale

CUSTOMER = customer_id_of(SOMEBODY)


async def a_subscriber(
    world: SandboxWorld, *, interval: Interval = Interval.MONTHLY, discount_minor: int = 0
) -> str:
    """Buy a plan at 9.90 and return the subscription's id."""
    order = a_sale(line=a_plan_line(interval=interval), discount_minor=discount_minor)
    await world.sandbox.pay(await world.opened(order))
    return f"sub_{order.id}"


def renewals(world: SandboxWorld) -> list[PeriodPaid]:
    """The renewals the service was told of."""
    return [event for event in world.told if isinstance(event, PeriodPaid)]


def reports(world: SandboxWorld) -> list[SubscriptionReported]:
    """The reports about subscriptions the service was told."""
    return [event for event in world.told if isinstance(event, SubscriptionReported)]


async def test_periods_from_the_31st_end_on_the_last_day_of_each_month(
    world: SandboxWorld,
) -> None:
    world.clock.now = datetime(2027, 1, 31, 10, 30, tzinfo=UTC)
    await a_subscriber(world)

    for _ in range(14 * 31):
        world.clock.advance(days=1)
        await world.pass_all_time()

    days = [
        *("02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31"),
        *("09-30", "10-31", "11-30", "12-31", "01-31", "02-29", "03-31"),
    ]
    ends = [renewal.period.start_at for renewal in renewals(world)]
    assert [end.strftime("%m-%d") for end in ends] == days
    assert {end.time() for end in ends} == {world.clock.now.time()}


async def test_a_leap_over_14_months_renews_every_one_of_them(world: SandboxWorld) -> None:
    world.clock.now = datetime(2027, 1, 31, 10, 30, tzinfo=UTC)
    subscription_id = await a_subscriber(world)

    world.clock.now = datetime(2028, 3, 31, 10, 30, tzinfo=UTC)
    await world.pass_all_time()

    told = renewals(world)
    assert len(told) == 14
    assert {each.provider_subscription_id for each in told} == {subscription_id}
    begun = world.told[0]
    assert isinstance(begun, CheckoutPaid)
    assert begun.period is not None
    periods = [begun.period, *(each.period for each in told)]
    assert all(one.end_at == other.start_at for one, other in pairwise(periods))
    assert periods[-1] == Period(world.clock.now, datetime(2028, 4, 30, 10, 30, tzinfo=UTC))


async def test_one_call_renews_a_subscription_for_one_period(world: SandboxWorld) -> None:
    await a_subscriber(world)
    world.clock.advance(days=70)

    await world.sandbox.let_time_pass()

    assert len(renewals(world)) == 1


async def test_nothing_is_due_before_the_last_instant_of_a_period(world: SandboxWorld) -> None:
    await a_subscriber(world)
    world.clock.now = datetime(2026, 2, 12, 12, 0, tzinfo=UTC) - timedelta(microseconds=1)

    assert await world.sandbox.let_time_pass() == 0
    world.clock.now += timedelta(microseconds=1)
    assert await world.sandbox.let_time_pass() > 0
    assert len(renewals(world)) == 1


async def test_a_year_is_renewed_after_a_year(world: SandboxWorld) -> None:
    await a_subscriber(world, interval=Interval.YEARLY)

    world.clock.now = datetime(2027, 1, 12, 12, 0, tzinfo=UTC)
    await world.pass_all_time()

    (renewal,) = renewals(world)
    assert renewal.period == Period(world.clock.now, datetime(2028, 1, 12, 12, 0, tzinfo=UTC))


async def test_a_discount_is_for_the_first_period_alone(world: SandboxWorld) -> None:
    await a_subscriber(world, discount_minor=990 - 1)

    world.clock.advance(days=31)
    await world.pass_all_time()

    first = world.told[0]
    assert isinstance(first, CheckoutPaid)
    assert first.payment.net_minor == 1
    assert [renewal.payment.net_minor for renewal in renewals(world)] == [990]


async def test_every_period_is_a_payment_of_its_own(world: SandboxWorld) -> None:
    await a_subscriber(world)

    world.clock.advance(days=100)
    await world.pass_all_time()

    told = renewals(world)
    payments = {event.payment.provider_payment_id for event in told}
    assert len(payments) == len(told) == 3
    assert [event.payment.paid_at for event in told] == [event.period.start_at for event in told]


async def test_two_processes_renew_a_period_once(world: SandboxWorld) -> None:
    for number in range(5):
        order = evolve(a_sale(line=a_plan_line()), account_id=AccountId(f"account-{number}"))
        await world.sandbox.pay(await world.opened(order))
    processes = [world.sandbox, world.another_process(), world.another_process()]
    world.clock.advance(days=31)

    async with asyncio.timeout(20):
        for _ in range(3):
            await asyncio.gather(*(each.let_time_pass() for each in processes))

    told = renewals(world)
    assert len({event.provider_subscription_id for event in told}) == len(told) == 5


async def test_a_portal_shows_what_the_customer_has(world: SandboxWorld) -> None:
    first = await a_subscriber(world)
    second = await a_subscriber(world, interval=Interval.YEARLY)
    await world.opened(email="buyer@example.com")

    shown = await world.sandbox.portal(await world.portal_of(CUSTOMER))

    assert shown.email == "buyer@example.com"
    assert shown.return_url == f"{SHOP}/account"
    assert [each.id for each in shown.subscriptions] == [second, first]
    assert [each.interval for each in shown.subscriptions] == ["yearly", "monthly"]
    assert shown.subscriptions[1].period_end_at == datetime(2026, 2, 12, 12, 0, tzinfo=UTC)


async def test_a_portal_ticket_lives_for_an_hour_of_real_time(world: SandboxWorld) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)

    world.clock.advance(days=3)
    world.wall_clock.advance(minutes=59)
    await world.sandbox.portal(ticket)
    world.wall_clock.advance(minutes=1)

    with pytest.raises(PayerUnknown):
        await world.sandbox.portal(ticket)
    with pytest.raises(PayerUnknown):
        await world.sandbox.cancel(ticket, subscription_id)
    await world.pass_all_time()
    assert reports(world) == []


async def test_a_cancelled_subscription_runs_to_its_end_and_no_further(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)

    shown = await world.sandbox.cancel(ticket, subscription_id)
    world.clock.advance(days=400)
    await world.pass_all_time()

    assert shown.subscriptions[0].cancel_at_period_end
    assert renewals(world) == []
    assert [(each.status, each.cancel_at_period_end) for each in reports(world)] == [
        (ProviderStatus.ACTIVE, True),
        (ProviderStatus.CANCELED, True),
    ]
    (ended,) = (await world.sandbox.portal(ticket)).subscriptions
    assert ended.status == "canceled"


async def test_a_cancellation_taken_back_is_renewed_as_if_nothing_had_been(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)

    await world.sandbox.cancel(ticket, subscription_id)
    await world.sandbox.resume(ticket, subscription_id)
    world.clock.advance(days=31)
    await world.pass_all_time()

    assert [each.cancel_at_period_end for each in reports(world)] == [True, False]
    assert len(renewals(world)) == 1


async def test_reports_made_while_the_clock_stands_still_show_their_order(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)

    await world.sandbox.cancel(ticket, subscription_id)
    await world.sandbox.resume(ticket, subscription_id)
    await world.sandbox.cancel(ticket, subscription_id)

    instants = [each.as_of for each in reports(world)]
    assert NOON < instants[0] < instants[1] < instants[2]


async def test_cancelling_twice_says_so_once(world: SandboxWorld) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)

    for _ in range(2):
        await world.sandbox.cancel(ticket, subscription_id)

    assert len(reports(world)) == 1


async def test_what_has_ended_is_not_resumed(world: SandboxWorld) -> None:
    subscription_id = await a_subscriber(world)
    ticket = await world.portal_of(CUSTOMER)
    await world.sandbox.cancel(ticket, subscription_id)
    world.clock.advance(days=31)
    await world.pass_all_time()

    shown = await world.sandbox.resume(ticket, subscription_id)

    assert shown.subscriptions[0].status == "canceled"
    assert reports(world)[-1].status is ProviderStatus.CANCELED


async def test_a_customer_touches_their_own_subscriptions_alone(world: SandboxWorld) -> None:
    theirs = await a_subscriber(world)
    mine = evolve(a_sale(line=a_plan_line()), account_id=AccountId("another"))
    await world.sandbox.pay(await world.opened(mine))
    ticket = await world.portal_of(customer_id_of(AccountId("another")))

    for subscription_id in (theirs, "sub_unknown", "", f"{theirs}\0"):
        with pytest.raises(SubscriptionNotFound):
            await world.sandbox.cancel(ticket, subscription_id)

    assert reports(world) == []


async def test_who_never_bought_anything_has_no_portal(world: SandboxWorld) -> None:
    with pytest.raises(ProviderRefused):
        await world.provider.open_portal(CUSTOMER, SHOP)
