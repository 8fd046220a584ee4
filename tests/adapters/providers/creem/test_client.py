"""Faults of Creem's: each is a typed error in bounded time, and tells nobody anything."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.providers.breaker import Breaker
from adapters.providers.creem.client import Limits
from adapters.providers.creem.refusals import CreemResting
from application.payments.receive_event import APPLY_SECONDS_MAX
from application.ports.provider import Provider
from application.ports.provider_calls import (
    ChangeBilling,
    PlanChange,
    RefundReason,
    RefundRequest,
    SubscriptionAction,
)
from domain.payments.errors import (
    ProviderBusy,
    ProviderRefused,
    ProviderUnavailable,
    WebhookUnreadable,
)
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON
from tests.support.fake_creem.faults import Fault, Faults
from tests.support.fake_creem.server import API_KEY
from tests.support.fake_creem.telling import an_event
from tests.support.fake_creem.world import (
    HASTY,
    CreemWorld,
    a_pack_order,
    a_request,
    a_subscription_order,
    creem_world,
)

QUICK = Limits(call_seconds=0.2, step_seconds=0.3, wait_seconds=0.0)
CHANGE = PlanChange(
    key="key",
    provider_subscription_id="sub_1",
    reference="prod_1",
    billing=ChangeBilling.NOW,
    proration_at=NOON,
)
REFUND = RefundRequest(
    key="key",
    provider_payment_id="tran_1",
    amount_minor=None,
    reason=RefundReason.DUPLICATE,
)
PAID = an_event(
    "evt_1",
    "subscription.paid",
    0,
    {"id": "sub_1", "status": "active", "last_transaction_id": "tran_1"},
)


async def _pull(provider: Provider) -> None:
    async for _ in provider.pull(NOON - timedelta(days=1)):
        pass


CALLS: dict[str, Callable[[Provider], Awaitable[object]]] = {
    "open_checkout": lambda it: it.open_checkout(a_request(a_pack_order(), "prod_1")),
    "open_checkout with a discount": lambda it: it.open_checkout(
        a_request(a_subscription_order(discount_minor=100), "prod_1")
    ),
    "open_portal": lambda it: it.open_portal("cust_1", "https://shop.example"),
    "translate": lambda it: it.translate(an_inbox_event(channel=it.channel, body=PAID.body)),
    "refund": lambda it: it.refund(REFUND),
    "act": lambda it: it.act("sub_1", SubscriptionAction.CANCEL_NOW, "key"),
    "act after a look": lambda it: it.act("sub_1", SubscriptionAction.RESUME, "key"),
    "preview_change": lambda it: it.preview_change(CHANGE),
    "change_plan": lambda it: it.change_plan(CHANGE),
    "read_checkout": lambda it: it.read_checkout("ch_1"),
    "read_subscription": lambda it: it.read_subscription("sub_1"),
    "read_payment": lambda it: it.read_payment("tran_1"),
    "read_price": lambda it: it.read_price("prod_1"),
    "pull": _pull,
}
UNUSABLE = [
    Fault.REFUSE,
    Fault.HANG,
    Fault.DRIP,
    Fault.TOO_MANY,
    Fault.ERROR,
    Fault.BAD_GATEWAY,
    Fault.HTML,
    Fault.CUT,
    Fault.EMPTY,
    Fault.MISSING_FIELDS,
    Fault.DEEP,
    Fault.HUGE,
    Fault.REDIRECT,
]
REFUSALS = {
    Fault.UNAUTHORISED: "API key",
    Fault.FORBIDDEN: "API key",
    Fault.INVALID: "does not accept this request",
    Fault.NOT_FOUND: "no such thing",
    Fault.CONFLICT: "does not accept this request",
}


@pytest.mark.parametrize("fault", UNUSABLE)
@pytest.mark.parametrize("call", CALLS)
async def test_no_usable_answer_is_one_typed_error_within_the_deadline(
    call: str, fault: Fault
) -> None:
    faults = Faults(always=fault)
    limits = QUICK if fault in {Fault.HANG, Fault.DRIP} else HASTY
    async with creem_world(faults=faults.middleware, limits=limits) as world:
        began = time.monotonic()

        with pytest.raises(ProviderUnavailable):
            await CALLS[call](world.provider)

        assert time.monotonic() - began < 5.0
        assert faults.seen > 0
        faults.over.set()


@pytest.mark.parametrize("fault", REFUSALS)
@pytest.mark.parametrize("call", [each for each in CALLS if each != "translate"])
async def test_a_refusal_is_told_in_our_words(call: str, fault: Fault) -> None:
    async with creem_world(faults=Faults(always=fault).middleware) as world:
        with pytest.raises(ProviderRefused) as refusal:
            await CALLS[call](world.provider)

        assert REFUSALS[fault] in str(refusal.value)
        assert "secret text" not in str(refusal.value)


@pytest.mark.parametrize("fault", REFUSALS)
async def test_an_event_whose_object_cannot_be_read_is_tried_again_later(fault: Fault) -> None:
    async with creem_world(faults=Faults(always=fault).middleware) as world:
        with pytest.raises(WebhookUnreadable):
            await CALLS["translate"](world.provider)


async def test_a_read_is_tried_twice_and_then_given_up() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        product_id = world.books.add_product()
        faults.script("GET /v1/products/{id}", Fault.ERROR)
        assert (await world.provider.read_price(product_id)).amount_minor == 1000

        faults.script("GET /v1/products/{id}", Fault.ERROR, Fault.ERROR)
        with pytest.raises(ProviderUnavailable):
            await world.provider.read_price(product_id)


async def test_what_counts_twice_is_tried_once() -> None:
    faults = Faults(always=Fault.ERROR)
    async with creem_world(faults=faults.middleware) as world:
        with pytest.raises(ProviderUnavailable):
            await world.client.post("/v1/refunds", dict, {"transaction_id": "tran_1"})

        assert faults.seen == 1


async def test_neither_the_key_nor_creems_text_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in (Fault.INVALID, Fault.ERROR, Fault.HTML, Fault.REFUSE, Fault.MISSING_FIELDS):
        async with creem_world(faults=Faults(always=fault).middleware) as world:
            with pytest.raises((ProviderUnavailable, ProviderRefused)):
                await world.provider.read_price("prod_1")
            assert API_KEY not in repr(world.client)
            assert API_KEY not in repr(world.provider)
            assert "whsec" not in repr(world.provider)

    logged = "\n".join(f"{each.getMessage()} {each.__dict__}" for each in caplog.records)
    assert "Creem" in logged
    assert API_KEY not in logged
    assert "secret text" not in logged


async def test_a_wrong_key_is_named_as_such(world: CreemWorld) -> None:
    world.client.api_key = "creem_test_of_another"

    with pytest.raises(ProviderRefused, match="API key"):
        await world.provider.read_price("prod_1")


async def test_after_five_faults_in_a_row_creem_is_left_alone_for_a_while() -> None:
    now = [0.0]
    faults = Faults(always=Fault.ERROR)
    breaker = Breaker(seconds=lambda: now[0])
    async with creem_world(faults=faults.middleware, breaker=breaker) as world:
        product_id = world.books.add_product()
        for _ in range(3):
            with pytest.raises(ProviderUnavailable):
                await world.provider.read_price(product_id)
        assert faults.seen == 5

        with pytest.raises(CreemResting):
            await world.provider.read_price(product_id)
        assert faults.seen == 5

        # After the rest one call is let through; as long as that fails, the rest begins anew.
        now[0] = 15.0
        with pytest.raises(ProviderUnavailable):
            await world.provider.read_price(product_id)
        assert faults.seen == 6

        now[0] = 30.0
        faults.always = None
        assert (await world.provider.read_price(product_id)).amount_minor == 1000
        assert (await world.provider.read_price(product_id)).amount_minor == 1000


async def test_too_many_requests_are_no_fault_and_nobody_asks_for_a_while() -> None:
    now = [0.0]
    faults = Faults(always=Fault.TOO_MANY)
    breaker = Breaker(seconds=lambda: now[0])
    async with creem_world(faults=faults.middleware, breaker=breaker) as world:
        for asked in range(1, 9):
            for _ in range(3):
                with pytest.raises(ProviderBusy):
                    await world.provider.read_price("prod_1")
            assert faults.seen == asked
            now[0] += 1.0


async def test_a_refusal_is_an_answer_and_no_fault() -> None:
    breaker = Breaker()
    async with creem_world(breaker=breaker) as world:
        for _ in range(10):
            with pytest.raises(ProviderRefused):
                await world.provider.read_price("prod_unknown")

        assert breaker.admits()


async def test_what_hangs_does_not_hold_up_what_does_not() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware, limits=QUICK) as world:
        product_id = world.books.add_product()
        faults.script("GET /v1/products/{id}", *[Fault.HANG] * 4)
        hanging = [asyncio.create_task(world.provider.read_price(product_id)) for _ in range(2)]

        opened = await world.opened(a_pack_order(), product_id)

        assert opened.session_id in world.books.checkouts
        for each in await asyncio.gather(*hanging, return_exceptions=True):
            assert isinstance(each, ProviderUnavailable)
        faults.over.set()


async def test_callers_that_give_up_on_silence_are_seen_by_the_breaker_if_they_waited() -> None:
    faults, breaker = Faults(always=Fault.HANG), Breaker()
    limits = Limits(silence_seconds=0.1)
    async with creem_world(faults=faults.middleware, breaker=breaker, limits=limits) as world:
        product_id = world.books.add_product()

        async def is_admitted_after(seconds: float) -> bool:
            for _ in range(5):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await world.provider.read_price(product_id)
            return breaker.admits()

        assert await is_admitted_after(0.02)
        assert not await is_admitted_after(0.2)
        with pytest.raises(CreemResting):
            await world.provider.read_price(product_id)
        faults.over.set()


def test_a_webhook_waits_longer_than_it_takes_to_see_that_nobody_answers() -> None:
    assert Limits().silence_seconds < APPLY_SECONDS_MAX < Limits().call_seconds


async def test_a_client_that_was_closed_opens_again_when_it_is_used(world: CreemWorld) -> None:
    product_id = world.books.add_product()
    await world.provider.read_price(product_id)

    async with world.client:
        pass

    assert (await world.provider.read_price(product_id)).amount_minor == 1000


def test_by_default_a_call_ends_within_ten_seconds() -> None:
    limits = Limits()

    assert limits.call_seconds < limits.step_seconds <= 10.0
