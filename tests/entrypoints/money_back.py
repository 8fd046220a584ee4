"""What the stories about money that goes back are made of."""

from collections.abc import Mapping
from typing import Any

from application.payments.steps.money_back import MoneyBack
from domain.access.role import Role, Scope
from domain.credits.claw_back import Shortfall
from domain.payments.dispute import Dispute
from domain.payments.order import Order
from domain.payments.provider_event import DisputeReported, DisputeStatus
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX
from tests.support.callers import Answer
from tests.support.clock import fresh_id


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
