"""A payment at a provider whose webhooks, return page and reconciliation all come at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.test_utils import TestServer
from attrs import frozen

from adapters.providers.creem.signature import CHANNEL as CREEM
from adapters.providers.stripe.signature import CHANNEL as STRIPE
from adapters.system import system_clock
from domain.payments.ids import Channel
from tests.providers.goods import HASTY
from tests.providers.till import Till
from tests.races.configuration import SHOP, user_token
from tests.races.world import (
    PACK_CREDITS,
    PACK_PRICE,
    Violations,
    World,
    a_world,
    an_account,
    unexpected,
)
from tests.support.clock import SettableClock
from tests.support.load import Request
from tests.support.processes import SERVE

DELIVERIES = 8
RETURNS = 8
RECONCILIATIONS = 6

_REFERENCES: Mapping[Channel, str] = {STRIPE: "stripe_price_id", CREEM: "creem_product_id"}


@frozen(kw_only=True)
class Counter:
    """Services on one database, and a till at which they all sell the same pack."""

    world: World
    till: Till
    pack: str

    def buying(self, account_id: str) -> Request:
        """Return the start of a checkout at the till."""
        body = {
            "account_id": account_id,
            "channel": self.till.channel,
            "type": "credits",
            "pack_id": self.pack,
            "success_url": f"{SHOP}/thanks",
            "cancel_url": f"{SHOP}/prices",
        }
        return Request(
            method="POST",
            path="/payment/create-session",
            body=body,
            credential=self.world.backend,
        )

    def hearing(self) -> Sequence[Request]:
        """Return the delivery of all that the provider has told so far."""
        path = f"/payment/webhook/{self.till.channel}"
        return [
            Request(method="POST", path=path, raw=each.body, headers=each.headers)
            for each in self.till.news()
        ]

    def coming_back(self, account_id: str, order_id: str) -> Request:
        """Return the buyer's return from the checkout."""
        return Request(
            method="POST",
            path="/payment/confirm",
            body={"order_id": order_id},
            credential=user_token(account_id),
        )

    def reconciling(self) -> Request:
        """Return the order to compare with the provider, and to mend what differs."""
        return Request(
            method="POST",
            path="/admin/reconcile",
            body={"channel": self.till.channel, "apply": True, "reason": "webhooks were lost"},
            credential=self.world.owner,
        )


@asynccontextmanager
async def a_counter(
    provider: str, database_urls: Sequence[str], folder: Path, *, command: Sequence[str] = SERVE
) -> AsyncIterator[Counter]:
    """Run services on an empty database that sell through a fake of the provider."""
    till = HASTY[provider](SettableClock(now=system_clock()))
    async with TestServer(till.app()) as server:
        address = str(server.make_url("")).rstrip("/")
        variables = {
            **till.settings,
            "BILLING_CHANNELS": f"sandbox,{till.channel}",
            f"BILLING_{till.channel.upper()}_API_BASE": address,
        }
        async with a_world(database_urls, folder, command=command, variables=variables) as world:
            reference = till.enter(PACK_PRICE, "USD", None, is_taxed_in=False)
            pack = {"name": "At the till", "credits": PACK_CREDITS, "price": PACK_PRICE}
            request = Request(
                method="POST",
                path="/admin/billing/packs",
                body={**pack, _REFERENCES[till.channel]: reference},
                credential=world.owner,
            )
            entered = await world.send(request)
            yield Counter(world=world, till=till, pack=entered.data["id"])


async def race_of_all_ways_to_hear(counter: Counter) -> Violations:
    """Pay; then let webhooks, the buyer and comparisons come at once, and all of them again."""
    world, account_id = counter.world, an_account()
    started = (await world.send(counter.buying(account_id))).data
    counter.till.pay(started["session_id"])

    found: Violations = []
    for _ in range(2):
        heard, returned, reconciled = await asyncio.gather(
            world.all([*counter.hearing()] * DELIVERIES),
            world.all([counter.coming_back(account_id, started["order_id"])] * RETURNS),
            world.all([counter.reconciling()] * RECONCILIATIONS),
        )
        found += unexpected(heard, {"200": len(heard)})
        found += unexpected(returned, {"200": RETURNS})
        found += unexpected(reconciled, {"200": RECONCILIATIONS})
        found += [
            f"a comparison found {each}"
            for reply in reconciled
            if reply.is_done
            for each in reply.data["drift"]
            if each["problem"] is not None
        ]
    return [*found, *await _credited_once(counter, account_id)]


async def _credited_once(counter: Counter, account_id: str) -> Violations:
    world = counter.world
    orders, lines = await world.orders(account_id), await world.lines(account_id)
    states = [order["status"] for order in orders]
    last = (await world.send(counter.reconciling())).data
    return [
        *([] if states == ["paid"] else [f"the orders are {states}"]),
        *([] if len(lines) == 1 else [f"{len(lines)} lines for one payment: {lines}"]),
        *([] if last["drift"] == [] else [f"a last look finds {last['drift']}"]),
        *await world.wrong_in_the_end(account_id, PACK_CREDITS),
        *await world.broken_rules(),
    ]
