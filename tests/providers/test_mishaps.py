"""Twenty-one mishaps on every call of both adapters: one typed error each time, and in time."""

import asyncio
import logging
import time

import pytest
from aiohttp.test_utils import unused_port

from application.ports.provider import Provider
from domain.errors import BillingError
from domain.payments.errors import ProviderRefused, ProviderUnavailable, WebhookUnreadable
from tests.providers.business import a_business
from tests.providers.calls import CALLS, Things, a_line
from tests.providers.goods import HASTY, a_pack_at
from tests.providers.hardships import hardship
from tests.providers.impatience import DEADLINE_SECONDS, let_rest
from tests.providers.mishaps import REFUSALS, THEIR_WORDS, Mishap, Mishaps
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import SettableClock

ADAPTERS = ("stripe", "creem")


async def _told_by(call: str, provider: Provider, things: Things) -> tuple[BillingError, float]:
    """Make a call that goes wrong, and return what its caller is told, and how soon."""
    began = time.monotonic()
    with pytest.raises((ProviderUnavailable, ProviderRefused, WebhookUnreadable)) as told:
        await CALLS[call](provider, things)
    return told.value, time.monotonic() - began


@pytest.mark.parametrize("mishap", Mishap)
@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_every_call_ends_in_one_typed_error_within_the_deadline(
    adapter: str, mishap: Mishap, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mishaps = Mishaps()
    nobody = f"http://127.0.0.1:{unused_port()}" if mishap is Mishap.REFUSED else None
    async with a_line(adapter, mishaps.middleware, api_base=nobody) as line:
        mishaps.mishap = mishap
        told = await asyncio.gather(*(_told_by(call, line.provider, line.things) for call in CALLS))
        mishaps.over.set()

    for call, (fault, seconds) in zip(CALLS, told, strict=True):
        assert seconds < DEADLINE_SECONDS, call
        # An event whose object is not there cannot be read; it is kept and tried again.
        is_refusal = isinstance(fault, ProviderRefused | WebhookUnreadable)
        assert is_refusal is (mishap in REFUSALS), (call, fault)
        assert THEIR_WORDS not in f"{fault!r}{fault}"
    assert THEIR_WORDS not in caplog.text
    assert mishap is Mishap.REFUSED or mishaps.seen >= len(CALLS)


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_without_a_mishap_every_call_is_answered(adapter: str) -> None:
    asked = [call for call in CALLS if not call.startswith("act")]
    asked += ["act: pause", "act: resume", "act: cancel_at_period_end", "act: undo_cancel"]
    async with a_line(adapter, Mishaps().middleware) as line:
        for call in (*asked, "act: cancel_now"):
            assert await CALLS[call](line.provider, line.things) is not None, call


@pytest.mark.parametrize("after", [False, True], ids=["unheard", "done"])
@pytest.mark.parametrize("mishap", [Mishap.RESET, Mishap.ERROR, Mishap.CUT])
@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_what_failed_is_made_good_by_the_same_request_and_done_once(
    adapter: str, mishap: Mishap, after: bool
) -> None:
    assert await hardship(adapter, mishap, after=after) == []


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_after_five_faults_a_provider_is_left_alone_and_then_asked_again(
    adapter: str,
) -> None:
    mishaps = Mishaps(mishap=Mishap.ERROR)
    clock = SettableClock()
    till = HASTY[adapter](clock)
    middlewares = [mishaps.middleware]
    async with a_business(till, clock=clock, middlewares=middlewares, faults_max=5) as business:
        pack = a_pack_at(till)
        await business.offers(pack)
        for _ in range(6):
            with pytest.raises(ProviderUnavailable):
                await business.buy(SOMEBODY, till.channel, pack)
        asked = mishaps.seen
        mishaps.mishap = None
        with pytest.raises(ProviderUnavailable):
            await business.buy(SOMEBODY, till.channel, pack)
        assert mishaps.seen == asked

        rested = business.container.payment_providers()[till.channel]
        let_rest(rested)
        assert (await business.buy(SOMEBODY, till.channel, pack)).session_id in till.checkouts()
        assert (await business.buy(SOMEBODY, till.channel, pack)).session_id in till.checkouts()
