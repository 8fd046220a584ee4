"""The service with a virtual clock and its sandbox, for stories that take a year."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from attrs import define
from dependency_injector import providers

from domain.access.role import Role
from entrypoints.adapter_table import migrate
from entrypoints.container import Container
from entrypoints.http.token_keys import SharedSecret
from entrypoints.http.tokens import LoginTokens
from entrypoints.service import application
from entrypoints.settings import load_settings
from entrypoints.virtual_time import clock_held
from tests.support.app import LOGIN, SHOP, TOKEN_RULES, TOKEN_SECRET, VARIABLES
from tests.support.callers import Answer, Caller, Client
from tests.support.clock import NOON, SettableClock

VIRTUAL = {
    **VARIABLES,
    "BILLING_MODE": "test",
    "BILLING_CLOCK": "virtual",
    "BILLING_CHANNELS": "sandbox",
    "BILLING_SANDBOX_WEBHOOK_SECRET": "a secret that only this test knows",
}


@define(kw_only=True)
class Town:
    """A shop whose time an owner moves. `wall_clock` is the real time, which stands still."""

    container: Container
    client: Client
    wall_clock: SettableClock

    @property
    def owner(self) -> Caller:
        return Caller(client=self.client, credential=LOGIN.admin("admin-1", Role.OWNER, ttl_s=600))

    def as_admin(self, role: Role) -> Caller:
        return Caller(client=self.client, credential=LOGIN.admin("admin-2", role, ttl_s=600))

    def as_user(self, account_id: str) -> Caller:
        return Caller(client=self.client, credential=LOGIN.user(account_id, ttl_s=600))

    async def goes(self, key: str | None = None, **where: object) -> dict[str, Any]:
        """Move the clock: to an instant, or by days or seconds."""
        answer = await self.owner.post("/admin/clock/advance", where, key=key)
        assert answer.status == 200, answer.body
        gone: dict[str, Any] = answer.data
        return gone

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.owner.get("/admin/clock")).data["now"])

    async def orders(self, account_id: str, **what: object) -> Answer:
        """Begin to buy something."""
        back = {"success_url": f"{SHOP}/thanks", "cancel_url": f"{SHOP}/prices"}
        body = {"channel": "sandbox", **what, **back}
        return await self.as_user(account_id).post("/payment/create-session", body)

    async def buys(self, account_id: str, **what: object) -> str:
        """Buy something and pay for it; return the order's id."""
        begun = await self.orders(account_id, **what)
        sandbox = self.container.sandbox()
        assert sandbox is not None
        await sandbox.pay(begun.data["url"].rpartition("/")[2])
        return str(begun.data["order_id"])

    async def balance(self, account_id: str) -> int:
        found: int = (await self.as_user(account_id).get("/credits/balance")).data["balance"]
        return found

    async def lines(self, account_id: str, type: str) -> list[tuple[str, int]]:
        """Return an account's transactions of a type, oldest first: their day, and how much."""
        page = await self.as_user(account_id).get("/credits/transactions?limit=100")
        return [
            (line["created_at"][:10], line["amount"])
            for line in reversed(page.data)
            if line["type"] == type
        ]


@asynccontextmanager
async def a_town(
    url: str = "memory://", *, wall_clock: SettableClock | None = None
) -> AsyncIterator[Town]:
    """Serve a shop with a virtual clock, on any store; nobody has bought anything."""
    container = Container(settings=load_settings({**VIRTUAL, "BILLING_DATABASE_URL": url}))
    clients: list[Client] = []
    real = SettableClock() if wall_clock is None else wall_clock

    async def post(body: bytes, headers: Mapping[str, str]) -> int:
        (client,) = clients
        async with client.post("/payment/webhook/sandbox", data=body, headers=headers) as answer:
            return answer.status

    login = LoginTokens(rules=TOKEN_RULES, keys=SharedSecret(TOKEN_SECRET), seconds=NOON.timestamp)
    container.wall_clock.override(providers.Object(real))
    container.sandbox_post.override(providers.Object(post))
    container.login_tokens.override(providers.Object(login))
    await migrate(container.settings())
    async with (
        container.store(),
        clock_held(container),
        TestClient(TestServer(application(container))) as client,
    ):
        clients.append(client)
        yield Town(container=container, client=client, wall_clock=real)
