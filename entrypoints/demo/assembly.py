"""The demo world wired: the service's own container, on a virtual clock and ids made from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from application.payments.receive_event import ReceiveEvent
from entrypoints.container import Container
from entrypoints.demo.customer import Customers
from entrypoints.demo.records import WorldFinished
from entrypoints.demo.virtual_time import DemoClock, DemoIds
from entrypoints.demo.world import CUSTOMERS, DemoWorld, Progress
from entrypoints.environment import SettingsError
from entrypoints.settings import SANDBOX, Mode, Settings


async def build_demo(
    settings: Settings,
    store: Any,
    ends_on: date,
    progress: Progress,
    customers: int = CUSTOMERS,
) -> tuple[WorldFinished, bool]:
    """Build the demo world in an open store, unless one lies there; say which, and if it is new.

    Raises SettingsError where a demo world has no place: outside the test mode, or without the
    sandbox through which its customers pay.
    """
    if settings.mode is not Mode.TEST:
        raise SettingsError("BILLING_MODE", "must be test: the demo world is no place for money")
    if SANDBOX not in settings.channels:
        raise SettingsError("BILLING_CHANNELS", "must name sandbox: the demo world pays through it")
    if not settings.return_origins:
        problem = "must name an origin: the demo world's buyers come back to it"
        raise SettingsError("BILLING_RETURN_ORIGINS", problem)
    world = _world(settings, store)
    return await world.build(ends_on, customers, progress)


def _world(settings: Settings, store: Any) -> DemoWorld:
    clock = DemoClock()
    ids = DemoIds(clock=clock)
    container = Container(settings=settings)
    real_id = container.new_id()
    container.store.override(store)
    container.clock.override(clock)
    container.new_id.override(ids)
    container.sandbox_post.override(_delivery(container))
    sandbox = container.sandbox()
    assert sandbox is not None, "the channel is configured"
    return DemoWorld(
        begin=container.begin(),
        clock=clock,
        ids=ids,
        real_id=real_id,
        sandbox=sandbox,
        publishing_plan=container.publish_plan(),
        publishing_pack=container.publish_pack(),
        creating_coupon=container.coupon_desk().create_coupon,
        changing_check_in_rules=container.change_check_in_rules(),
        publishing_rates=container.publish_rates(),
        spending_credits=container.spend_credits(),
        customers=Customers(
            keeping_account=container.keep_account(),
            starting_checkout=container.start_checkout(),
            opening_portal=container.subscribing().open_portal,
            checking_in=container.check_in(),
            adjusting_credits=container.adjust_credits(),
            sandbox=sandbox,
        ),
        due_work=container.due_work(),
        currency=settings.currency,
        return_url=f"{settings.return_origins[0]}/",
    )


def _delivery(container: Container) -> Any:
    """Hand the sandbox's webhooks to the service directly, signed as they are."""

    async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        named = {name.lower(): value for name, value in headers.items()}
        await container.receive_event()(ReceiveEvent(channel=SANDBOX, body=body, headers=named))
        return 200

    return deliver
