"""The harnesses judged: each bug they are there for is planted, and each is caught."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.payments.errors import ProviderUnavailable
from tests.providers.business import Business, a_business
from tests.providers.converging import converged, with_provider
from tests.providers.crashing import (
    Receive,
    deliver_until_acknowledged,
    let_it_crash,
    let_it_live,
    received,
)
from tests.providers.goods import HASTY, PACK_PRICE, a_pack_at, a_plan_at
from tests.providers.planted.early_answers import acknowledge_first
from tests.providers.planted.forgetful_books import forget_payments
from tests.providers.planted.new_keys import NewRefundKeys, new_key_on_every_try
from tests.providers.stores import on_memory
from tests.providers.stripe_till import StripeTill
from tests.providers.till import Till
from tests.providers.truth import Differences, differences, unsettled
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import SettableClock

SEEDS = range(1, 13)


@pytest.mark.parametrize("provider", HASTY)
async def test_a_guard_by_the_events_id_alone_is_caught(provider: str) -> None:
    planted = await converged(HASTY[provider], on_memory(), SEEDS, plant=forget_payments)
    sound = await converged(HASTY[provider], on_memory(), SEEDS)

    assert len(planted.wrong) >= 3, planted
    assert not sound.wrong, sound


@pytest.mark.parametrize("provider", HASTY)
async def test_losses_that_nobody_reconciles_are_caught(provider: str) -> None:
    planted = await converged(HASTY[provider], on_memory(), SEEDS, reconciles=False)

    assert len(planted.wrong) >= 3, planted


async def told_through_crashes(provider: str, seed: int, receive: Receive) -> Differences:
    """Deliver everything to a service that keeps dying, each until it is acknowledged."""
    clock, chance = SettableClock(), random.Random(seed)
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock) as business:
        pack, plan = a_pack_at(till), a_plan_at(till)
        await business.offers(pack, plan)
        for thing in (pack, plan):
            order = await business.buy(SOMEBODY, till.channel, thing)
            assert order.session_id is not None
            till.pay(order.session_id)
        clock.advance(days=31)
        till.renew(till.subscriptions()[0].id)
        till.refund(till.payments()[0].id, 100)

        let_it_crash(business, chance)
        crashes = await deliver_until_acknowledged(business, till, chance, receive)
        let_it_live(business)
        clock.advance(hours=1.1)
        await business.work()

        assert crashes > 0 or receive is not received
        return [*await differences(business, till), *await unsettled(business)]


@pytest.mark.parametrize("provider", HASTY)
async def test_an_acknowledgement_before_the_commit_is_caught(provider: str) -> None:
    planted = [await told_through_crashes(provider, seed, acknowledge_first) for seed in SEEDS]
    sound = [await told_through_crashes(provider, seed, received) for seed in SEEDS]

    assert sum(bool(each) for each in planted) >= 3, planted
    assert [each for each in sound if each] == []


class _Lost:
    """The first answer to every kind of request that does something is lost, after it is done."""

    def __init__(self) -> None:
        self.lost: set[str] = set()

    @property
    def middleware(self) -> Middleware:
        """Return it as a middleware."""

        @web.middleware
        async def lose(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if request.method == "POST" and request.path not in self.lost:
                self.lost.add(request.path)
                assert request.transport is not None
                request.transport.abort()
            return answer

        return lose


@asynccontextmanager
async def losing_answers(*planted: Middleware) -> AsyncIterator[tuple[Business, Till]]:
    """Run a service that sells at Stripe, where the first answers are lost."""
    clock = SettableClock()
    till = StripeTill(clock=clock)
    middlewares: Sequence[Middleware] = (_Lost().middleware, *planted)
    async with a_business(till, clock=clock, middlewares=middlewares) as business:
        yield business, till


async def bought_and_refunded(business: Business, till: Till) -> tuple[int, int]:
    """Buy a pack, have a part of it refunded, and return how often either happened there."""
    pack = a_pack_at(till)
    await business.offers(pack)
    order = await business.buy(SOMEBODY, till.channel, pack, key="buy-1")
    assert order.session_id is not None
    till.pay(order.session_id)
    await business.receive_all(till)
    for _ in range(3):
        try:
            await business.refund(order.id, PACK_PRICE // 5, key="refund-1")
        except ProviderUnavailable:
            continue
    return len(till.checkouts()), till.refunds()


async def test_one_key_for_all_tries_opens_one_checkout_and_makes_one_refund() -> None:
    async with losing_answers() as (business, till):
        assert await bought_and_refunded(business, till) == (1, 1)


async def test_a_new_key_for_every_try_is_caught() -> None:
    async with losing_answers(new_key_on_every_try) as (business, till):
        checkouts, refunds = await bought_and_refunded(business, till)

    assert (checkouts, refunds) > (1, 1)
    assert refunds > 1


class _Unheard:
    """The answers to the first refunds are lost for good: no retry is answered either."""

    def __init__(self, silent: int) -> None:
        self.silent = silent

    @property
    def middleware(self) -> Middleware:
        """Return it as a middleware."""

        @web.middleware
        async def keep_silent(request: web.Request, handler: Handler) -> web.StreamResponse:
            answer = await handler(request)
            if request.method == "POST" and request.path == "/v1/refunds" and self.silent > 0:
                self.silent -= 1
                assert request.transport is not None
                request.transport.abort()
            return answer

        return keep_silent


@pytest.mark.parametrize("is_planted", [False, True])
async def test_a_refund_asked_for_again_under_a_new_key_is_caught(is_planted: bool) -> None:
    clock = SettableClock()
    till = StripeTill(clock=clock)
    # As many as the first call tries, so that an admin has to ask again.
    middlewares = [_Unheard(silent=3).middleware]
    async with a_business(till, clock=clock, middlewares=middlewares) as business:
        if is_planted:
            with_provider(business, NewRefundKeys)
        _, refunds = await bought_and_refunded(business, till)

    assert refunds == (2 if is_planted else 1)
