"""Disputes over HTTP, and accounts that are frozen or owe."""

from collections.abc import AsyncIterator

import pytest
from attrs import evolve

from domain.access.role import Role
from domain.credits.posting import Posting
from domain.payments.order import Order
from tests.entrypoints.money_back import balance, inspected, is_disputed, refund, spends
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import NOON

FREEZING = {"BILLING_REFUND_SHORTFALL": "freeze"}


@pytest.fixture
async def order(service: Service) -> Order:
    """An order of 500 credits that was paid with 5.00 and 0.95 tax."""
    return await service.paid(tax_minor=95)


@pytest.fixture
async def strict() -> AsyncIterator[Service]:
    """The service, set to freeze an account whose credits were spent."""
    async with a_service(settings=FREEZING) as served:
        yield served


async def test_disputes_are_listed_newest_first_and_by_status(service: Service) -> None:
    orders = [await service.paid(each) for each in (SOMEBODY, SOMEBODY_ELSE)]
    disputes = [await is_disputed(service, order) for order in orders]
    owner = service.as_admin()
    resolve = f"/admin/disputes/{disputes[0].id}/resolve"
    await owner.post(resolve, {"outcome": "won", "reason": "Test"})

    for query, found in (
        ({}, [1, 0]),
        ({"status": "open"}, [1]),
        ({"status": "won"}, [0]),
        ({"status": "lost"}, []),
    ):
        answer = await owner.get("/admin/disputes", **query)
        assert [each["id"] for each in answer.data] == [disputes[n].id for n in found]
    page = await owner.get("/admin/disputes", limit=1)
    rest = await owner.get("/admin/disputes", limit=1, after=page.body["meta"]["next"])
    assert [page.data[0]["id"], rest.data[0]["id"]] == [disputes[1].id, disputes[0].id]
    assert rest.body["meta"] == {"limit": 1, "offset": None, "total": None, "next": None}


async def test_a_dispute_freezes_the_lot_until_a_person_says_how_it_ended(
    service: Service, order: Order
) -> None:
    dispute = await is_disputed(service, order)
    frozen = await balance(service)
    assert (frozen["balance"], frozen["available"]) == (500, 0)
    path = f"/admin/disputes/{dispute.id}/resolve"

    service.clock.advance(hours=1)
    answer = await service.as_admin(Role.TREASURER).post(
        path, {"outcome": "lost", "reason": "The dashboard says so"}
    )

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "id": dispute.id,
            "order_id": order.id,
            "account_id": SOMEBODY,
            "channel": "sandbox",
            "provider_dispute_id": f"dp_{order.id}",
            "amount": 595,
            "currency": "USD",
            "status": "lost",
            "opened_at": "2026-01-12T12:00:00Z",
            "changed_at": "2026-01-12T13:00:00Z",
        },
    }
    assert (await balance(service))["balance"] == 0
    assert (await inspected(service, order))["status"] == "refunded"

    service.clock.advance(hours=1)
    await service.as_admin().post(path, {"outcome": "won", "reason": "On appeal"})
    after = await balance(service)
    assert (after["balance"], after["available"]) == (500, 500)
    async with service.store.read() as work:
        entries = await work.audit_log.of_target(f"dispute:{dispute.id}", 10)
    assert [(entry.before, entry.after) for entry in entries] == [("lost", "won"), ("open", "lost")]
    assert [entry.reason for entry in entries] == ["On appeal", "The dashboard says so"]


async def test_what_is_resolved_already_stays_so_and_is_not_noted_twice(
    service: Service, order: Order
) -> None:
    dispute = await is_disputed(service, order)
    path = f"/admin/disputes/{dispute.id}/resolve"

    for _ in range(2):
        answer = await service.as_admin().post(path, {"outcome": "lost", "reason": "Test"})
        assert answer.data["status"] == "lost"

    async with service.store.read() as work:
        assert len(await work.audit_log.of_target(f"dispute:{dispute.id}", 10)) == 1


async def test_an_account_is_frozen_by_a_refund_of_spent_credits_and_freed_by_an_admin(
    strict: Service,
) -> None:
    order = await strict.paid()
    await strict.give(50)
    await spends(strict, 300)

    await refund(strict, order)

    refused = await spends(strict, 1)
    assert (refused.status, refused.code) == (403, "account_frozen")
    path = f"/admin/accounts/{SOMEBODY}/unfreeze"
    answer = await strict.as_admin(Role.TREASURER).post(path, {"reason": "It is settled"})
    assert (answer.status, answer.body) == (
        200,
        {"success": True, "data": {"account_id": SOMEBODY, "balance": 50, "available": 50}},
    )
    assert (await spends(strict, 1)).status == 201
    async with strict.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert (entry.action, entry.reason) == ("account.unfreeze", "It is settled")


async def test_an_account_nobody_knows_is_not_found(service: Service) -> None:
    answer = await service.as_admin().post("/admin/accounts/nobody/unfreeze", {"reason": "Test"})

    assert (answer.status, answer.code) == (404, "account_not_found")


async def test_an_owing_account_shows_its_debt_wherever_a_balance_is_shown(
    service: Service,
) -> None:
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        owing = evolve(wallet, overdrawn=40, posted=-40)
        await work.wallets.save(Posting(wallet=owing))
        await work.commit()
    await service.as_admin().put(
        "/admin/checkin/config", {"enabled": True, "base": 5, "zone": "UTC"}
    )

    checked_in = await service.as_user().post("/checkin")
    adjusted = await service.as_admin().post(
        "/admin/credits/manual",
        {"account_id": SOMEBODY, "amount": 10, "reason": "Test"},
        key="k",
    )

    assert checked_in.data["balance"] == -35
    assert (adjusted.data["balance"], adjusted.data["available"]) == (-25, 0)
    assert service.clock.now == NOON
