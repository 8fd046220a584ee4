"""Checkouts and orders over HTTP."""

import asyncio
from typing import Any

import pytest

from domain.access.role import Scope
from domain.payments.errors import ProviderUnavailable
from domain.subscriptions.catalogue import Pack, Plan
from tests.support.app import SHOP, Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import an_order
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.callers import Answer, Caller
from tests.support.signing_provider import SIGNATURE, paid_event, signature_of

BACK = {"success_url": f"{SHOP}/thanks?paid=true", "cancel_url": f"{SHOP}/shop"}


async def on_sale(service: Service, *items: Plan | Pack) -> None:
    async with service.store.begin() as work:
        for item in items:
            if isinstance(item, Plan):
                await work.plans.add(item)
            else:
                await work.packs.add(item)
        await work.commit()


def buying(item: Plan | Pack, **more: object) -> dict[str, object]:
    kind: dict[str, object] = (
        {"type": "subscription", "plan_id": item.id}
        if isinstance(item, Plan)
        else {"type": "credits", "pack_id": item.id}
    )
    return {"channel": "sandbox", **kind, **BACK, **more}


async def buy(caller: Caller, item: Plan | Pack, key: str | None = None, **more: object) -> Answer:
    return await caller.post("/payment/create-session", buying(item, **more), key=key)


async def pay(service: Service, order_id: str, net_minor: int) -> Answer:
    body = paid_event(order_id, net_minor=net_minor, event_id=f"evt_{order_id}")
    signed = {SIGNATURE: signature_of(body)}
    return await service.as_nobody().send(
        "POST", "/payment/webhook/sandbox", raw=body, headers=signed
    )


async def test_a_checkout_answers_where_to_pay(service: Service) -> None:
    plan = a_plan()
    await on_sale(service, plan)

    answer = await buy(service.as_user(), plan)

    order_id = answer.data["order_id"]
    assert answer.status == 201
    assert answer.body == {
        "success": True,
        "data": {
            "url": f"https://pay.example/{order_id}",
            "session_id": f"session_{order_id}",
            "order_id": order_id,
        },
    }


async def test_an_order_waits_to_be_paid_under_its_address(service: Service) -> None:
    plan = a_plan()
    await on_sale(service, plan)
    user = service.as_user()
    order_id = (await buy(user, plan)).data["order_id"]

    answer = await user.get(f"/orders/{order_id}")

    assert answer.body == {
        "success": True,
        "data": {
            "id": order_id,
            "type": "subscription",
            "status": "pending",
            "channel": "sandbox",
            "plan_id": plan.id,
            "pack_id": None,
            "name": plan.name,
            "interval": "monthly",
            "subtotal": 990,
            "discount": 0,
            "tax": 0,
            "total": 990,
            "collected": 0,
            "refunded": 0,
            "currency": "USD",
            "credits": 1000,
            "bonus_credits": 0,
            "coupon_code": None,
            "credit_codes": [],
            "url": f"https://pay.example/{order_id}",
            "created_at": "2026-01-12T12:00:00Z",
            "paid_at": None,
            "receipt_number": None,
            "document_url": None,
        },
    }


async def test_a_paid_order_has_no_address_to_pay_at(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    user = service.as_user()
    order_id = (await buy(user, pack)).data["order_id"]
    service.clock.advance(minutes=3)

    await pay(service, order_id, 500)

    order = (await user.get(f"/orders/{order_id}")).data
    assert (order["status"], order["url"]) == ("paid", None)
    assert (order["plan_id"], order["pack_id"], order["interval"]) == (None, pack.id, None)
    assert order["paid_at"] == "2026-01-12T12:03:00Z"
    assert (await user.get("/credits/balance")).data["balance"] == 500


async def test_a_yearly_checkout_with_a_coupon(service: Service) -> None:
    plan = a_plan(price_yearly_minor=9990)
    await on_sale(service, plan)
    coupon = {"code": "SPRING", "percent_off": 50}
    await service.as_admin().post("/admin/billing/coupons", coupon)
    user = service.as_user()

    answer = await buy(user, plan, interval="yearly", coupon_code="spring")

    order = (await user.get(f"/orders/{answer.data['order_id']}")).data
    assert (order["interval"], order["coupon_code"]) == ("yearly", "SPRING")
    assert (order["subtotal"], order["discount"], order["total"]) == (9990, 4995, 4995)


async def test_what_costs_nothing_is_paid_at_once(service: Service) -> None:
    plan = a_plan(price_monthly_minor=0, price_yearly_minor=0)
    await on_sale(service, plan)
    user = service.as_user()

    answer = await buy(user, plan)

    assert answer.status == 201
    assert answer.data == {
        "url": BACK["success_url"],
        "session_id": None,
        "order_id": answer.data["order_id"],
    }
    order = (await user.get(f"/orders/{answer.data['order_id']}")).data
    assert (order["status"], order["total"], order["url"]) == ("paid", 0, None)
    assert (await user.get("/credits/balance")).data["balance"] == 1000
    assert service.provider.asked == []


async def test_a_backend_buys_for_the_account_it_names(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    backend = await service.as_backend(Scope.CHECKOUT_CREATE, Scope.ORDERS_READ)

    answer = await buy(backend, pack, account_id=SOMEBODY_ELSE)
    listed = await backend.get("/orders", account_id=SOMEBODY_ELSE)

    assert [order["id"] for order in listed.data] == [answer.data["order_id"]]


async def test_the_provider_is_told_the_address_that_the_token_names(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)

    await buy(service.as_user(email="somebody@example.com"), pack)

    assert [request.email for request in service.provider.asked] == ["somebody@example.com"]


async def test_two_checkouts_under_one_key_at_once_make_one_order(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    user = service.as_user()

    answers = await asyncio.gather(*(buy(user, pack, key="once") for _ in range(4)))

    assert len({answer.data["order_id"] for answer in answers}) == 1
    assert sum(answer.is_replay for answer in answers) == 3
    assert (await user.get("/orders")).body["meta"]["total"] == 1


async def test_a_buyer_who_asks_again_is_sent_to_the_same_page(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    user = service.as_user()

    first, again = await buy(user, pack, key="one"), await buy(user, pack, key="other")

    assert (first.status, again.status) == (201, 201)
    assert again.data == first.data
    assert (await user.get("/orders")).body["meta"]["total"] == 1


async def test_orders_are_listed_newest_first_in_pages(service: Service) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    user = service.as_user()
    pages = [f"{SHOP}/{number}" for number in range(3)]
    ids = [(await buy(user, pack, cancel_url=page)).data["order_id"] for page in pages]

    first = await user.get("/orders", limit=2)
    rest = await user.get("/orders", limit=2, after=first.body["meta"]["next"])
    by_offset = await user.get("/orders", limit=2, offset=2)

    assert [order["id"] for order in first.data] == [ids[2], ids[1]]
    assert first.body["meta"] == {"limit": 2, "offset": 0, "total": 3, "next": ids[1]}
    assert [order["id"] for order in rest.data] == [ids[0]]
    assert rest.body["meta"]["next"] is None
    assert by_offset.data == rest.data
    assert by_offset.body["meta"] == {"limit": 2, "offset": 2, "total": 3, "next": None}


async def test_another_accounts_order_is_not_found_just_like_one_that_never_was(
    service: Service,
) -> None:
    order = an_order(account_id=SOMEBODY)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    other = service.as_user(SOMEBODY_ELSE)
    never_was = "0199ffff-0000-7000-8000-000000000000"

    anothers = await other.get(f"/orders/{order.id}")
    unknown = await other.get(f"/orders/{never_was}")

    assert (anothers.status, unknown.status) == (404, 404)
    assert _without_ids(anothers, order.id) == _without_ids(unknown, never_was)
    assert (await other.get("/orders")).data == []
    assert (await service.as_user(SOMEBODY).get(f"/orders/{order.id}")).status == 200


def _without_ids(answer: Answer, order_id: str) -> dict[str, Any]:
    """Return a refusal without what differs from one request to the next."""
    assert answer.error["details"] == {"order_id": order_id}
    return {**answer.error, "details": {"order_id": "…"}, "request_id": "…"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"plan_id": None}, "plan_id"),
        ({"pack_id": "a-pack"}, "pack_id"),
        ({"type": "credits", "plan_id": None}, "pack_id"),
        ({"type": "credits", "plan_id": None, "pack_id": "p", "interval": "yearly"}, "interval"),
        ({"type": "credits", "pack_id": "p"}, "plan_id"),
        ({"type": "hold"}, "type"),
        ({"interval": "weekly"}, "interval"),
    ],
)
async def test_a_purchase_names_what_fits_its_type(
    service: Service, change: dict[str, object], path: str
) -> None:
    body = {**buying(a_plan()), **change}
    before = service.kept()

    answer = await service.as_user().post("/payment/create-session", body)

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/thanks",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "//shop.example/thanks",
        "/thanks",
        "javascript:alert(1)",
        "https://shop.example\\@evil.example/",
        "http://shop.example/",
        "https://shop.example:8443/",
    ],
)
@pytest.mark.parametrize("field", ["success_url", "cancel_url"])
async def test_a_buyer_is_sent_back_to_configured_origins_only(
    service: Service, url: str, field: str
) -> None:
    plan = a_plan()
    await on_sale(service, plan)
    before = service.kept()

    answer = await buy(service.as_user(), plan, **{field: url})

    assert (answer.status, answer.code) == (400, "return_url_not_allowed")
    assert answer.error["details"]["path"] == field
    assert service.kept() == before


async def test_a_provider_that_does_not_answer_can_be_asked_again_under_the_same_key(
    service: Service,
) -> None:
    pack = a_pack()
    await on_sale(service, pack)
    user = service.as_user()
    service.provider.refusal = ProviderUnavailable(channel=service.provider.channel)
    refused = await buy(user, pack, key="k")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")

    service.provider.refusal = None
    answer = await buy(user, pack, key="k")

    assert (answer.status, answer.is_replay) == (201, True)
    assert (await user.get("/orders")).body["meta"]["total"] == 1
