"""Every call of an adapter, about things that are there, with limits fit for a test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Middleware
from attrs import evolve, frozen

from application.ports.provider import CheckoutRequest, Provider
from application.ports.provider_calls import (
    ChangeBilling,
    PlanChange,
    RefundReason,
    RefundRequest,
    SubscriptionAction,
)
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order, OrderType
from domain.period import Interval
from tests.providers.creem_till import CreemTill
from tests.providers.impatience import NEVER, impatient_creem, impatient_stripe
from tests.providers.stripe_till import StripeTill
from tests.providers.till import News, Till
from tests.support.builders.payments import an_inbox_event, an_order, an_order_line
from tests.support.clock import SettableClock

PRICE = 990


@frozen(kw_only=True)
class Things:
    """What is at the provider to be asked about."""

    pack: Order
    plan: Order
    reference: str
    dearer: str
    session_id: str
    customer_id: str
    payment_id: str
    subscription_id: str
    news: InboxEvent


Call = Callable[[Provider, Things], Awaitable[object]]


@frozen(kw_only=True)
class Line:
    """An adapter on the line to its provider, and what there is to talk about."""

    provider: Provider
    till: Till
    things: Things


async def _opening(provider: Provider, order: Order, reference: str) -> object:
    return await provider.open_checkout(
        CheckoutRequest(order=order, reference=reference, email="a@shop.example", customer_id=None)
    )


async def _pulling(provider: Provider, things: Things) -> object:
    since = things.pack.created_at - timedelta(days=1)
    return [event async for event in provider.pull(since)]


def _acting(action: SubscriptionAction) -> Call:
    return lambda it, of: it.act(of.subscription_id, action, f"key-{action.value}")


def _change(things: Things) -> PlanChange:
    return PlanChange(
        key="change-1",
        provider_subscription_id=things.subscription_id,
        reference=things.dearer,
        billing=ChangeBilling.NOW,
        proration_at=things.pack.created_at + timedelta(days=1),
    )


def _refund(things: Things) -> RefundRequest:
    return RefundRequest(
        key="refund-1",
        provider_payment_id=things.payment_id,
        amount_minor=None,
        reason=RefundReason.REQUESTED,
    )


CALLS: Mapping[str, Call] = {
    "open_checkout": lambda it, of: _opening(it, of.pack, of.reference),
    "open_checkout at a discount": lambda it, of: _opening(it, of.plan, of.dearer),
    "open_portal": lambda it, of: it.open_portal(of.customer_id, "https://shop.example"),
    "translate": lambda it, of: it.translate(of.news),
    "refund": lambda it, of: it.refund(_refund(of)),
    **{f"act: {action.value}": _acting(action) for action in SubscriptionAction},
    "preview_change": lambda it, of: it.preview_change(_change(of)),
    "change_plan": lambda it, of: it.change_plan(_change(of)),
    "read_checkout": lambda it, of: it.read_checkout(of.session_id),
    "read_subscription": lambda it, of: it.read_subscription(of.subscription_id),
    "read_payment": lambda it, of: it.read_payment(of.payment_id),
    "read_price": lambda it, of: it.read_price(of.reference),
    "pull": _pulling,
}
"""All but closing a checkout, which Creem has no call for."""


@asynccontextmanager
async def a_line(
    name: str, middleware: Middleware, *, api_base: str | None = None
) -> AsyncIterator[Line]:
    """Connect an adapter that soon loses patience, and whose breaker never opens.

    With `api_base` it calls an address where nobody may listen.
    """
    clock = SettableClock()
    till: Till = StripeTill(clock=clock) if name == "stripe" else CreemTill(clock=clock)
    impatient = impatient_stripe if name == "stripe" else impatient_creem
    server = TestServer(till.app([middleware]))
    async with server:
        address = str(server.make_url("")).rstrip("/")
        async with impatient(address, clock, faults_max=NEVER) as provider:
            things = await _things(provider, till)
        async with impatient(api_base or address, clock, faults_max=NEVER) as provider:
            yield Line(provider=provider, till=till, things=things)


async def _things(provider: Provider, till: Till) -> Things:
    pack_reference = till.enter(PRICE, "EUR", None, is_taxed_in=False)
    plan_reference, dearer = (
        till.enter(price, "EUR", Interval.MONTHLY, is_taxed_in=False) for price in (PRICE, 2900)
    )
    pack = an_order(channel=till.channel, line=an_order_line(price_minor=PRICE, currency="EUR"))
    plan_line = an_order_line(
        type=OrderType.SUBSCRIPTION,
        interval=Interval.MONTHLY,
        price_minor=2900,
        currency="EUR",
    )
    sold = _to_be_sold(an_order(channel=till.channel, line=plan_line))
    opened = await provider.open_checkout(
        CheckoutRequest(order=sold, reference=plan_reference, email=None, customer_id=None)
    )
    till.pay(opened.session_id)
    return Things(
        pack=_to_be_sold(pack),
        plan=_to_be_sold(an_order(channel=till.channel, line=plan_line, discount_minor=100)),
        reference=pack_reference,
        dearer=dearer,
        session_id=opened.session_id,
        customer_id=till.customers()[0],
        payment_id=till.payments()[0].id,
        subscription_id=till.subscriptions()[0].id,
        news=_asking(till),
    )


def _to_be_sold(order: Order) -> Order:
    return evolve(order, success_url="https://shop.example", cancel_url="https://shop.example")


def _asking(till: Till) -> InboxEvent:
    """Return an event that cannot be understood without asking the provider."""
    subscription_id = till.subscriptions()[0].id
    if isinstance(till, CreemTill):
        till.books.become(subscription_id, "active", told_as="expired")
    else:
        till.end_with_period(subscription_id)
    told: News = till.news()[-1]
    return an_inbox_event(channel=till.channel, event_id=told.id, type=told.type, body=told.body)
