"""Money going back in the sandbox: asked for by us, or disputed by a bank that is not there."""

import asyncio
from datetime import timedelta

import pytest

from adapters.providers.sandbox.records import customer_id_of
from application.ports.provider import Capability
from application.ports.provider_calls import RefundReason, RefundRequest
from domain.payments.errors import PaymentNotFound, ProviderRefused
from domain.payments.order import Order
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutPaid,
    DisputeReported,
    DisputeStatus,
    PeriodPaid,
    ProviderStatus,
    RefundReported,
    RefundStatus,
)
from domain.period import add_months
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.clock import NOON
from tests.support.sandbox import SandboxWorld, a_plan_line, a_sale


async def bought(world: SandboxWorld, order: Order | None = None) -> str:
    """Let an order be paid, at 5.00 unless told otherwise, and return its payment's id."""
    await world.sandbox.pay(await world.opened(order))
    (*_, event) = world.told
    assert isinstance(event, CheckoutPaid)
    return event.payment.provider_payment_id


def asked(payment_id: str, amount_minor: int | None = None, key: str = "k") -> RefundRequest:
    return RefundRequest(
        key=key,
        provider_payment_id=payment_id,
        amount_minor=amount_minor,
        reason=RefundReason.REQUESTED,
    )


def refunds(world: SandboxWorld) -> list[RefundReported]:
    return [event for event in world.told if isinstance(event, RefundReported)]


def disputes(world: SandboxWorld) -> list[DisputeReported]:
    return [event for event in world.told if isinstance(event, DisputeReported)]


async def hears_all(world: SandboxWorld) -> None:
    """Let the worker send all there is to tell: what is about one payment waits for its turn."""
    for _ in range(5):
        await world.pass_all_time()
        world.wall_clock.advance(seconds=3)


async def test_it_says_that_it_can_refund_and_be_read(world: SandboxWorld) -> None:
    able = {Capability.REFUND, Capability.PARTIAL_REFUND, Capability.READ}

    assert able <= world.provider.capabilities


async def test_a_refund_is_done_at_once_and_told_by_a_webhook(world: SandboxWorld) -> None:
    payment_id = await bought(world)

    taken = await world.provider.refund(asked(payment_id, 200))

    assert taken.status is RefundStatus.SUCCEEDED
    assert refunds(world) == []
    await world.pass_all_time()
    (event,) = refunds(world)
    assert event == RefundReported(
        channel=SANDBOX,
        refund_id=taken.refund_id or "",
        payment_ids=(payment_id,),
        amount_minor=200,
        currency="USD",
        status=RefundStatus.SUCCEEDED,
        as_of=NOON,
    )
    assert world.told_types == ["checkout.paid", "refund.updated"]


async def test_one_key_gives_back_once(world: SandboxWorld) -> None:
    payment_id = await bought(world)

    taken = await asyncio.gather(*(world.provider.refund(asked(payment_id, 200)) for _ in range(8)))
    await world.pass_all_time()

    assert len({each.refund_id for each in taken}) == 1
    assert len(refunds(world)) == 1


async def test_parts_go_back_until_nothing_is_left(world: SandboxWorld) -> None:
    payment_id = await bought(world)
    first = await world.provider.refund(asked(payment_id, 200, "1"))

    rest = await world.provider.refund(asked(payment_id, None, "2"))
    await world.pass_all_time()

    assert first.refund_id != rest.refund_id
    assert [event.amount_minor for event in refunds(world)] == [200, 300]
    for amount in (None, 1):
        with pytest.raises(ProviderRefused):
            await world.provider.refund(asked(payment_id, amount, "3"))


@pytest.mark.parametrize("amount", [501, 0, -1])
async def test_what_is_not_there_does_not_go_back(world: SandboxWorld, amount: int) -> None:
    payment_id = await bought(world)

    with pytest.raises(ProviderRefused):
        await world.provider.refund(asked(payment_id, amount))
    await world.pass_all_time()

    assert refunds(world) == []


@pytest.mark.parametrize("payment_id", ["pay_unknown", "", "x\0"])
async def test_a_payment_nobody_made_is_refused(world: SandboxWorld, payment_id: str) -> None:
    with pytest.raises(ProviderRefused):
        await world.provider.refund(asked(payment_id))
    with pytest.raises(ProviderRefused):
        await world.provider.read_payment(payment_id)
    with pytest.raises(PaymentNotFound):
        await world.sandbox.dispute(payment_id, DisputeStatus.OPEN)


async def test_every_period_is_a_payment_of_its_own(world: SandboxWorld) -> None:
    first = await bought(world, a_sale(line=a_plan_line(), discount_minor=190))
    world.clock.now = add_months(NOON, 1)
    await world.pass_all_time()
    renewed = world.told[-1]
    assert isinstance(renewed, PeriodPaid)

    for payment_id in (first, renewed.payment.provider_payment_id):
        await world.provider.refund(asked(payment_id, None, payment_id))
    await world.pass_all_time()

    assert sorted(event.amount_minor for event in refunds(world)) == [800, 990]


async def test_a_dispute_is_opened_and_decided(world: SandboxWorld) -> None:
    payment_id = await bought(world)
    await world.provider.refund(asked(payment_id, 200))

    names = [
        await world.sandbox.dispute(payment_id, status)
        for status in (
            DisputeStatus.OPEN,
            DisputeStatus.OPEN,
            DisputeStatus.LOST,
            DisputeStatus.WON,
            DisputeStatus.OPEN,
        )
    ]
    await hears_all(world)

    told = disputes(world)
    assert {event.dispute_id for event in told} == set(names)
    assert len(set(names)) == 1
    assert [event.status for event in told] == [
        DisputeStatus.OPEN,
        DisputeStatus.LOST,
        DisputeStatus.WON,
    ]
    assert {event.amount_minor for event in told} == {300}
    # The billing clock stands still, and the order in which things were told shows all the same.
    assert [event.as_of for event in told] == sorted({event.as_of for event in told})


async def test_a_bank_may_ask_first_and_asks_once(world: SandboxWorld) -> None:
    payment_id = await bought(world)

    for status in (
        DisputeStatus.INQUIRY,
        DisputeStatus.INQUIRY,
        DisputeStatus.OPEN,
        DisputeStatus.INQUIRY,
        DisputeStatus.WON,
        DisputeStatus.INQUIRY,
    ):
        await world.sandbox.dispute(payment_id, status)
    await hears_all(world)

    told = disputes(world)
    assert [event.status for event in told] == [
        DisputeStatus.INQUIRY,
        DisputeStatus.OPEN,
        DisputeStatus.WON,
    ]
    assert {event.amount_minor for event in told} == {500}


async def test_a_dispute_may_be_decided_that_was_never_opened(world: SandboxWorld) -> None:
    payment_id = await bought(world)

    await world.sandbox.dispute(payment_id, DisputeStatus.LOST)

    (event,) = disputes(world)
    assert (event.status, event.amount_minor) == (DisputeStatus.LOST, 500)


async def test_a_payment_is_read_as_its_webhooks_tell_it(world: SandboxWorld) -> None:
    payment_id = await bought(world)
    assert await world.provider.read_payment(payment_id) == ()
    await world.provider.refund(asked(payment_id, 200))
    await world.sandbox.dispute(payment_id, DisputeStatus.OPEN)
    await hears_all(world)

    refund, dispute = await world.provider.read_payment(payment_id)

    assert isinstance(refund, RefundReported)
    assert refund.refund_id == refunds(world)[0].refund_id
    assert dispute == disputes(world)[0]


@pytest.mark.parametrize("is_plan", [False, True])
async def test_a_checkout_is_read_as_its_webhook_tells_it(
    world: SandboxWorld, is_plan: bool
) -> None:
    order = a_sale(line=a_plan_line()) if is_plan else a_sale()
    ticket = await world.opened(order)
    session_id = f"session_{order.id}"
    assert await world.provider.read_checkout(session_id) == ()

    await world.sandbox.pay(ticket)

    world.clock.advance(days=40)
    await world.pass_all_time()
    assert await world.provider.read_checkout(session_id) == (world.told[0],)


async def test_a_checkout_that_has_run_out_is_read_as_such(world: SandboxWorld) -> None:
    order = a_sale()
    await world.opened(order)
    world.clock.advance(hours=25)

    assert await world.provider.read_checkout(f"session_{order.id}") == (
        CheckoutExpired(order_id=order.id),
    )


async def test_a_subscription_is_read_as_it_stands(world: SandboxWorld) -> None:
    await bought(world, a_sale(line=a_plan_line()))
    (event,) = world.told
    assert isinstance(event, CheckoutPaid)
    reference = event.provider_subscription_id or ""
    ticket = await world.portal_of(customer_id_of(SOMEBODY))
    await world.sandbox.cancel(ticket, reference)

    world.clock.advance(hours=1)
    report = await world.provider.read_subscription(reference)

    assert (report.status, report.cancel_at_period_end) == (ProviderStatus.ACTIVE, True)
    assert report.period == event.period
    assert report.as_of == NOON + timedelta(hours=1)


@pytest.mark.parametrize("reference", ["", "session_unknown", "sub_unknown", "x\0"])
async def test_what_was_never_there_cannot_be_read(world: SandboxWorld, reference: str) -> None:
    for read in (
        world.provider.read_checkout,
        world.provider.read_subscription,
        world.provider.read_price,
    ):
        with pytest.raises(ProviderRefused):
            await read(reference)


async def test_what_has_not_arrived_can_be_pulled_under_its_own_name(world: SandboxWorld) -> None:
    order = a_sale()
    ticket = await world.opened(order)
    world.receiver.statuses = [500]
    await world.sandbox.pay(ticket)
    assert world.told == []

    (pulled,) = [event async for event in world.provider.pull(NOON)]

    (fact,) = await world.provider.translate(pulled)
    assert isinstance(fact, CheckoutPaid)
    world.wall_clock.advance(minutes=10)
    await world.pass_all_time()
    (event,) = world.receiver.taken
    assert (pulled.event_id, pulled.body) == (event.event_id, event.body)
    assert [event async for event in world.provider.pull(NOON)] == []
