"""Coupons over HTTP, for buyers."""

import pytest

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_plan
from tests.support.callers import Answer


async def a_preview(service: Service, **coupon: object) -> Answer:
    plan = a_plan(price_monthly_minor=999, credits_included=10000)
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.commit()
    created = await service.as_admin().post("/admin/billing/coupons", coupon)
    assert created.status == 201, created.body
    body = {"coupon_code": "spring", "type": "subscription", "plan_id": plan.id}
    before = service.kept()
    answer = await service.as_user().post("/coupons/preview", body)
    assert service.kept() == before
    return answer


async def test_a_preview_says_what_a_percentage_takes_off(service: Service) -> None:
    answer = await a_preview(service, code="SPRING", percent_off=25)

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "coupon_code": "SPRING",
            "subtotal": 999,
            "discount": 249,
            "total": 750,
            "currency": "USD",
            "credits": 10000,
            "bonus_credits": 0,
        },
    }


async def test_a_preview_never_takes_off_more_than_the_price(service: Service) -> None:
    answer = await a_preview(service, code="SPRING", amount_off=5000, currency="USD")

    assert (answer.data["discount"], answer.data["total"]) == (999, 0)


async def test_a_preview_shows_credits_that_come_on_top(service: Service) -> None:
    answer = await a_preview(service, code="SPRING", bonus_credits=300)

    assert (answer.data["discount"], answer.data["bonus_credits"]) == (0, 300)


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        ({"code": "OTHER", "percent_off": 25}, "unknown"),
        (
            {"code": "SPRING", "percent_off": 25, "starts_at": "2026-01-12T12:00:01Z"},
            "not_started",
        ),
        ({"code": "SPRING", "percent_off": 25, "ends_at": "2026-01-12T12:00:00Z"}, "ended"),
        ({"code": "SPRING", "amount_off": 100, "currency": "EUR"}, "other_currency"),
    ],
)
async def test_a_preview_says_why_a_code_does_nothing(
    service: Service, coupon: dict[str, object], reason: str
) -> None:
    answer = await a_preview(service, **coupon)

    assert (answer.status, answer.code) == (422, "coupon_refused")
    assert answer.error["details"] == {"reason": reason}


async def test_a_backend_previews_for_the_account_it_names(service: Service) -> None:
    backend = await service.as_backend(Scope.CHECKOUT_CREATE)
    body = {"coupon_code": "spring", "type": "credits", "pack_id": "none"}

    named = await backend.post("/coupons/preview", {**body, "account_id": SOMEBODY})
    unnamed = await backend.post("/coupons/preview", body)

    assert (named.status, named.code) == (404, "pack_not_found")
    assert (unnamed.status, unnamed.paths) == (400, ["account_id"])
