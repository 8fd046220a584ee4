"""Refunds, disputes and frozen accounts for admins over HTTP."""

import pytest

from application.ports.provider import Capability
from domain.access.role import Role
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.order import Order
from tests.entrypoints.money_back import balance, inspected, is_disputed, refund, spends
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX


@pytest.fixture
async def order(service: Service) -> Order:
    """An order of 500 credits that was paid with 5.00 and 0.95 tax."""
    return await service.paid(tax_minor=95)


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
            "collected": 595,
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
        "frozen": False,
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
