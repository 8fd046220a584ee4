"""Trials, cards that are declined, and the schedule by which the sandbox tries again."""

from datetime import datetime, timedelta

from attrs import evolve

from application.ports.provider_calls import SubscriptionAction
from domain.payments.provider_event import (
    CheckoutPaid,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    SubscriptionReported,
)
from domain.period import Period, add_months
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON
from tests.support.sandbox import SandboxWorld, a_plan_line, a_sale

ENDS = NOON + timedelta(days=14)


async def subscribes(world: SandboxWorld, *, trial_days: int = 0) -> str:
    """Buy a plan at 9.90, or begin its trial; return the subscription's id."""
    order = a_sale(line=a_plan_line(), discount_minor=990 if trial_days else 0)
    await world.sandbox.pay(await world.opened(evolve(order, trial_days=trial_days)))
    return f"sub_{order.id}"


async def comes(world: SandboxWorld, at: datetime) -> ProviderEvent:
    """Let time pass until an instant, and return what was told last."""
    world.clock.now = at
    await world.pass_all_time()
    return world.told[-1]


async def test_a_trial_costs_nothing_and_its_end_the_price_from_then_on(
    world: SandboxWorld,
) -> None:
    subscription_id = await subscribes(world, trial_days=14)
    (began,) = world.told
    report = await world.provider.read_subscription(subscription_id)

    charged = await comes(world, ENDS)
    renewed = await comes(world, add_months(ENDS, 1))

    assert isinstance(began, CheckoutPaid)
    assert (began.payment.net_minor, began.period) == (0, Period(NOON, ENDS))
    assert report.status is ProviderStatus.TRIALING
    assert isinstance(charged, PeriodPaid)
    assert (charged.payment.net_minor, charged.payment.paid_at) == (990, ENDS)
    assert charged.period == Period(ENDS, add_months(ENDS, 1))
    assert isinstance(renewed, PeriodPaid)
    assert renewed.period == Period(add_months(ENDS, 1), add_months(ENDS, 2))


async def test_a_trial_whose_card_is_declined_at_its_end_is_over(world: SandboxWorld) -> None:
    await subscribes(world, trial_days=14)
    await world.sandbox.change_card(SOMEBODY, declines=True)

    ended = await comes(world, ENDS)
    await world.sandbox.change_card(SOMEBODY, declines=False)
    later = await comes(world, ENDS + timedelta(days=30))

    assert isinstance(ended, SubscriptionReported)
    assert ended.status is ProviderStatus.EXPIRED
    assert later == ended


async def test_a_renewal_that_is_declined_is_tried_after_1_3_5_and_7_days_and_then_no_more(
    world: SandboxWorld,
) -> None:
    await subscribes(world)
    await world.sandbox.change_card(SOMEBODY, declines=True)
    due_at = add_months(NOON, 1)

    for hours in range(0, 24 * 40, 6):
        await comes(world, due_at + timedelta(hours=hours))

    tries = [told for told in world.told if isinstance(told, SubscriptionReported)]
    assert {told.status for told in tries} == {ProviderStatus.PAST_DUE}
    days = [(told.as_of - due_at).days for told in tries]
    assert days == [0, 1, 3, 5, 7]


async def test_a_card_that_works_again_pays_what_is_overdue_at_once_for_its_own_period(
    world: SandboxWorld,
) -> None:
    await subscribes(world)
    await world.sandbox.change_card(SOMEBODY, declines=True)
    due_at = add_months(NOON, 1)
    overdue = await comes(world, due_at)

    await world.sandbox.change_card(SOMEBODY, declines=False)
    paid = await comes(world, due_at)

    assert isinstance(overdue, SubscriptionReported)
    assert isinstance(paid, PeriodPaid)
    assert paid.period == Period(due_at, add_months(due_at, 1))
    assert paid.payment.paid_at > overdue.as_of


async def test_what_is_overdue_ends_when_the_service_says_so(world: SandboxWorld) -> None:
    subscription_id = await subscribes(world)
    await world.sandbox.change_card(SOMEBODY, declines=True)
    await comes(world, add_months(NOON, 1))

    report = await world.provider.act(subscription_id, SubscriptionAction.CANCEL_NOW, "key")
    await world.sandbox.change_card(SOMEBODY, declines=False)
    await comes(world, add_months(NOON, 3))

    assert report.status is ProviderStatus.CANCELED
    assert not any(isinstance(told, PeriodPaid) for told in world.told)
