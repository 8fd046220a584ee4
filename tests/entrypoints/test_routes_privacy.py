"""Exporting and erasing an account over HTTP."""

import json
from collections.abc import AsyncIterator

import pytest

from application.access.steps.account_names import BATCH
from domain.access.role import Role
from tests.support.app import Service, a_service
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_inbox_event, an_order

EXPORT = f"/admin/accounts/{SOMEBODY}/export"
ERASE = f"/admin/accounts/{SOMEBODY}/erase"
WHY = {"reason": "Asked for by the customer"}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service, with a customer who bought, spent, and was told about by a provider."""
    async with a_service() as running:
        order = await running.paid()
        body = json.dumps({"order": order.id, "email": "ada@example.com"}).encode()
        event = an_inbox_event(body=body, received_at=running.clock.now)
        async with running.store.begin() as work:
            await work.accounts.save(an_account(email="ada@example.com"))
            await work.inbox.add(event.applied(("credited",), running.clock.now))
            await work.commit()
        spend = {"account_id": SOMEBODY, "amount": 5, "description": "A letter to Ada"}
        await running.as_admin().post(
            "/admin/credits/manual", {**spend, "reason": "For Ada"} | {"amount": 5}, key="m"
        )
        yield running


async def test_an_export_holds_every_section_and_what_is_kept_in_it(service: Service) -> None:
    answer = await service.as_admin().get(EXPORT)

    assert answer.status == 200
    said = answer.data
    assert list(said) == [
        "profile",
        "customers",
        "wallet",
        "grants",
        "transactions",
        "holds",
        "orders",
        "refunds",
        "disputes",
        "coupons_used",
        "subscriptions",
        "check_ins",
        "events",
        "webhooks",
        "request_keys",
        "audit",
    ]
    assert said["profile"][0]["email"] == "ada@example.com"
    assert said["transactions"][0]["text"]["description"].startswith("Purchase")
    assert "ada@example.com" in said["webhooks"][0]["body"]
    assert [len(said[name]) for name in ("wallet", "orders", "webhooks")] == [1, 1, 1]
    assert len(said["grants"]) == len(said["transactions"]) > 0


async def test_after_erasing_nothing_that_was_exported_names_the_person(service: Service) -> None:
    admin = service.as_admin()
    lines = len((await admin.get(EXPORT)).data["transactions"])

    erased = await admin.post(ERASE, WHY, key="e")
    again = await admin.post(ERASE, WHY, key="e")

    said = (await admin.get(EXPORT)).data
    assert (erased.status, again.is_replay, again.data) == (200, True, erased.data)
    assert erased.data["texts"] == lines == len(said["transactions"])
    assert "ada" not in json.dumps({**said, "audit": []}).lower()
    assert (await admin.post("/admin/verify", {})).data["is_clean"]


@pytest.mark.parametrize(
    ("role", "export", "erase"),
    [(Role.VIEWER, 403, 403), (Role.OPERATOR, 403, 403), (Role.TREASURER, 200, 403)],
)
async def test_who_may_move_credits_may_export_and_only_an_owner_erases(
    service: Service, role: Role, export: int, erase: int
) -> None:
    admin = service.as_admin(role)

    assert (await admin.get(EXPORT)).status == export
    assert (await admin.post(ERASE, WHY)).status == erase


async def test_an_unknown_account_is_refused_before_anything_is_sent(service: Service) -> None:
    answer = await service.as_admin().get("/admin/accounts/nobody/export")

    assert (answer.status, answer.code) == (404, "account_not_found")


async def test_an_export_of_more_than_one_batch_keeps_its_sections(service: Service) -> None:
    async with service.store.begin() as work:
        for _ in range(BATCH + 1):
            await work.orders.add(an_order())
        await work.commit()

    said = (await service.as_admin().get(EXPORT)).data

    assert len(said["orders"]) == BATCH + 2
    assert len({order["id"] for order in said["orders"]}) == BATCH + 2
