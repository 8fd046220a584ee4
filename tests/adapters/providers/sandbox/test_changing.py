"""A change of plan at the sandbox: really collected, told in signed webhooks, and renewed so."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.provider import Capability
from application.ports.provider_calls import (
    ChangeBilling,
    PlanChange,
    PriceSold,
    SubscriptionAction,
)
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutPaid,
    PeriodPaid,
    SubscriptionReported,
)
from domain.period import Interval, add_months
from tests.adapters.providers.sandbox.test_subscriptions import a_subscriber, renewals
from tests.support.clock import NOON
from tests.support.sandbox import SandboxWorld, a_plan_line, a_sale

LEFT = timedelta(days=31) * 2 / 3


def a_change(
    subscription_id: str,
    *,
    price_minor: int = 2990,
    interval: Interval = Interval.MONTHLY,
    billing: ChangeBilling = ChangeBilling.NOW,
    key: str = "change-1",
) -> PlanChange:
    """Return a change to another plan, reckoned with a third of January left."""
    return PlanChange(
        key=key,
        provider_subscription_id=subscription_id,
        reference=f"plan:{price_minor}",
        billing=billing,
        proration_at=NOON + LEFT,
        sold=PriceSold(name="Pro", interval=interval, price_minor=price_minor, currency="USD"),
    )


async def changes(world: SandboxWorld, change: PlanChange) -> SubscriptionReported:
    """Let the service change a plan, and the webhooks arrive."""
    told = await world.provider.change_plan(change)
    await world.sandbox.let_time_pass()
    return told


async def a_subscriber_on_the_way(world: SandboxWorld) -> str:
    subscription_id = await a_subscriber(world)
    world.clock.now = NOON + LEFT
    return subscription_id


async def test_it_says_that_plans_can_be_changed(world: SandboxWorld) -> None:
    assert Capability.CHANGE_PLAN in world.provider.capabilities


async def test_the_difference_is_previewed_exactly_and_then_collected(
    world: SandboxWorld,
) -> None:
    change = a_change(await a_subscriber_on_the_way(world))

    preview = await world.provider.preview_change(change)
    told_before = len(world.told)
    await changes(world, change)

    assert (preview.due_now_minor, preview.is_exact, preview.begins_period) == (667, True, False)
    reported, paid = world.told[told_before:]
    assert isinstance(reported, SubscriptionReported)
    assert isinstance(paid, ChangePaid)
    assert (reported.reference, paid.payment.net_minor) == ("plan:2990", 667)
    assert paid.key == change.key
    assert await world.provider.read_payment(paid.payment.provider_payment_id) == ()


async def test_the_renewal_costs_what_the_new_plan_does(world: SandboxWorld) -> None:
    await changes(world, a_change(await a_subscriber_on_the_way(world)))

    world.clock.now = add_months(NOON, 1)
    await world.pass_all_time()

    assert [each.payment.net_minor for each in renewals(world)] == [2990]


async def test_under_one_key_it_is_collected_once(world: SandboxWorld) -> None:
    change = a_change(await a_subscriber_on_the_way(world))

    first, second = [await changes(world, change) for _ in range(2)]

    assert (first.reference, first.period) == (second.reference, second.period)
    assert len([each for each in world.told if isinstance(each, ChangePaid)]) == 1


async def test_what_a_cheaper_plan_gives_back_pays_of_the_next_periods(
    world: SandboxWorld,
) -> None:
    cheaper = a_change(await a_subscriber_on_the_way(world), price_minor=290)

    preview = await world.provider.preview_change(cheaper)
    await changes(world, cheaper)
    world.clock.now = add_months(NOON, 2)
    await world.pass_all_time()

    assert preview.due_now_minor == -233
    paid = [each.payment for each in renewals(world)]
    assert [(each.total_minor, each.collected_minor) for each in paid] == [
        (290, 290 - 233),
        (290, 290),
    ]


async def test_a_year_begins_at_once_less_what_is_left_of_the_month(world: SandboxWorld) -> None:
    yearly = a_change(
        await a_subscriber_on_the_way(world), price_minor=9900, interval=Interval.YEARLY
    )

    preview = await world.provider.preview_change(yearly)
    await changes(world, yearly)

    assert (preview.due_now_minor, preview.begins_period) == (9900 - 330, True)
    (paid,) = [each for each in world.told if isinstance(each, PeriodPaid)]
    assert paid.payment.net_minor == 9900 - 330
    assert (paid.period.start_at, paid.period.end_at) == (
        world.clock.now,
        add_months(world.clock.now, 12),
    )


async def test_a_period_that_begins_does_so_later_than_the_one_it_ends(
    world: SandboxWorld,
) -> None:
    subscription_id = await a_subscriber(world)

    told = await changes(world, a_change(subscription_id, interval=Interval.YEARLY))

    assert told.period.start_at > NOON


async def test_a_change_at_the_periods_end_costs_nothing_now(world: SandboxWorld) -> None:
    later = a_change(
        await a_subscriber_on_the_way(world), price_minor=290, billing=ChangeBilling.NONE
    )

    preview = await world.provider.preview_change(later)
    told = await changes(world, later)
    world.clock.now = add_months(NOON, 1)
    await world.pass_all_time()

    assert (preview.due_now_minor, preview.begins_period) == (0, False)
    assert told.period.end_at == add_months(NOON, 1)
    assert [each.payment.net_minor for each in renewals(world)] == [290]


async def test_a_discount_is_not_given_back_as_money(world: SandboxWorld) -> None:
    line = a_plan_line()
    ticket = await world.opened(a_sale(line=line, discount_minor=line.price_minor))
    await world.sandbox.pay(ticket)
    (paid,) = world.told
    world.clock.now = NOON + LEFT

    assert isinstance(paid, CheckoutPaid)
    down = a_change(paid.provider_subscription_id or "", price_minor=290)
    preview = await world.provider.preview_change(down)

    assert preview.due_now_minor == 97


@pytest.mark.parametrize("action", [SubscriptionAction.CANCEL_NOW, SubscriptionAction.PAUSE])
async def test_what_does_not_run_is_not_changed(
    world: SandboxWorld, action: SubscriptionAction
) -> None:
    subscription_id = await a_subscriber(world)
    await world.provider.act(subscription_id, action, "key-1")

    with pytest.raises(ProviderRefused, match="not running"):
        await world.provider.change_plan(a_change(subscription_id))


async def test_what_is_sold_must_be_told_in_the_currency_it_is_paid_in(
    world: SandboxWorld,
) -> None:
    change = a_change(await a_subscriber(world))
    assert change.sold is not None

    for sold in (None, evolve(change.sold, currency="EUR")):
        with pytest.raises(ProviderRefused, match="not told what is sold"):
            await world.provider.preview_change(evolve(change, sold=sold))
