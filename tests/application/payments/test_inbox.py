"""The inbox at work: kept before anything else, applied at once, retried, set aside, never lost."""

import asyncio

import pytest
from attrs import evolve, frozen

from application.payments.apply_event import ApplyEvent
from application.payments.drain_inbox import DrainInbox, DrainingInbox
from application.payments.receive_event import ReceiveEvent
from domain.payments.errors import (
    ChannelUnknown,
    EventNotFound,
    SignatureRefused,
    WebhookUnreadable,
)
from domain.payments.ids import Channel
from domain.payments.inbox import TRIES_MAX, InboxEvent, InboxStatus
from tests.application.shop import Shop, paid
from tests.support.builders.payments import SANDBOX, an_inbox_event
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.fake_provider import NOTHING, SIGNATURE, SIGNATURE_HEADER, MarionetteProvider

SIGNED = {SIGNATURE_HEADER: SIGNATURE}
BODY = b"event-1"


def events(shop: Shop) -> list[InboxEvent]:
    return list(shop.store.tables.inbox.main.values.values())


@pytest.mark.parametrize("headers", [{}, {SIGNATURE_HEADER: "forged"}, {"Signature": SIGNATURE}])
async def test_what_is_not_signed_is_not_kept(shop: Shop, headers: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        await shop.receive(ReceiveEvent(channel=SANDBOX, body=BODY, headers=headers))

    assert events(shop) == []


async def test_a_webhook_for_a_channel_we_do_not_have_is_refused(shop: Shop) -> None:
    with pytest.raises(ChannelUnknown):
        await shop.receive(ReceiveEvent(channel=Channel("none"), body=BODY, headers=SIGNED))


async def test_an_event_is_kept_as_it_came_and_applied_at_once(shop: Shop) -> None:
    shop.provider.meanings["event-1"] = NOTHING

    first = await shop.receive(ReceiveEvent(channel=SANDBOX, body=BODY, headers=SIGNED))
    again = await shop.receive(ReceiveEvent(channel=SANDBOX, body=BODY, headers=SIGNED))

    (event,) = events(shop)
    assert (first.is_new, again.is_new) == (True, False)
    assert (event.body, event.type, event.received_at) == (BODY, "told", shop.clock())
    assert (event.status, event.tries) == (InboxStatus.IGNORED, 1)


async def test_an_event_is_acknowledged_whatever_becomes_of_it(shop: Shop) -> None:
    event = await shop.hears(ZeroDivisionError())

    assert (event.status, event.error) == (InboxStatus.FAILED, "ZeroDivisionError")
    assert len(shop.alarms) == 1


async def test_an_event_is_acknowledged_when_the_store_breaks_while_applying_it(shop: Shop) -> None:
    async def breaks(channel: Channel, event_id: str) -> bool:
        raise ConnectionError

    receive = evolve(shop.receive, apply=breaks)
    received = await receive(ReceiveEvent(channel=SANDBOX, body=BODY, headers=SIGNED))

    assert received.is_new
    assert [type(fault) for _, fault in shop.alarms] == [ConnectionError]
    assert events(shop)[0].status is InboxStatus.RECEIVED


async def test_a_caller_that_leaves_is_not_mistaken_for_a_fault(shop: Shop) -> None:
    begun = asyncio.Event()

    async def hangs(channel: Channel, event_id: str) -> bool:
        begun.set()
        await asyncio.sleep(60)
        return True

    receive = evolve(shop.receive, apply=hangs)
    caller = asyncio.create_task(receive(ReceiveEvent(channel=SANDBOX, body=BODY, headers=SIGNED)))
    await begun.wait()
    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller
    assert shop.alarms == []
    assert events(shop)[0].status is InboxStatus.RECEIVED


async def test_the_worker_applies_what_was_kept_and_not_yet_applied(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    shop.provider.meanings["event-1"] = paid(order)
    async with shop.store.begin() as work:
        await work.inbox.add(an_inbox_event(event_id="event-1", next_try_at=shop.clock()))
        await work.commit()

    await shop.drains()

    assert (await shop.event("event-1")).status is InboxStatus.APPLIED
    assert await shop.balance() == 500


async def test_an_event_of_an_unknown_subscription_waits_and_is_retried(shop: Shop) -> None:
    await shop.offers(plan := a_plan())
    order = await shop.buys(plan)
    begun = paid(order, subscription="sub_1")
    early = await shop.hears(WebhookUnreadable(channel=SANDBOX, problem="not yet"), "early")
    assert early.next_try_at is not None
    shop.provider.meanings["early"] = begun

    await shop.drains()
    assert (await shop.event("early")).tries == 1
    await shop.drains()

    assert (await shop.event("early")).status is InboxStatus.APPLIED
    assert await shop.balance() == 1000


async def test_a_delivery_that_is_repeated_uses_up_no_try_of_an_event_that_waits(
    shop: Shop,
) -> None:
    event = await shop.hears(WebhookUnreadable(channel=SANDBOX, problem="not yet"))

    again = [await shop.hears(None, event.event_id) for _ in range(TRIES_MAX)]

    assert again == [event] * TRIES_MAX
    assert (event.status, event.tries) == (InboxStatus.FAILED, 1)


async def test_a_poison_event_is_dead_after_ten_tries_and_holds_up_nobody(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    await shop.hears(ZeroDivisionError(), "poison")
    order = await shop.buys(pack)

    for _ in range(TRIES_MAX):
        shop.clock.advance(hours=1)
        await shop.drains()
    await shop.hears(paid(order), "good")
    await shop.drains(rounds=3)

    poison = await shop.event("poison")
    assert (poison.status, poison.tries) == (InboxStatus.DEAD, TRIES_MAX)
    assert "needs a person" in shop.alarms[-1][0]
    assert await shop.balance() == 500


async def test_a_dead_event_is_left_alone_by_whoever_listed_it_before_it_died(shop: Shop) -> None:
    await shop.hears(ZeroDivisionError(), "poison")
    for _ in range(TRIES_MAX):
        shop.clock.advance(hours=1)
        await shop.apply_now(SANDBOX, "poison")
    dead, told = await shop.event("poison"), list(shop.alarms)

    late = await shop.apply_now(SANDBOX, "poison")

    assert (dead.status, dead.tries) == (InboxStatus.DEAD, TRIES_MAX)
    assert (late.event, late.is_tried) == (dead, False)
    assert shop.alarms == told


async def test_a_dead_event_is_applied_after_all_if_its_provider_delivers_it_anew(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    async with shop.store.begin() as work:
        await work.inbox.add(an_inbox_event(event_id="poison", status=InboxStatus.DEAD))
        await work.commit()

    delivered = await shop.hears(paid(order), "poison")
    again = await shop.apply_now(SANDBOX, "poison")

    assert delivered.status is InboxStatus.APPLIED
    assert (again.event, again.is_tried) == (delivered, False)
    assert await shop.balance() == 500


async def test_an_event_that_fails_halfway_leaves_nothing_behind(shop: Shop) -> None:
    plan, other = a_plan(), a_plan(group="other")
    await shop.offers(plan, other)
    await shop.hears(paid(await shop.buys(plan), subscription="sub_1"))
    order = await shop.buys(other)
    before = await shop.lines()

    # The provider's id belongs to another subscription: found out only when all else is done.
    event = await shop.hears(paid(order, subscription="sub_1"))

    assert (event.status, event.error) == (InboxStatus.FAILED, "WriteRefused")
    assert await shop.lines() == before
    assert shop.payments() == 1
    assert (await shop.order(order.id)).is_pending


async def test_an_event_applied_by_many_at_once_is_noted_once(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    shop.provider.meanings["event-1"] = paid(order)
    async with shop.store.begin() as work:
        await work.inbox.add(an_inbox_event(event_id="event-1"))
        await work.commit()

    await asyncio.gather(*[shop.apply_now(SANDBOX, "event-1") for _ in range(64)])

    event = await shop.event("event-1")
    assert (event.status, event.tries) == (InboxStatus.APPLIED, 1)
    assert event.effects


async def test_an_event_nobody_knows_is_not_found(shop: Shop) -> None:
    with pytest.raises(EventNotFound):
        await shop.apply(ApplyEvent(channel=SANDBOX, event_id="nothing"))


async def test_an_event_of_a_channel_that_is_gone_waits(shop: Shop) -> None:
    gone = Channel("gone")
    async with shop.store.begin() as work:
        await work.inbox.add(an_inbox_event(channel=gone, event_id="event-1"))
        await work.commit()

    applied = await shop.apply_now(gone, "event-1")

    assert applied.event.status is InboxStatus.FAILED
    assert applied.event.error is not None
    assert applied.event.error.startswith("channel_not_configured")


@frozen
class Moody:
    """Applies events, but breaks on some."""

    bad: frozenset[str]
    seen: list[str]

    async def __call__(self, channel: Channel, event_id: str) -> bool:
        self.seen.append(event_id)
        if event_id in self.bad:
            raise ConnectionError(event_id)
        return True


async def test_the_worker_goes_on_behind_an_event_it_cannot_even_set_aside(shop: Shop) -> None:
    async with shop.store.begin() as work:
        for number in range(5):
            await work.inbox.add(an_inbox_event(event_id=f"event-{number}"))
        await work.commit()
    apply = Moody(frozenset({"event-0", "event-3"}), [])
    drain = DrainingInbox(read=shop.store.read, apply=apply, clock=shop.clock)

    with pytest.raises(ExceptionGroup) as faults:
        await drain(DrainInbox())

    assert apply.seen == [f"event-{number}" for number in range(5)]
    assert [str(fault) for fault in faults.value.exceptions] == ["event-0", "event-3"]


async def test_the_worker_looks_at_a_bounded_number_of_events_oldest_first(shop: Shop) -> None:
    async with shop.store.begin() as work:
        for number in range(5):
            received_at = shop.clock.advance(seconds=1)
            await work.inbox.add(
                an_inbox_event(event_id=f"event-{number}", received_at=received_at)
            )
        await work.commit()
    apply = Moody(frozenset(), [])
    drain = DrainingInbox(read=shop.store.read, apply=apply, clock=shop.clock)

    drained = await drain(DrainInbox(events_max=3))

    assert drained.tried == 3
    assert apply.seen == ["event-0", "event-1", "event-2"]


async def test_events_of_two_channels_may_have_the_same_id() -> None:
    stripe = MarionetteProvider(channel=Channel("stripe"))
    shop = Shop(providers={})
    shop.providers = {SANDBOX: shop.provider, stripe.channel: stripe}
    shop.provider.meanings["event-1"] = stripe.meanings["event-1"] = NOTHING

    for channel in shop.providers:
        received = await shop.receive(ReceiveEvent(channel=channel, body=BODY, headers=SIGNED))
        assert received.is_new
