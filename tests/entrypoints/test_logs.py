"""Log lines name the request, the account and the order they are about, and never a secret."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.access.role import Scope
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"
CANARY = "a-canary-of-4711"

Line = Mapping[str, Any]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service with nothing in it."""
    async with a_service() as running:
        yield running


async def test_a_refused_request_is_logged_with_its_account_and_its_order(
    service: Service,
) -> None:
    backend = await service.as_backend(Scope.CREDITS_READ)

    with capture_logs() as logged:
        await backend.post("/credits/spend", {"account_id": SOMEBODY, "amount": 1}, key="k")
        await backend.get(f"/orders/{NEVER_WAS}", account_id=SOMEBODY)
        await service.as_user().get("/admin/accounts/user-9/export")

    about = [(line.get("account_id"), line.get("order_id")) for line in logged]
    assert [line["event"] for line in logged] == ["request_refused"] * 3
    assert about == [(None, None), (SOMEBODY, NEVER_WAS), ("user-9", None)]


async def test_no_secret_and_no_text_of_a_customer_is_ever_logged(service: Service) -> None:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    stranger = service.bearing(f"bk_{NEVER_WAS}_{CANARY}")
    forged = service.bearing(f"{CANARY}.{CANARY}.{CANARY}")
    spend = {"account_id": SOMEBODY, "amount": 1, "description": CANARY, "metadata": {"a": CANARY}}

    with capture_logs() as logged:
        for caller in (stranger, forged, backend):
            await caller.post("/credits/spend", spend, key=CANARY)
            await caller.post("/credits/grants", {**spend, "amount": 0}, key=CANARY)
            await caller.get("/credits/balance", secret=CANARY)
            await caller.send("POST", "/payment/webhook/sandbox", raw=CANARY.encode())

    assert {line["event"] for line in logged} == {"request_refused"}
    assert CANARY not in str(logged)
