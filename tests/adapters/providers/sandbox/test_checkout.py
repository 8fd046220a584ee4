"""What a buyer can do on a checkout page, and what the service hears of it."""

import asyncio

import pytest

from application.ports.sandbox import SandboxCheckout
from domain.payments.errors import PayerUnknown, ProviderRefused
from domain.payments.provider_event import CheckoutExpired, CheckoutFailed, CheckoutPaid
from domain.period import Interval, Period, add_months
from tests.support.clock import NOON
from tests.support.sandbox import PUBLIC_URL, SHOP, SandboxWorld, a_plan_line, a_request, a_sale


async def test_a_checkout_shows_what_is_bought(world: SandboxWorld) -> None:
    order = a_sale(line=a_plan_line(), discount_minor=190, coupon_code="WELCOME")
    ticket = await world.opened(order, email="buyer@example.com")

    shown = await world.sandbox.checkout(ticket)

    assert shown == SandboxCheckout(
        session_id=f"session_{order.id}",
        item="Small",
        interval="monthly",
        credits=1000,
        price_minor=990,
        discount_minor=190,
        total_minor=800,
        currency="USD",
        email="buyer@example.com",
        coupon_code="WELCOME",
        status="open",
        trial_days=0,
        success_url=f"{SHOP}/thanks",
        cancel_url=f"{SHOP}/prices",
    )


async def test_the_ticket_cannot_be_told_from_the_session(world: SandboxWorld) -> None:
    order = a_sale()

    opened = await world.provider.open_checkout(a_request(order))

    ticket = opened.url.removeprefix(f"{PUBLIC_URL}/sandbox/checkout/")
    assert ticket not in opened.session_id
    assert order.id not in ticket
    with pytest.raises(PayerUnknown):
        await world.sandbox.checkout(opened.session_id)


@pytest.mark.parametrize("ticket", ["", "x", "x\0", "\ud800", "../.."])
async def test_a_ticket_that_was_never_given_opens_nothing(
    world: SandboxWorld, ticket: str
) -> None:
    for touch in (
        world.sandbox.checkout,
        world.sandbox.pay,
        world.sandbox.decline,
        world.sandbox.abandon,
        world.sandbox.portal,
    ):
        with pytest.raises(PayerUnknown):
            await touch(ticket)


async def test_a_later_checkout_remembers_the_address_of_an_earlier_one(
    world: SandboxWorld,
) -> None:
    await world.opened(email="buyer@example.com")

    ticket = await world.opened(email=None)

    assert (await world.sandbox.checkout(ticket)).email == "buyer@example.com"


async def test_paying_for_a_pack_tells_what_was_paid(world: SandboxWorld) -> None:
    order = a_sale(discount_minor=120)
    ticket = await world.opened(order)

    goes_to = await world.sandbox.pay(ticket)

    assert goes_to == f"{SHOP}/thanks"
    (event,) = world.told
    assert isinstance(event, CheckoutPaid)
    assert event.order_id == order.id
    assert (event.payment.net_minor, event.payment.tax_minor) == (380, 0)
    assert event.payment.paid_at == NOON
    assert event.customer_id is not None
    assert event.provider_subscription_id is None
    assert event.period is None


@pytest.mark.parametrize("interval", list(Interval))
async def test_paying_for_a_plan_begins_a_subscription(
    world: SandboxWorld, interval: Interval
) -> None:
    ticket = await world.opened(a_sale(line=a_plan_line(interval=interval)))

    await world.sandbox.pay(ticket)

    (event,) = world.told
    assert isinstance(event, CheckoutPaid)
    assert event.provider_subscription_id is not None
    assert event.period == Period(NOON, add_months(NOON, interval.months))


async def test_an_account_is_one_customer_whatever_it_buys(world: SandboxWorld) -> None:
    for order in (a_sale(), a_sale(line=a_plan_line())):
        await world.sandbox.pay(await world.opened(order))

    customers = {event.customer_id for event in world.told if isinstance(event, CheckoutPaid)}
    assert len(customers) == 1


async def test_paying_twice_pays_once(world: SandboxWorld) -> None:
    ticket = await world.opened()

    first = await world.sandbox.pay(ticket)
    second = await world.sandbox.pay(ticket)

    assert second == first
    assert world.told_types == ["checkout.paid"]
    assert (await world.sandbox.checkout(ticket)).status == "paid"


async def test_many_clicks_at_once_pay_once(world: SandboxWorld) -> None:
    ticket = await world.opened(a_sale(line=a_plan_line()))
    other_process = world.another_process()

    async with asyncio.timeout(10):
        await asyncio.gather(
            *(each.pay(ticket) for each in (world.sandbox, other_process) for _ in range(8))
        )

    assert world.told_types == ["checkout.paid"]


async def test_a_declined_card_can_be_followed_by_one_that_pays(world: SandboxWorld) -> None:
    ticket = await world.opened()

    shown = await world.sandbox.decline(ticket)
    await world.sandbox.decline(ticket)
    await world.sandbox.pay(ticket)

    assert shown.status == "open"
    kinds = [type(event) for event in world.told]
    assert kinds == [CheckoutFailed, CheckoutFailed, CheckoutPaid]


async def test_a_card_cannot_be_declined_after_it_paid(world: SandboxWorld) -> None:
    ticket = await world.opened()
    await world.sandbox.pay(ticket)

    shown = await world.sandbox.decline(ticket)

    assert shown.status == "paid"
    assert world.told_types == ["checkout.paid"]


async def test_a_page_that_the_service_closes_cannot_be_paid_any_more(
    world: SandboxWorld,
) -> None:
    order = a_sale()
    opened = await world.provider.open_checkout(a_request(order))
    ticket = opened.url.rpartition("/")[2]

    await world.provider.close_checkout(opened.session_id)
    await world.provider.close_checkout(opened.session_id)
    await world.pass_all_time()

    with pytest.raises(PayerUnknown):
        await world.sandbox.pay(ticket)
    assert world.told == [CheckoutExpired(order_id=order.id)]


async def test_a_page_that_was_paid_stays_paid_when_the_service_closes_it(
    world: SandboxWorld,
) -> None:
    opened = await world.provider.open_checkout(a_request())
    await world.sandbox.pay(opened.url.rpartition("/")[2])

    await world.provider.close_checkout(opened.session_id)
    await world.pass_all_time()

    assert world.told_types == ["checkout.paid"]
    with pytest.raises(ProviderRefused):
        await world.provider.close_checkout("unknown")


async def test_leaving_closes_the_page_for_good(world: SandboxWorld) -> None:
    order = a_sale()
    ticket = await world.opened(order)

    goes_to = await world.sandbox.abandon(ticket)
    again = await world.sandbox.abandon(ticket)

    assert goes_to == again == f"{SHOP}/prices"
    assert world.told == [CheckoutExpired(order_id=order.id)]
    assert (await world.sandbox.checkout(ticket)).status == "closed"
    for touch in (world.sandbox.pay, world.sandbox.decline):
        with pytest.raises(PayerUnknown):
            await touch(ticket)


async def test_leaving_a_paid_page_leads_where_paying_did(world: SandboxWorld) -> None:
    ticket = await world.opened()
    await world.sandbox.pay(ticket)

    assert await world.sandbox.abandon(ticket) == f"{SHOP}/thanks"
    assert world.told_types == ["checkout.paid"]


async def test_a_page_runs_out_after_a_day_and_says_so_once(world: SandboxWorld) -> None:
    order = a_sale()
    ticket = await world.opened(order)

    world.clock.advance(hours=24, seconds=-1)
    assert await world.pass_all_time() == 0
    assert (await world.sandbox.checkout(ticket)).status == "open"
    world.clock.advance(seconds=1)

    # Closed from that instant on, before anybody has noted it.
    assert (await world.sandbox.checkout(ticket)).status == "closed"
    with pytest.raises(PayerUnknown):
        await world.sandbox.pay(ticket)
    await world.pass_all_time()
    assert world.told == [CheckoutExpired(order_id=order.id)]


async def test_two_processes_close_a_page_that_ran_out_once(world: SandboxWorld) -> None:
    for _ in range(5):
        await world.opened()
    processes = [world.sandbox, world.another_process()]
    world.clock.advance(days=2)

    async with asyncio.timeout(20):
        await asyncio.gather(*(each.let_time_pass() for each in processes))
        await world.pass_all_time()

    assert world.told_types == ["checkout.expired"] * 5


async def test_an_order_opened_by_two_processes_at_once_has_one_checkout(
    world: SandboxWorld,
) -> None:
    request = a_request(a_sale())

    async with asyncio.timeout(20):
        opened = await asyncio.gather(*(world.provider.open_checkout(request) for _ in range(8)))

    assert opened == [opened[0]] * 8


async def test_a_paid_page_never_runs_out(world: SandboxWorld) -> None:
    ticket = await world.opened()
    await world.sandbox.pay(ticket)

    world.clock.advance(days=30)
    await world.pass_all_time()

    assert world.told_types == ["checkout.paid"]
    assert (await world.sandbox.checkout(ticket)).status == "paid"


async def test_a_checkout_opened_again_is_the_same_page_whatever_became_of_it(
    world: SandboxWorld,
) -> None:
    order = a_sale()
    ticket = await world.opened(order)
    await world.sandbox.pay(ticket)

    again = await world.opened(order)

    assert again == ticket
    assert (await world.sandbox.checkout(again)).status == "paid"
