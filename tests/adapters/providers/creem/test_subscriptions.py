"""Changing subscriptions: each once, whatever becomes of the answers."""

from datetime import timedelta

import pytest

from application.ports.provider_calls import (
    ChangeBilling,
    ChangePreview,
    PlanChange,
    SubscriptionAction,
)
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import ProviderStatus
from tests.support.fake_creem.faults import Fault, Faults
from tests.support.fake_creem.world import CreemWorld, creem_world

A = SubscriptionAction
UPGRADE = "POST /v1/subscriptions/{id}/upgrade"

ACTIONS: dict[A, tuple[str, str, ProviderStatus, bool]] = {
    A.CANCEL_NOW: ("active", "canceled", ProviderStatus.CANCELED, False),
    A.CANCEL_AT_PERIOD_END: ("active", "scheduled_cancel", ProviderStatus.ACTIVE, True),
    A.UNDO_CANCEL: ("scheduled_cancel", "active", ProviderStatus.ACTIVE, False),
    A.PAUSE: ("active", "paused", ProviderStatus.PAUSED, False),
    A.RESUME: ("paused", "active", ProviderStatus.ACTIVE, False),
}
ROUTES = {
    A.CANCEL_NOW: "POST /v1/subscriptions/{id}/cancel",
    A.CANCEL_AT_PERIOD_END: "POST /v1/subscriptions/{id}/cancel",
    A.UNDO_CANCEL: "POST /v1/subscriptions/{id}/resume",
    A.PAUSE: "POST /v1/subscriptions/{id}/pause",
    A.RESUME: "POST /v1/subscriptions/{id}/resume",
}


async def _subscribed(world: CreemWorld, status: str = "active") -> str:
    subscription_id = await world.subscribed()
    world.books.become(subscription_id, status)
    return subscription_id


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_is_done_and_reported(world: CreemWorld, action: A) -> None:
    before, after, status, is_ending = ACTIONS[action]
    subscription_id = await _subscribed(world, before)

    reported = await world.provider.act(subscription_id, action, "key")

    assert world.books.subscriptions[subscription_id]["status"] == after
    assert (reported.status, reported.cancel_at_period_end) == (status, is_ending)
    assert await world.provider.read_subscription(subscription_id) == reported


@pytest.mark.parametrize("fault", [None, Fault.LOSE_ANSWER, Fault.REFUSE], ids=str)
@pytest.mark.parametrize("action", ACTIONS)
async def test_a_repeated_action_is_done_once_whatever_became_of_the_first(
    action: A, fault: Fault | None
) -> None:
    before, after, status, is_ending = ACTIONS[action]
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        subscription_id = await _subscribed(world, before)
        faults.script(ROUTES[action], fault)
        if fault is Fault.REFUSE:
            with pytest.raises(ProviderUnavailable):
                await world.provider.act(subscription_id, action, "key")
        else:
            await world.provider.act(subscription_id, action, "key")

        reported = await world.provider.act(subscription_id, action, "key")

        assert world.books.subscriptions[subscription_id]["status"] == after
        assert (reported.status, reported.cancel_at_period_end) == (status, is_ending)


@pytest.mark.parametrize(
    ("action", "status"),
    [
        # Both are one call at Creem: a cancellation taken back must not end a pause, nor a pause
        # that ends take back a cancellation.
        (A.UNDO_CANCEL, "paused"),
        (A.RESUME, "scheduled_cancel"),
        (A.UNDO_CANCEL, "canceled"),
        (A.RESUME, "canceled"),
        (A.PAUSE, "canceled"),
    ],
)
async def test_an_action_that_does_not_fit_the_state_is_refused(
    world: CreemWorld, action: A, status: str
) -> None:
    subscription_id = await _subscribed(world, status)

    with pytest.raises(ProviderRefused):
        await world.provider.act(subscription_id, action, "key")

    assert world.books.subscriptions[subscription_id]["status"] == status


async def test_a_subscription_that_has_ended_needs_no_cancelling(world: CreemWorld) -> None:
    subscription_id = await _subscribed(world, "canceled")

    reported = await world.provider.act(subscription_id, A.CANCEL_AT_PERIOD_END, "key")

    assert reported.status is ProviderStatus.CANCELED


def _change(
    world: CreemWorld,
    subscription_id: str,
    product_id: str,
    billing: ChangeBilling = ChangeBilling.NOW,
) -> PlanChange:
    start_at = world.books.clock()
    return PlanChange(
        key="key",
        provider_subscription_id=subscription_id,
        reference=product_id,
        billing=billing,
        proration_at=start_at,
    )


@pytest.mark.parametrize(
    ("billing", "behaviour"),
    [
        (ChangeBilling.NOW, "proration-charge-immediately"),
        (ChangeBilling.NONE, "proration-none"),
    ],
)
async def test_a_change_of_plan_is_a_change_of_product(
    world: CreemWorld, billing: ChangeBilling, behaviour: str
) -> None:
    subscription_id = await world.subscribed()
    product_id = world.books.add_product(price=3000, period="every-month")

    reported = await world.provider.change_plan(
        _change(world, subscription_id, product_id, billing)
    )

    assert world.books.subscriptions[subscription_id]["product"]["id"] == product_id
    assert world.fake.asked_for(UPGRADE) == [
        {"product_id": product_id, "update_behavior": behaviour}
    ]
    assert reported == await world.provider.read_subscription(subscription_id)


@pytest.mark.parametrize("fault", [None, Fault.LOSE_ANSWER], ids=str)
async def test_a_repeated_change_of_plan_charges_once(fault: Fault | None) -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        subscription_id = await world.subscribed()
        product_id = world.books.add_product(price=3000, period="every-month")
        change = _change(world, subscription_id, product_id)
        faults.script(UPGRADE, fault)

        first = await world.provider.change_plan(change)
        second = await world.provider.change_plan(change)

        assert second == first
        assert len(world.fake.asked_for(UPGRADE)) == 1


async def test_a_change_of_plan_that_was_not_heard_changes_nothing() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        subscription_id = await world.subscribed()
        product_id = world.books.add_product(price=3000, period="every-month")
        faults.script(UPGRADE, Fault.REFUSE)

        with pytest.raises(ProviderUnavailable):
            await world.provider.change_plan(_change(world, subscription_id, product_id))

        assert world.books.subscriptions[subscription_id]["product"]["id"] != product_id


async def test_a_change_to_what_is_not_sold_is_refused(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()

    with pytest.raises(ProviderRefused):
        await world.provider.change_plan(_change(world, subscription_id, "prod_unknown"))


@pytest.mark.parametrize(
    ("days", "due_minor"), [(0, 2000), (31, 3000), (-5, 2000), (400, 3000), (15.5, 2500)]
)
async def test_a_preview_is_an_estimate_by_what_is_left_of_the_paid_period(
    world: CreemWorld, days: float, due_minor: int
) -> None:
    subscription_id = await world.subscribed(price=1000)
    product_id = world.books.add_product(price=3000, period="every-month")
    reported = await world.provider.read_subscription(subscription_id)
    at = reported.period.start_at + timedelta(days=days)
    change = PlanChange(
        key="key",
        provider_subscription_id=subscription_id,
        reference=product_id,
        billing=ChangeBilling.NOW,
        proration_at=at,
    )

    preview = await world.provider.preview_change(change)

    assert preview == ChangePreview(
        due_now_minor=due_minor, currency="EUR", is_exact=False, begins_period=True
    )
    assert world.fake.asked_for(UPGRADE) == []


async def test_a_cheaper_plan_is_previewed_as_a_credit(world: CreemWorld) -> None:
    subscription_id = await world.subscribed(price=3000)
    cheaper = world.books.add_product(price=1000, period="every-month")
    reported = await world.provider.read_subscription(subscription_id)
    change = PlanChange(
        key="key",
        provider_subscription_id=subscription_id,
        reference=cheaper,
        billing=ChangeBilling.NOW,
        proration_at=reported.period.start_at,
    )

    preview = await world.provider.preview_change(change)

    assert preview.due_now_minor == -2000


async def test_a_change_that_is_never_settled_costs_nothing_now(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    product_id = world.books.add_product(price=3000, period="every-month")

    preview = await world.provider.preview_change(
        _change(world, subscription_id, product_id, ChangeBilling.NONE)
    )

    assert preview == ChangePreview(due_now_minor=0, currency="EUR", is_exact=False)


async def test_a_change_between_currencies_has_no_preview(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    product_id = world.books.add_product(price=3000, currency="USD", period="every-month")

    with pytest.raises(ProviderRefused, match="currencies"):
        await world.provider.preview_change(_change(world, subscription_id, product_id))
