"""The orders of all accounts for admins over HTTP."""

import pytest

from domain.access.role import Role
from domain.payments.order import Order, OrderStatus
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import an_order
from tests.support.clock import NOON, SettableClock


async def keep(service: Service, *orders: Order) -> None:
    async with service.store.begin() as work:
        for order in orders:
            await work.orders.add(order)
        await work.commit()


async def test_an_order_shows_whose_it_is(service: Service) -> None:
    order = an_order(account_id=SOMEBODY_ELSE)
    await keep(service, order)

    answer = await service.as_admin(Role.VIEWER).get("/admin/orders")

    assert answer.body == {
        "success": True,
        "data": [
            {
                "id": order.id,
                "type": "credits",
                "status": "pending",
                "channel": "sandbox",
                "plan_id": None,
                "pack_id": order.line.item_id,
                "name": order.line.name,
                "interval": None,
                "subtotal": 500,
                "discount": 0,
                "tax": 0,
                "total": 500,
                "collected": 0,
                "refunded": 0,
                "currency": "USD",
                "credits": 500,
                "bonus_credits": 0,
                "coupon_code": None,
                "credit_codes": [],
                "url": None,
                "created_at": "2026-01-12T12:00:00Z",
                "paid_at": None,
                "receipt_number": None,
                "document_url": None,
                "account_id": SOMEBODY_ELSE,
                "subscription_id": None,
                "session_id": None,
                "provider_payment_id": None,
                "second_subscription_id": None,
                "concern": None,
            }
        ],
        "meta": {"limit": 20, "offset": None, "total": None, "next": None},
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [3, 2, 1, 0]),
        ({"account_id": SOMEBODY}, [2, 0]),
        ({"status": "paid"}, [3, 2]),
        ({"status": "paid", "account_id": SOMEBODY}, [2]),
        ({"from": "2026-01-13T12:00:00Z"}, [3, 2, 1]),
        ({"to": "2026-01-13T12:00:00Z"}, [0]),
        ({"from": "2026-01-13T12:00:00Z", "to": "2026-01-15T12:00:00Z"}, [2, 1]),
        ({"status": "disputed"}, []),
    ],
)
async def test_orders_of_all_accounts_filtered(
    service: Service, query: dict[str, str], found: list[int]
) -> None:
    clock = SettableClock(NOON)
    orders = [
        an_order(
            account_id=SOMEBODY if number % 2 == 0 else SOMEBODY_ELSE,
            status=OrderStatus.PAID if number > 1 else OrderStatus.PENDING,
            created_at=clock.advance(days=1 if number else 0),
        )
        for number in range(4)
    ]
    await keep(service, *orders)

    answer = await service.as_admin().get("/admin/orders", **query)

    assert [order["id"] for order in answer.data] == [orders[number].id for number in found]


async def test_orders_of_all_accounts_page_on(service: Service) -> None:
    orders = [an_order() for _ in range(3)]
    await keep(service, *orders)
    owner = service.as_admin()

    page = await owner.get("/admin/orders", limit=2)
    rest = await owner.get("/admin/orders", limit=2, after=page.body["meta"]["next"])

    assert [order["id"] for order in page.data] == [orders[2].id, orders[1].id]
    assert [order["id"] for order in rest.data] == [orders[0].id]
    assert rest.body["meta"] == {"limit": 2, "offset": None, "total": None, "next": None}
