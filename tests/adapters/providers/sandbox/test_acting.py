"""What the service does to a subscription of the sandbox: answered, and told by webhook as well."""

from datetime import timedelta

import pytest

from application.ports.provider import Capability
from application.ports.provider_calls import SubscriptionAction
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import PeriodPaid, ProviderStatus, SubscriptionReported
from domain.period import Period, add_months
from tests.adapters.providers.sandbox.test_subscriptions import a_subscriber, renewals, reports
from tests.support.clock import NOON
from tests.support.sandbox import SandboxWorld

A = SubscriptionAction
P = ProviderStatus


async def acts(world: SandboxWorld, id: str, action: SubscriptionAction) -> SubscriptionReported:
    """Let the service act, and its webhooks arrive."""
    told = await world.provider.act(id, action, "key-1")
    await world.sandbox.let_time_pass()
    return told


async def test_it_says_what_it_can_do(world: SandboxWorld) -> None:
    assert {Capability.SUBSCRIPTIONS, Capability.PAUSE} <= world.provider.capabilities


@pytest.mark.parametrize(
    ("actions", "status", "is_ending"),
    [
        ([A.CANCEL_NOW], P.CANCELED, False),
        ([A.CANCEL_AT_PERIOD_END], P.ACTIVE, True),
        ([A.CANCEL_AT_PERIOD_END, A.UNDO_CANCEL], P.ACTIVE, False),
        ([A.PAUSE], P.PAUSED, False),
        ([A.PAUSE, A.RESUME], P.ACTIVE, False),
        ([A.PAUSE, A.CANCEL_AT_PERIOD_END], P.PAUSED, True),
        ([A.PAUSE, A.CANCEL_NOW], P.CANCELED, False),
    ],
)
async def test_what_is_answered_is_what_its_webhook_says(
    world: SandboxWorld,
    actions: list[SubscriptionAction],
    status: ProviderStatus,
    *,
    is_ending: bool,
) -> None:
    subscription_id = await a_subscriber(world)

    answered = [await acts(world, subscription_id, action) for action in actions][-1]

    told = reports(world)
    assert len(told) == len(actions)
    assert (answered.status, answered.cancel_at_period_end) == (status, is_ending)
    assert (told[-1].status, told[-1].cancel_at_period_end) == (status, is_ending)
    assert answered.as_of > told[-1].as_of
    read = await world.provider.read_subscription(subscription_id)
    assert (read.status, read.period) == (answered.status, answered.period)


@pytest.mark.parametrize("action", [A.CANCEL_NOW, A.CANCEL_AT_PERIOD_END, A.PAUSE, A.UNDO_CANCEL])
async def test_asked_twice_it_is_done_and_told_once(
    world: SandboxWorld, action: SubscriptionAction
) -> None:
    subscription_id = await a_subscriber(world)

    first, second = [await acts(world, subscription_id, action) for _ in range(2)]

    assert (first.status, first.period) == (second.status, second.period)
    assert len(reports(world)) == (0 if action is A.UNDO_CANCEL else 1)


async def test_what_was_cancelled_at_once_is_never_renewed(world: SandboxWorld) -> None:
    await acts(world, await a_subscriber(world), A.CANCEL_NOW)

    world.clock.advance(days=100)
    await world.pass_all_time()

    assert renewals(world) == []


async def test_a_pause_collects_nothing_and_its_end_within_the_period_neither(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)
    await acts(world, subscription_id, A.PAUSE)
    world.clock.advance(days=10)

    back = await acts(world, subscription_id, A.RESUME)

    assert back.period == Period(NOON, add_months(NOON, 1))
    assert renewals(world) == []
    world.clock.advance(days=21)
    await world.pass_all_time()
    assert len(renewals(world)) == 1


async def test_a_pause_that_outlasts_the_period_is_followed_by_a_paid_one_from_the_day_of_return(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)
    await acts(world, subscription_id, A.PAUSE)
    world.clock.advance(days=100)
    await world.pass_all_time()
    assert renewals(world) == []
    returned_at = world.clock.now

    back = await acts(world, subscription_id, A.RESUME)

    assert back.period == Period(returned_at, add_months(returned_at, 1))
    (renewal,) = renewals(world)
    assert (renewal.period, renewal.payment.paid_at) == (back.period, returned_at)
    paid, updated = world.told[-2:]
    assert isinstance(paid, PeriodPaid)
    assert isinstance(updated, SubscriptionReported)
    assert world.alarms == []


async def test_a_paused_one_that_is_to_end_ends_with_its_period(world: SandboxWorld) -> None:
    subscription_id = await a_subscriber(world)
    await acts(world, subscription_id, A.PAUSE)
    await acts(world, subscription_id, A.CANCEL_AT_PERIOD_END)

    world.clock.now = add_months(NOON, 1) + timedelta(seconds=1)
    await world.pass_all_time()

    assert reports(world)[-1].status is P.CANCELED
    assert renewals(world) == []


@pytest.mark.parametrize("action", [A.UNDO_CANCEL, A.PAUSE, A.RESUME])
async def test_what_has_ended_stays_ended(world: SandboxWorld, action: SubscriptionAction) -> None:
    subscription_id = await a_subscriber(world)
    await acts(world, subscription_id, A.CANCEL_NOW)

    with pytest.raises(ProviderRefused):
        await acts(world, subscription_id, action)


@pytest.mark.parametrize("action", A)
async def test_a_subscription_it_never_sold_is_refused(
    world: SandboxWorld, action: SubscriptionAction
) -> None:
    with pytest.raises(ProviderRefused):
        await acts(world, "sub_unknown", action)
