"""Refunds, disputes and frozen accounts for admins over HTTP."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from attrs import evolve

from application.payments.money_back import MoneyBack
from application.ports.provider import Capability
from domain.access.role import Role, Scope
from domain.credits.claw_back import Shortfall
from domain.credits.posting import Posting
from domain.payments.dispute import Dispute
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.order import Order
from domain.payments.provider_event import DisputeReported, DisputeStatus
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.callers import Answer
from tests.support.clock import NOON, fresh_id

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


async def refund(
    service: Service, order: Order, *, key: str = "k", role: Role = Role.TREASURER, **body: object
) -> Answer:
    path = f"/admin/orders/{order.id}/refund"
    return await service.as_admin(role).post(path, {"reason": "By mistake", **body}, key=key)


async def inspected(service: Service, order: Order) -> dict[str, Any]:
    answer = await service.as_admin(Role.VIEWER).get(f"/admin/orders/{order.id}")
    found: dict[str, Any] = answer.data
    return found


async def balance(service: Service, account_id: str = SOMEBODY) -> Mapping[str, object]:
    answer = await service.as_user(account_id).get("/credits/balance")
    found: Mapping[str, object] = answer.data
    return found


async def spends(service: Service, amount: int) -> Answer:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {"account_id": SOMEBODY, "amount": amount}
    return await backend.post("/credits/spend", body, key=fresh_id())


async def is_disputed(service: Service, order: Order) -> Dispute:
    """Let the bank of an order's buyer open a dispute."""
    async with service.store.begin() as work:
        back = MoneyBack(work=work, now=service.clock.now, new_id=fresh_id, shortfall=Shortfall.OWE)
        await back.dispute_reported(
            DisputeReported(
                channel=SANDBOX,
                dispute_id=f"dp_{order.id}",
                payment_ids=(order.provider_payment_id or "",),
                amount_minor=order.total_minor,
                currency="USD",
                status=DisputeStatus.OPEN,
                as_of=service.clock.now,
            )
        )
        (dispute,) = await work.disputes.of_order(order.id)
        await work.commit()
    return dispute


async def test_a_refund_is_answered_as_it_stands(service: Service, order: Order) -> None:
    answer = await refund(service, order, amount=119, kind="duplicate")

    assert answer.status == 201
    assert answer.body == {
        "success": True,
        "data": {
            "id": answer.data["id"],
            "order_id": order.id,
            "account_id": SOMEBODY,
            "amount": 119,
            "currency": "USD",
            "state": "succeeded",
            "kind": "duplicate",
            "reason": "By mistake",
            "failure": None,
            "provider_refund_id": f"re_{answer.data['id']}",
            "created_at": "2026-01-12T12:00:00Z",
            "changed_at": "2026-01-12T12:00:00Z",
        },
    }
    (asked,) = service.provider.refunded
    assert (asked.key, asked.amount_minor) == (answer.data["id"], 119)
    assert asked.provider_payment_id == order.provider_payment_id
    assert (await balance(service))["balance"] == 400


async def test_an_order_shows_all_that_became_of_its_money(service: Service, order: Order) -> None:
    refunded = await refund(service, order, amount=119)
    dispute = await is_disputed(service, order)

    answer = await service.as_admin(Role.VIEWER).get(f"/admin/orders/{order.id}")

    assert answer.body == {
        "success": True,
        "data": {
            "id": order.id,
            "type": "credits",
            "status": "disputed",
            "channel": "sandbox",
            "plan_id": None,
            "pack_id": order.line.item_id,
            "name": order.line.name,
            "interval": None,
            "subtotal": 500,
            "discount": 0,
            "tax": 95,
            "total": 595,
            "refunded": 119,
            "currency": "USD",
            "credits": 500,
            "bonus_credits": 0,
            "coupon_code": None,
            "credit_codes": [],
            "url": None,
            "created_at": "2026-01-12T12:00:00Z",
            "paid_at": "2026-01-12T12:00:00Z",
            "receipt_number": "R-000001",
            "document_url": None,
            "account_id": SOMEBODY,
            "subscription_id": None,
            "session_id": None,
            "provider_payment_id": order.provider_payment_id,
            "second_subscription_id": None,
            "concern": None,
            "claimed": {"taken": 100, "owed": 0, "forgiven": 0, "lapsed": 0},
            "refunds": [refunded.data],
            "disputes": [
                {
                    "id": dispute.id,
                    "order_id": order.id,
                    "account_id": SOMEBODY,
                    "channel": "sandbox",
                    "provider_dispute_id": f"dp_{order.id}",
                    "amount": 595,
                    "currency": "USD",
                    "status": "open",
                    "opened_at": "2026-01-12T12:00:00Z",
                    "changed_at": "2026-01-12T12:00:00Z",
                }
            ],
        },
    }


async def test_without_an_amount_all_that_is_left_goes_back(service: Service, order: Order) -> None:
    await refund(service, order, amount=95, key="1")

    answer = await refund(service, order, key="2")

    assert answer.data["amount"] == 500
    found = await inspected(service, order)
    assert (found["status"], found["refunded"]) == ("refunded", 595)
    assert (await balance(service))["balance"] == 0


async def test_what_was_spent_is_owed_and_the_balance_says_so(
    service: Service, order: Order
) -> None:
    await spends(service, 300)

    await refund(service, order)

    assert await balance(service) == {
        "balance": -300,
        "available": 0,
        "held": 0,
        "paid": 0,
        "free": 0,
        "overdraft": {"limit": 0, "used": 300},
        "expiring": None,
    }
    lines = (await service.as_user().get("/credits/transactions")).data
    assert (lines[0]["type"], lines[0]["amount"]) == ("clawback", -500)
    assert lines[0]["balance_after"] == -300
    assert (await service.as_admin().post("/admin/verify")).data["is_clean"]


async def test_an_unknown_answer_leaves_a_refund_requested_until_it_is_repeated(
    service: Service, order: Order
) -> None:
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)
    silent = await refund(service, order)
    assert (silent.status, silent.code) == (503, "provider_unavailable")
    assert (await inspected(service, order))["refunds"][0]["state"] == "requested"
    assert (await balance(service))["balance"] == 500

    service.provider.refusal = None
    answer = await refund(service, order)

    assert (answer.status, answer.is_replay, answer.data["state"]) == (201, True, "succeeded")
    assert len({asked.key for asked in service.provider.refunded}) == 1
    assert len((await inspected(service, order))["refunds"]) == 1
    assert (await balance(service))["balance"] == 0


async def test_what_the_provider_refuses_is_refused_again_under_the_same_key(
    service: Service, order: Order
) -> None:
    service.provider.refusal = ProviderRefused(channel=SANDBOX, reason="the payment is too old")
    for _ in range(2):
        answer = await refund(service, order)
        assert (answer.status, answer.code) == (422, "provider_refused")
        assert answer.error["details"]["reason"] == "the payment is too old"
    assert len(service.provider.refunded) == 1
    found = await inspected(service, order)
    assert [each["failure"] for each in found["refunds"]] == ["the payment is too old"]
    assert (found["status"], await balance(service))[0] == "paid"

    service.provider.refusal = None
    assert (await refund(service, order, key="another")).data["state"] == "succeeded"


@pytest.mark.parametrize(
    ("able", "amount", "missing"),
    [
        (frozenset[Capability](), None, "refund"),
        (frozenset({Capability.REFUND}), 100, "partial_refund"),
    ],
)
async def test_what_a_provider_cannot_do_is_refused_by_name(
    service: Service, order: Order, able: frozenset[Capability], amount: int | None, missing: str
) -> None:
    service.provider.capabilities = able

    answer = await refund(service, order, amount=amount)

    assert (answer.status, answer.code) == (422, "capability_missing")
    assert answer.error["details"] == {"channel": "sandbox", "capability": missing}
    assert (await inspected(service, order))["refunds"] == []
    assert service.provider.refunded == []


async def test_a_refund_stands_in_the_audit_log(service: Service, order: Order) -> None:
    await refund(service, order, amount=119, kind="fraudulent", role=Role.OWNER)

    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"order:{order.id}", 10)
    assert (entry.action, entry.actor.id, entry.reason) == ("order.refund", "admin-1", "By mistake")
    assert (entry.before, entry.after) == ("paid", "119 USD to go back (fraudulent)")


async def test_a_purchase_that_cost_nothing_gives_its_credits_back_without_a_provider(
    service: Service,
) -> None:
    free = await service.paid(net_minor=0)
    await spends(service, 200)

    answer = await refund(service, free)

    assert (answer.data["amount"], answer.data["state"]) == (0, "succeeded")
    assert service.provider.refunded == []
    assert (await balance(service))["balance"] == 0
    found = await inspected(service, free)
    assert (found["status"], found["claimed"]) == (
        "refunded",
        {"taken": 300, "owed": 0, "forgiven": 200, "lapsed": 0},
    )
    again = await refund(service, free, key="another")
    assert (again.status, again.code) == (409, "order_not_refundable")


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
