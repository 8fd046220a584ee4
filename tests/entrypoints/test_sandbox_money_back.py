"""A purchase in the sandbox, refunded and disputed over HTTP, with nothing in between replaced."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from attrs import define
from dependency_injector import providers

from domain.access.role import Role
from entrypoints.container import Container
from entrypoints.http.token_keys import SharedSecret
from entrypoints.http.tokens import LoginTokens
from entrypoints.service import application
from entrypoints.settings import load_settings
from tests.support.app import LOGIN, SHOP, TOKEN_RULES, TOKEN_SECRET, VARIABLES
from tests.support.builders.credits import SOMEBODY
from tests.support.callers import Caller, Client
from tests.support.clock import NOON, SettableClock

SETTINGS = load_settings(
    {
        **VARIABLES,
        "BILLING_MODE": "test",
        "BILLING_CHANNELS": "sandbox",
        "BILLING_SANDBOX_WEBHOOK_SECRET": "a secret that only this test knows",
    }
)


@define
class Town:
    """The service with its sandbox, an admin, and somebody who buys."""

    container: Container
    client: Client

    @property
    def owner(self) -> Caller:
        return self.as_admin(Role.OWNER)

    def as_admin(self, role: Role) -> Caller:
        return Caller(client=self.client, credential=LOGIN.admin("admin-1", role, ttl_s=600))

    @property
    def buyer(self) -> Caller:
        return Caller(client=self.client, credential=LOGIN.user(SOMEBODY, ttl_s=600))

    async def passes(self) -> None:
        """Let the worker send what the sandbox has to say."""
        sandbox = self.container.sandbox()
        assert sandbox is not None
        for _ in range(20):
            if await sandbox.let_time_pass() == 0:
                return

    async def buys(self) -> str:
        """Buy 500 credits for 4.99 and pay; return the order's id."""
        pack = {"name": "Small", "credits": 500, "price": 499, "currency": "USD"}
        made = await self.owner.post("/admin/billing/packs", pack)
        started = await self.buyer.post(
            "/payment/create-session",
            {
                "channel": "sandbox",
                "type": "credits",
                "pack_id": made.data["id"],
                "success_url": f"{SHOP}/thanks",
                "cancel_url": f"{SHOP}/prices",
            },
        )
        sandbox = self.container.sandbox()
        assert sandbox is not None
        await sandbox.pay(started.data["url"].rpartition("/")[2])
        return str(started.data["order_id"])

    async def order(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.owner.get(f"/admin/orders/{order_id}")).data
        return found

    async def balance(self) -> tuple[int, int]:
        found = (await self.buyer.get("/credits/balance")).data
        return found["balance"], found["available"]

    async def dispute(self, payment_id: str, status: str) -> None:
        body = {"payment_id": payment_id, "status": status}
        answer = await self.owner.post("/admin/sandbox/disputes", body)
        assert answer.data == {"dispute_id": f"dp_{payment_id}", "payment_id": payment_id}


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """A town in which nobody has bought anything."""
    container = Container(settings=SETTINGS)
    clients: list[Client] = []

    async def post(body: bytes, headers: Mapping[str, str]) -> int:
        (client,) = clients
        async with client.post("/payment/webhook/sandbox", data=body, headers=headers) as answer:
            return answer.status

    login = LoginTokens(rules=TOKEN_RULES, keys=SharedSecret(TOKEN_SECRET), seconds=NOON.timestamp)
    container.clock.override(SettableClock())
    container.sandbox_post.override(providers.Object(post))
    container.login_tokens.override(providers.Object(login))
    store = container.store()
    async with store, TestClient(TestServer(application(container))) as client:
        clients.append(client)
        yield Town(container, client)


async def test_a_refund_and_the_webhook_about_it_count_once(town: Town) -> None:
    order_id = await town.buys()
    assert await town.balance() == (500, 500)

    answer = await town.owner.post(
        f"/admin/orders/{order_id}/refund", {"amount": 100, "reason": "Test"}, key="k"
    )
    await town.passes()

    assert answer.data["state"] == "succeeded"
    order = await town.order(order_id)
    assert (order["status"], order["refunded"]) == ("partially_refunded", 100)
    assert [each["provider_refund_id"] for each in order["refunds"]] == [
        answer.data["provider_refund_id"]
    ]
    assert await town.balance() == (400, 400)
    assert (await town.owner.post("/admin/verify")).data["is_clean"]


async def test_a_dispute_is_opened_lost_and_won_on_appeal(town: Town) -> None:
    order_id = await town.buys()
    payment_id = (await town.order(order_id))["provider_payment_id"]
    seen = []

    for status in ("open", "lost", "won"):
        await town.dispute(payment_id, status)
        seen.append(((await town.order(order_id))["status"], await town.balance()))

    assert seen == [
        ("disputed", (500, 0)),
        ("refunded", (0, 0)),
        ("paid", (500, 500)),
    ]
    lines = (await town.buyer.get("/credits/transactions", type="clawback")).data
    assert [line["amount"] for line in lines] == [500, -500]
    assert (await town.owner.post("/admin/verify")).data["is_clean"]


async def test_an_inquiry_is_listed_and_leaves_the_credits_alone(town: Town) -> None:
    order_id = await town.buys()
    payment_id = (await town.order(order_id))["provider_payment_id"]

    await town.dispute(payment_id, "inquiry")

    (listed,) = (await town.owner.get("/admin/disputes", status="inquiry")).data
    assert (listed["order_id"], listed["status"]) == (order_id, "inquiry")
    assert (await town.order(order_id))["status"] == "paid"
    assert await town.balance() == (500, 500)
    refused = await town.owner.post(
        f"/admin/disputes/{listed['id']}/resolve", {"outcome": "inquiry", "reason": "Test"}
    )
    assert (refused.status, refused.code) == (400, "invalid_request")


async def test_a_payment_the_sandbox_never_took_is_not_found(town: Town) -> None:
    body = {"payment_id": "pay_unknown", "status": "open"}

    answer = await town.owner.post("/admin/sandbox/disputes", body)

    assert (answer.status, answer.code) == (404, "payment_not_found")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.TREASURER])
async def test_only_an_owner_plays_the_bank(town: Town, role: Role) -> None:
    body = {"payment_id": "pay_unknown", "status": "open"}

    answer = await town.as_admin(role).post("/admin/sandbox/disputes", body)

    assert (answer.status, answer.code) == (403, "forbidden")
