"""What the worker compares by itself, and how it is told to stop in the middle."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from attrs import Factory, define

from application.payments.steps.last_heard import LOOK_BACK
from application.ports.provider import Capability
from application.subscriptions.compare_prices import ComparingPrices
from domain.payments.comparison_round import OVERLAP
from domain.payments.errors import ProviderUnavailable
from domain.payments.ids import Channel
from domain.payments.inbox import InboxEvent
from domain.payments.order import OrderStatus
from domain.subscriptions.catalogue import ProviderItem
from entrypoints.scheduled import ScheduledPrices, ScheduledReconciliation
from entrypoints.worker import Job, Worker
from tests.application.comparing import comparing
from tests.application.shop import Shop, paid
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack
from tests.support.clock import NOON, fresh_id
from tests.support.fake_provider import MarionetteProvider

SILENT = ProviderUnavailable(channel=SANDBOX)


@pytest.fixture
async def shop() -> Shop:
    """A shop that sells nothing yet."""
    return Shop()


def schedule(shop: Shop) -> ScheduledReconciliation:
    """Return the reconciliation as a worker that starts now runs it."""
    return ScheduledReconciliation(
        compare_stretch=comparing(shop), providers=shop.providers, alarm=shop.alarm
    )


@define(kw_only=True)
class _Asked(MarionetteProvider):
    """A provider that remembers from when on it was read."""

    asked_since: list[datetime] = Factory(list)

    def pull(self, since: datetime) -> AsyncIterator[InboxEvent]:
        self.asked_since.append(since)
        return super().pull(since)


async def test_a_lost_payment_is_mended_as_the_system_for_the_reason_scheduled(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    shop.provider.meanings["lost"] = paid(order)
    shop.provider.happened["lost"] = shop.clock()

    left = await schedule(shop).run()

    (line,) = shop.audited()
    assert (line.actor.id, line.reason, left) == ("system", "scheduled", 0)
    assert (await shop.order(order.id)).status is OrderStatus.PAID
    assert shop.alarms == []


async def test_it_looks_a_week_back_and_then_from_the_last_success_on() -> None:
    provider = _Asked()
    shop = Shop(provider=provider)
    start = shop.clock()

    # Every time in another process: how far it has come stands in the store.
    await schedule(shop).run()
    shop.clock.advance(hours=1)
    await schedule(shop).run()
    provider.pull_fault = SILENT
    shop.clock.advance(days=10)
    await schedule(shop).run()
    provider.pull_fault = None
    shop.clock.advance(days=10)
    await schedule(shop).run()

    hour = timedelta(hours=1)
    assert provider.asked_since == [
        start - LOOK_BACK,
        start - OVERLAP,
        start + hour - OVERLAP,
        start + hour - OVERLAP,
    ]


async def test_a_provider_that_is_silent_from_the_start_is_read_from_before_the_start() -> None:
    provider = _Asked(pull_fault=SILENT)
    shop = Shop(provider=provider)
    scheduled, start = schedule(shop), shop.clock()

    for _ in range(3):
        await scheduled.run()
        shop.clock.advance(days=30)

    assert provider.asked_since == [start - LOOK_BACK] * 3


async def test_what_a_person_has_to_solve_is_told_and_one_channel_does_not_stop_another(
    shop: Shop,
) -> None:
    silent = MarionetteProvider(channel=Channel("elsewhere"), pull_fault=SILENT)
    shop.providers = {silent.channel: silent, SANDBOX: shop.provider}
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    shop.provider.meanings["lost"] = paid(order)
    shop.provider.happened["lost"] = shop.clock()

    await schedule(shop).run()

    ((told, fault),) = shop.alarms
    assert told.startswith("elsewhere: ")
    assert "provider_unavailable" in str(fault)
    assert await shop.balance() == 500


async def test_a_channel_that_cannot_be_read_is_left_alone(shop: Shop) -> None:
    shop.provider.capabilities -= {Capability.READ}
    shop.provider.pull_fault = ZeroDivisionError()

    await schedule(shop).run()

    assert shop.alarms == []


async def test_a_price_that_differs_is_told(shop: Shop) -> None:
    await shop.offers(a_pack(items=(ProviderItem(SANDBOX, None, "price_s"),)))
    shop.provider.prices["price_s"] = SILENT
    prices = ScheduledPrices(
        compare_prices=ComparingPrices(read=shop.store.read, providers=shop.providers),
        alarm=shop.alarm,
    )

    assert await prices.run() == 0

    ((told, fault),) = shop.alarms
    assert told == "a price differs at sandbox"
    assert str(fault).startswith("Small (price_s at sandbox): ")


@pytest.mark.parametrize("may_be_cut", [True, False])
async def test_only_a_job_that_may_be_cut_is_ended_in_the_middle(*, may_be_cut: bool) -> None:
    begun, ended = asyncio.Event(), list[str]()
    stop = asyncio.Event()

    async def run() -> int:
        begun.set()
        try:
            await asyncio.sleep(30 if may_be_cut else 0.05)
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("cut")
            raise
        return 0

    def alarm(told: str, fault: BaseException) -> None:
        ended.append(told)

    job = Job(name="long", every_seconds=60, batch=1, run=run, may_be_cut=may_be_cut)
    async with asyncio.timeout(10):
        working = asyncio.create_task(
            Worker(jobs=[job], alarm=alarm, wall_clock=lambda: NOON, new_id=fresh_id).run(stop)
        )
        await begun.wait()
        stop.set()
        await working

    assert ended == (["cut"] if may_be_cut else ["done"])


async def test_a_fault_in_a_job_that_may_be_cut_is_told_as_in_any_other() -> None:
    stop, told = asyncio.Event(), list[BaseException]()

    async def run() -> int:
        raise ZeroDivisionError

    def alarm(what: str, fault: BaseException) -> None:
        told.append(fault)
        stop.set()

    job = Job(name="broken", every_seconds=60, batch=1, run=run, may_be_cut=True)
    async with asyncio.timeout(10):
        await Worker(jobs=[job], alarm=alarm, wall_clock=lambda: NOON, new_id=fresh_id).run(stop)

    assert [type(fault) for fault in told] == [ZeroDivisionError]
