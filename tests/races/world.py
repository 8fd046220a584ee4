"""Service processes on one database, and what a test asks of them over HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, field

from adapters.stores.sql.postgres import migrate_postgres
from adapters.system import new_id, system_clock
from tests.races.configuration import SHOP, owner_token, user_token, variables_for, zone_at_noon
from tests.races.told import Purchase
from tests.support.load import LoadClient, Reply, Request, a_load_client
from tests.support.processes import SERVE, ServiceProcess, running

Violations = list[str]
"""What a harness found to be wrong, in sentences: nothing, if all is well."""

PACK_CREDITS = 500
PACK_PRICE = 499
PLAN_CREDITS = 1000
PLAN_PRICE = 990
AWARD = 7

_LOOKS_MAX, _LOOK_AGAIN_SECONDS = 300, 0.1
_SCOPES = ["credits:read", "credits:spend", "checkout:create", "checkin:create"]


@define(kw_only=True)
class World:
    """The services, a client that reaches them all, and something on sale.

    `racers` is how many do a thing at once. While `is_proving`, each race runs the whole ledger
    through the rules again when it is over.
    """

    services: Sequence[ServiceProcess]
    client: LoadClient
    racers: int = 64
    is_proving: bool = True
    owner: str = field(factory=owner_token, repr=False)
    backend: str = field(default="", repr=False)
    pack: str = ""
    plan: str = ""
    _turn: Iterable[int] = field(factory=count, init=False)

    @property
    def urls(self) -> list[str]:
        """Where the services answer."""
        return [service.url for service in self.services]

    async def open_shop(self) -> None:
        """Make the backend's key, and put something on sale; check-ins earn the same every day."""
        key = await self._own("POST", "/admin/keys", {"name": "backend", "scopes": _SCOPES})
        pack = {"name": "Pack", "credits": PACK_CREDITS, "price": PACK_PRICE}
        plan = {"name": "Plan", "price_monthly": PLAN_PRICE, "credits_included": PLAN_CREDITS}
        rules = {"enabled": True, "base": AWARD, "zone": zone_at_noon(system_clock())}
        self.backend = key["secret"]
        self.pack = (await self._own("POST", "/admin/billing/packs", pack))["id"]
        self.plan = (await self._own("POST", "/admin/billing/plans", plan))["id"]
        await self._own("PUT", "/admin/checkin/config", rules)

    # What can be asked for.

    def spending(self, account_id: str, amount: int, key: str | None = None) -> Request:
        """Return a spend, under a key of its own unless one is given."""
        body = {"account_id": account_id, "amount": amount}
        return self._asked("/credits/spend", body, key or f"spend-{new_id()}")

    def adjusting(self, account_id: str, amount: int, key: str | None = None) -> Request:
        """Return an adjustment by hand."""
        body = {"account_id": account_id, "amount": amount, "reason": "a race is run"}
        return Request(
            method="POST",
            path="/admin/credits/manual",
            body=body,
            credential=self.owner,
            key=key or f"adjust-{new_id()}",
        )

    def holding(self, account_id: str, amount: int, ttl_s: int = 60) -> Request:
        """Return a hold; silence lets it charge all that it has set aside."""
        body = {"account_id": account_id, "amount": amount, "ttl_s": ttl_s}
        body["on_silence"] = "capture_all"
        return self._asked("/credits/holds", body, f"hold-{new_id()}")

    def about_hold(self, account_id: str, hold_id: str, deed: str, **said: int) -> Request:
        """Return what is to become of a hold: `extend`, `capture` or `release`."""
        body = {"account_id": account_id, **said}
        return self._asked(f"/credits/holds/{hold_id}/{deed}", body, f"{deed}-{new_id()}")

    def refunding(self, account_id: str, transaction_id: str, amount: int) -> Request:
        """Return a refund of so much usage."""
        path = f"/credits/transactions/{transaction_id}/refund"
        body = {"account_id": account_id, "amount": amount}
        return self._asked(path, body, f"refund-{new_id()}")

    def checking_in(self, account_id: str) -> Request:
        """Return a check-in."""
        return self._asked("/checkin", {"account_id": account_id}, None)

    def redeeming(self, account_id: str, code: str) -> Request:
        """Return the use of a code that gives credits by itself."""
        return self._asked("/coupons/redeem", {"account_id": account_id, "code": code}, None)

    def buying(
        self,
        account_id: str,
        *,
        coupon: str | None = None,
        is_plan: bool = False,
        page: str | None = None,
        key: str | None = None,
    ) -> Request:
        """Return the start of a checkout, of the pack unless it is to be the plan.

        Each is begun on a page of its own, so that it is another purchase, unless that is named.
        """
        item = {"type": "subscription", "plan_id": self.plan}
        if not is_plan:
            item = {"type": "credits", "pack_id": self.pack}
        body: dict[str, Any] = {"account_id": account_id, "channel": "sandbox", **item}
        body |= {"success_url": f"{SHOP}/thanks", "cancel_url": f"{SHOP}/{page or new_id()}"}
        if coupon is not None:
            body["coupon_code"] = coupon
        return self._asked("/payment/create-session", body, key or f"buy-{new_id()}")

    # Asking.

    async def send(self, request: Request) -> Reply:
        """Send a request to one service after the other."""
        return await self.client.send(self._next_url(), request)

    async def all(self, requests: Iterable[Request]) -> list[Reply]:
        """Send requests at the same time, spread over the services."""
        return await asyncio.gather(*(self.send(request) for request in requests))

    async def buy(self, account_id: str, *, is_plan: bool = False) -> Purchase:
        """Start a checkout, and return what its provider will tell of it."""
        reply = await self.send(self.buying(account_id, is_plan=is_plan))
        return purchase_of(reply, account_id, is_plan=is_plan)

    async def give(self, account_id: str, amount: int) -> None:
        """Give an account credits that never expire."""
        reply = await self.send(self.adjusting(account_id, amount))
        assert reply.is_done, reply

    async def issue_coupon(self, **limits: int | None) -> str:
        """Issue a coupon for bonus credits, with limits, and return its code."""
        code = f"C{new_id().replace('-', '')[-20:]}".upper()
        body = {"code": code, "bonus_credits": 1, "redeemable_alone": True, **limits}
        await self._own("POST", "/admin/billing/coupons", body)
        return code

    async def make_code(self, coupon_code: str) -> str:
        """Make up a code of a coupon that is good for one use, and return it."""
        path = f"/admin/billing/coupons/{(await self.coupon(coupon_code))['id']}/codes"
        made = await self._own("POST", path, {"count": 1})
        listed = await self._own("GET", f"{path}?batch={made['batch']}")
        return str(listed[0]["code"])

    # What there is to see.

    async def balance(self, account_id: str) -> int:
        """Return what an account holds."""
        found: int = (await self._user_data(account_id, "/credits/balance"))["balance"]
        return found

    async def lines(self, account_id: str) -> list[Mapping[str, Any]]:
        """Return every transaction of an account, newest first."""
        found: list[Mapping[str, Any]] = []
        while True:
            path = f"/credits/transactions?limit=100&offset={len(found)}"
            page = await self._user_data(account_id, path)
            found += page
            if len(page) < 100:
                return found

    async def holds(self, account_id: str) -> list[Mapping[str, Any]]:
        """Return an account's newest holds."""
        path = "/credits/holds?limit=100"
        found: list[Mapping[str, Any]] = await self._user_data(account_id, path)
        return found

    async def orders(self, account_id: str) -> list[Mapping[str, Any]]:
        """Return an account's newest orders."""
        found: list[Mapping[str, Any]] = await self._user_data(account_id, "/orders?limit=100")
        return found

    async def subscription(self, account_id: str) -> Mapping[str, Any] | None:
        """Return an account's subscription."""
        found: Mapping[str, Any] | None = await self._user_data(account_id, "/subscription")
        return found

    async def coupon(self, code: str) -> Mapping[str, Any]:
        """Return a coupon as an admin sees it."""
        every = await self._own("GET", "/admin/billing/coupons?limit=100")
        return next(each for each in every if each["code"] == code)

    async def of_coupon(self, code: str, what: str) -> list[Mapping[str, Any]]:
        """Return all codes, or all uses, of a coupon."""
        path = f"/admin/billing/coupons/{(await self.coupon(code))['id']}/{what}?limit=100"
        found: list[Mapping[str, Any]] = await self._own("GET", path)
        return found

    async def has_route(self, path: str) -> bool:
        """Say whether the service has a route."""
        document = await self.client.send(self.urls[0], Request(method="GET", path="/openapi.json"))
        return path in document.body["paths"]

    async def broken_rules(self) -> Violations:
        """Prove the whole ledger, as `billing verify` does, and say where it is broken."""
        if not self.is_proving:
            return []
        found = await self._own("POST", "/admin/verify")
        wrong = [*found["breaches"], *found["miscounts"]]
        return [f"the ledger or a counter is broken: {each}" for each in wrong]

    async def wrong_balance(self, account_id: str, expected: int) -> Violations:
        """Compare what an account holds with what it must hold."""
        found = await self.balance(account_id)
        return [] if found == expected else [f"{account_id} holds {found}, not {expected}"]

    async def wrong_in_the_end(self, account_id: str, expected: int) -> Violations:
        """Compare what an account holds once its events are applied.

        One that met a lock for too long is acknowledged, kept, and applied a little later.
        """
        wrong = await self.wrong_balance(account_id, expected)
        for _ in range(_LOOKS_MAX):
            if not wrong:
                break
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            wrong = await self.wrong_balance(account_id, expected)
        return wrong

    async def _user_data(self, account_id: str, path: str) -> Any:
        request = Request(method="GET", path=path, credential=user_token(account_id))
        return (await self.client.send_at_last(self._next_url(), request)).data

    async def _own(self, method: str, path: str, body: object = None) -> Any:
        request = Request(method=method, path=path, body=body, credential=self.owner)
        return (await self.client.send_at_last(self._next_url(), request)).data

    def _asked(self, path: str, body: object, key: str | None) -> Request:
        return Request(method="POST", path=path, body=body, credential=self.backend, key=key)

    def _next_url(self) -> str:
        return self.urls[next(iter(self._turn)) % len(self.services)]


def an_account(of: str = "racer") -> str:
    """Return the id of an account that nobody has used."""
    return f"{of}-{new_id()}"


def purchase_of(reply: Reply, account_id: str, *, is_plan: bool = False) -> Purchase:
    """Return what the answer to a checkout's start is about."""
    return Purchase(
        order_id=reply.data["order_id"],
        account_id=account_id,
        net_minor=PLAN_PRICE if is_plan else PACK_PRICE,
        is_plan=is_plan,
    )


def unexpected(replies: Iterable[Reply], expected: Mapping[str, int]) -> Violations:
    """Compare how often each answer was given with how often it had to be.

    An answer is named by its status, and if it is a refusal also by its code: `402
    insufficient_credits`.
    """
    found = Counter(f"{reply.status} {reply.code or ''}".strip() for reply in replies)
    right = Counter({name: times for name, times in expected.items() if times})
    return [] if found == right else [f"answered {dict(found)}, not {dict(right)}"]


@asynccontextmanager
async def a_world(
    database_urls: Sequence[str],
    folder: Path,
    *,
    command: Sequence[str] = SERVE,
    is_keeping_connections: bool = True,
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """Run services on an empty database, each by its own way to it.

    It has our schema already, unless it is a file. `variables` are set beside what is always set,
    or instead of it.
    """
    services = [
        ServiceProcess(
            folder=folder, variables={**variables_for(url), **(variables or {})}, command=command
        )
        for url in database_urls
    ]
    async with (
        a_load_client(is_keeping_connections=is_keeping_connections) as client,
        running(*services),
    ):
        world = World(services=services, client=client)
        await world.open_shop()
        yield world


@asynccontextmanager
async def a_world_on_sqlite(
    folder: Path, *, command: Sequence[str] = SERVE, is_keeping_connections: bool = True
) -> AsyncIterator[World]:
    """Run one service on a new file."""
    async with a_world(
        [f"sqlite:///{folder / 'billing.db'}"],
        folder,
        command=command,
        is_keeping_connections=is_keeping_connections,
    ) as world:
        yield world


@asynccontextmanager
async def a_world_on_postgres(
    dsn: str,
    folder: Path,
    *,
    command: Sequence[str] = SERVE,
    is_keeping_connections: bool = True,
) -> AsyncIterator[World]:
    """Run two services on an empty PostgreSQL database."""
    await migrate_postgres(dsn)
    async with a_world(
        [dsn, dsn], folder, command=command, is_keeping_connections=is_keeping_connections
    ) as world:
        yield world
