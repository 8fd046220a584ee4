"""Check-ins and coupons over HTTP, for buyers."""

import asyncio

import pytest

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import some_rules
from tests.support.builders.subscriptions import a_plan
from tests.support.callers import Answer

WEEK = (10, 10, 15, 15, 20, 20, 50)


async def check_in_earns(service: Service, week: tuple[int, ...] = WEEK) -> None:
    async with service.store.begin() as work:
        await work.check_ins.add_rules(some_rules(week=week, award_days=30))
        await work.commit()


async def test_a_check_in_answers_its_award_and_what_comes_next(service: Service) -> None:
    await check_in_earns(service)

    answer = await service.as_user().post("/checkin")

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "award": 10,
            "streak": 1,
            "day": "2026-01-12",
            "balance": 10,
            "grant_id": answer.data["grant_id"],
            "next_at": "2026-01-13T00:00:00Z",
            "next_award": 10,
        },
    }


async def test_the_award_is_a_line_of_the_ledger(service: Service) -> None:
    await check_in_earns(service)
    user = service.as_user()

    await user.post("/checkin", {})

    (line,) = (await user.get("/credits/transactions")).data
    assert (line["type"], line["amount"], line["description"]) == (
        "check_in",
        10,
        "Daily check-in, day 1",
    )
    expiring = (await user.get("/credits/balance")).data["expiring"]
    assert expiring == {"amount": 10, "at": "2026-02-11T12:00:00Z"}


async def test_a_second_check_in_of_a_day_is_told_when_the_next_one_opens(
    service: Service,
) -> None:
    await check_in_earns(service)
    user = service.as_user()
    await user.post("/checkin")
    before = service.kept()

    answer = await user.post("/checkin")

    assert answer.status == 409
    assert answer.error["code"] == "already_checked_in"
    assert answer.error["details"] == {"next_at": "2026-01-13T00:00:00Z"}
    assert service.kept() == before


async def test_many_check_ins_at_once_earn_once(service: Service) -> None:
    await check_in_earns(service)
    user = service.as_user()

    answers = await asyncio.gather(*(user.post("/checkin") for _ in range(8)))

    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert (await user.get("/credits/balance")).data["balance"] == 10


async def test_the_third_day_in_a_row_earns_what_the_week_says(service: Service) -> None:
    await check_in_earns(service)
    user = service.as_user()
    for _ in range(2):
        await user.post("/checkin")
        service.clock.advance(days=1)

    answer = await user.post("/checkin")

    assert (answer.data["streak"], answer.data["award"], answer.data["balance"]) == (3, 15, 35)


async def test_the_status_before_any_check_in(service: Service) -> None:
    await check_in_earns(service)

    answer = await service.as_user().get("/checkin/status")

    assert answer.body == {
        "success": True,
        "data": {
            "enabled": True,
            "checked_in_today": False,
            "can_check_in": True,
            "streak": 0,
            "next_award": 10,
            "next_at": "2026-01-12T12:00:00Z",
            "zone": "UTC",
            "day": "2026-01-12",
        },
    }


async def test_the_status_after_a_check_in(service: Service) -> None:
    await check_in_earns(service)
    user = service.as_user()
    await user.post("/checkin")

    answer = await user.get("/checkin/status")

    assert answer.data == {
        "enabled": True,
        "checked_in_today": True,
        "can_check_in": False,
        "streak": 1,
        "next_award": 10,
        "next_at": "2026-01-13T00:00:00Z",
        "zone": "UTC",
        "day": "2026-01-12",
    }


async def test_where_check_in_is_off_nobody_can(service: Service) -> None:
    user = service.as_user()

    status = await user.get("/checkin/status")
    answer = await user.post("/checkin")

    assert (status.data["enabled"], status.data["can_check_in"]) == (False, False)
    assert (answer.status, answer.code) == (409, "check_in_disabled")


async def test_a_backend_checks_in_the_account_it_names(service: Service) -> None:
    await check_in_earns(service)
    backend = await service.as_backend(Scope.CHECKIN_CREATE)

    answer = await backend.post("/checkin", {"account_id": SOMEBODY_ELSE})
    status = await backend.get("/checkin/status", account_id=SOMEBODY_ELSE)

    assert answer.data["award"] == 10
    assert status.data["checked_in_today"] is True


async def test_the_day_begins_in_the_zone_that_the_users_token_names(service: Service) -> None:
    await check_in_earns(service)
    user = service.as_user(zone="Pacific/Auckland")

    answer = await user.post("/checkin")

    assert answer.data["day"] == "2026-01-13"
    assert answer.data["next_at"] == "2026-01-13T11:00:00Z"
    assert (await user.get("/checkin/status")).data["zone"] == "Pacific/Auckland"


@pytest.mark.parametrize(
    ("email", "zone"), [("no address", "Nowhere/Land"), ("a\x00@b.example", "\x00"), ("@", "..")]
)
async def test_claims_that_make_no_sense_are_no_reason_to_refuse_a_check_in(
    service: Service, email: str, zone: str
) -> None:
    await check_in_earns(service)

    answer = await service.as_user(email=email, zone=zone).post("/checkin")

    assert answer.status == 200
    assert service.kept()["accounts"] == {}


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
