"""Nothing that is not signed by its provider has an effect, however it is dressed up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from io import BytesIO

import pytest
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from adapters.providers.creem.signature import HEADER as CREEM_HEADER
from adapters.providers.sandbox.signature import HEADER as SANDBOX_HEADER
from adapters.providers.stripe.signature import HEADER as STRIPE_HEADER
from adapters.system import system_clock
from application.ports.paging import PageRequest
from application.ports.payments import InboxFilter
from application.ports.store import Store
from entrypoints.container import Container
from entrypoints.service import application
from entrypoints.settings import load_settings
from tests.providers.business import Business, a_business
from tests.providers.forged import Headers, Scheme, forgeries
from tests.providers.goods import HASTY, PACK_CREDITS, a_pack_at
from tests.races.told import Purchase, paid
from tests.support.app import VARIABLES
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_order
from tests.support.callers import Client
from tests.support.clock import NOON, SettableClock
from tests.support.fake_creem.server import API_KEY
from tests.support.fake_creem.telling import SECRET as CREEM_SECRET
from tests.support.fake_stripe.server import SECRET_KEY, WEBHOOK_SECRET

SANDBOX_SECRET = "a webhook secret that both sides know"
FORTY = 40


def scheme_of(provider: str, body: bytes, at: datetime = NOON) -> Scheme:
    """Return how a provider signs a body at an instant."""
    header, secret, api_key = {
        "stripe": (STRIPE_HEADER, WEBHOOK_SECRET, SECRET_KEY),
        "creem": (CREEM_HEADER, CREEM_SECRET, API_KEY),
        "sandbox": (SANDBOX_HEADER, SANDBOX_SECRET, "sandbox"),
    }[provider]
    return Scheme(
        header=header,
        secret=secret,
        api_key=api_key,
        is_timed=provider != "creem",
        now=int(at.timestamp()),
        body=body,
    )


async def answered(client: Client, channel: str, body: bytes, headers: Headers) -> tuple[int, str]:
    """Deliver a webhook; return the status and the code of the refusal, if it is one."""
    sent = CIMultiDict([("content-type", "application/json"), *headers])
    path = f"/payment/webhook/{channel}"
    async with client.post(path, data=BytesIO(body), headers=sent) as response:
        told = await response.json()
    return response.status, told["error"]["code"] if "error" in told else ""


async def believed(client: Client, channel: str, scheme: Scheme) -> dict[str, tuple[int, str]]:
    """Deliver every forgery; return how those were answered that were not refused as such."""
    every = forgeries(scheme)
    assert len(every) >= FORTY
    found = {
        name: await answered(client, channel, scheme.body, headers)
        for name, headers in every.items()
    }
    return {name: answer for name, answer in found.items() if answer != (400, "signature_refused")}


async def kept(store: Store) -> int:
    """Return how many events lie in the inbox."""
    async with store.read() as work:
        return len((await work.inbox.page(InboxFilter(), PageRequest(limit=100))).items)


@asynccontextmanager
async def something_paid(provider: str) -> AsyncIterator[tuple[Business, bytes]]:
    """Run a service at which a pack was bought and paid; give the news of that as well."""
    clock = SettableClock()
    till = HASTY[provider](clock)
    async with a_business(till, clock=clock, is_served=True) as business:
        await business.offers(pack := a_pack_at(till))
        order = await business.buy(SOMEBODY, till.channel, pack)
        assert order.session_id is not None
        till.pay(order.session_id)
        news = next(each for each in till.news() if each.type.startswith("checkout"))
        yield business, news.body


@pytest.mark.parametrize("provider", HASTY)
async def test_forty_forged_headers_are_refused_and_leave_nothing(provider: str) -> None:
    async with something_paid(provider) as (business, body):
        scheme = scheme_of(provider, body)

        assert await believed(business.client, provider, scheme) == {}
        assert (await kept(business.store), await business.balance(SOMEBODY)) == (0, 0)

        good = await answered(business.client, provider, body, scheme.genuine())
        assert good == (200, "")
        assert await business.balance(SOMEBODY) == PACK_CREDITS


async def test_forty_forged_headers_are_refused_by_the_sandbox_too() -> None:
    settings = {
        **VARIABLES,
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": "sandbox",
        "BILLING_SANDBOX_WEBHOOK_SECRET": SANDBOX_SECRET,
    }
    container = Container(settings=load_settings(settings))
    purchase = Purchase(order_id=an_order().id, account_id=SOMEBODY, net_minor=1)
    scheme = scheme_of("sandbox", paid(purchase), system_clock())
    async with (
        container.store() as store,
        TestClient(TestServer(application(container))) as client,
    ):
        assert await believed(client, "sandbox", scheme) == {}
        assert await kept(store) == 0

        good = await answered(client, "sandbox", scheme.body, scheme.genuine())
        assert good == (200, "")
        assert await kept(store) == 1
