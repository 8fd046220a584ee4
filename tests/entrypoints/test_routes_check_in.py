"""Check-ins over HTTP, for accounts and backends."""

import asyncio

import pytest

from domain.access.role import Scope
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.subscriptions.subscription import SubscriptionStatus
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import some_rules
from tests.support.builders.subscriptions import a_subscription

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
            "milestone": 0,
            "withheld": 0,
            "budget_spent": False,
            "streak": 1,
            "best_streak": 1,
            "freezes": 0,
            "freezes_used": 0,
            "day": "2026-01-12",
            "caught_up": False,
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
            "waits_for_zone": False,
            "streak": 0,
            "best_streak": 0,
            "freezes": 0,
            "freezes_due": 0,
            "next_award": 10,
            "next_at": "2026-01-12T12:00:00Z",
            "next_day": "2026-01-12",
            "next_milestone": None,
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
        "waits_for_zone": False,
        "streak": 1,
        "best_streak": 1,
        "freezes": 0,
        "freezes_due": 0,
        "next_award": 10,
        "next_at": "2026-01-13T00:00:00Z",
        "next_day": "2026-01-13",
        "next_milestone": None,
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


async def in_force(service: Service, rules: CheckInRules) -> None:
    async with service.store.begin() as work:
        await work.check_ins.add_rules(rules)
        await work.commit()


async def test_where_the_budget_is_spent_a_check_in_counts_and_says_so(service: Service) -> None:
    await in_force(service, some_rules(base=10, budgets=Budgets(day=15)))
    await service.as_user("user-1").post("/checkin")

    answer = await service.as_user("user-2").post("/checkin")

    assert answer.status == 200
    assert answer.data == {
        "award": 0,
        "milestone": 0,
        "withheld": 10,
        "budget_spent": True,
        "streak": 1,
        "best_streak": 1,
        "freezes": 0,
        "freezes_used": 0,
        "day": "2026-01-12",
        "caught_up": False,
        "balance": 0,
        "grant_id": None,
        "next_at": "2026-01-13T00:00:00Z",
        "next_award": 10,
    }
    assert (await service.as_user("user-2").get("/credits/transactions")).data == []
    service.clock.advance(days=1)
    following = await service.as_user("user-2").post("/checkin")
    assert (following.data["award"], following.data["streak"]) == (10, 2)


async def test_a_check_in_without_an_award_is_answered_again_under_its_key(
    service: Service,
) -> None:
    await in_force(service, some_rules(base=10, budgets=Budgets(month=9)))
    user = service.as_user()

    first = await user.post("/checkin", key="k")
    again = await user.post("/checkin", key="k")
    without_key = await user.post("/checkin")

    assert (first.data["award"], again.data, again.is_replay) == (0, first.data, True)
    assert (without_key.status, without_key.code) == (409, "already_checked_in")


async def test_a_milestone_is_paid_on_its_day_and_announced_before(service: Service) -> None:
    await in_force(service, some_rules(base=10, milestones=(Milestone(day=2, credits=100),)))
    user = service.as_user()
    await user.post("/checkin")
    service.clock.advance(days=1)

    status = await user.get("/checkin/status")
    answer = await user.post("/checkin")

    assert status.data["next_milestone"] == {"day": 2, "credits": 100}
    assert status.data["next_award"] == 110
    assert (answer.data["award"], answer.data["milestone"]) == (110, 100)
    assert (await user.get("/checkin/status")).data["next_milestone"] is None


async def test_a_missed_day_is_caught_up_and_today_is_open_at_once(service: Service) -> None:
    await in_force(service, some_rules(grace_hours=3))
    user = service.as_user()
    await user.post("/checkin")
    service.clock.advance(hours=38)

    status = await user.get("/checkin/status")
    caught_up = await user.post("/checkin")
    today = await user.post("/checkin")
    third = await user.post("/checkin")

    assert (status.data["day"], status.data["next_day"]) == ("2026-01-14", "2026-01-13")
    assert (caught_up.data["day"], caught_up.data["caught_up"]) == ("2026-01-13", True)
    assert caught_up.data["next_at"] == "2026-01-14T02:00:00Z"
    assert (today.data["day"], today.data["streak"]) == ("2026-01-14", 3)
    assert third.code == "already_checked_in"


async def test_a_paid_plan_multiplies_the_award_once_it_is_active(service: Service) -> None:
    await in_force(service, some_rules(base=10, eligibility=Eligibility(paid_plan_percent=250)))
    async with service.store.begin() as work:
        for account_id, status in (
            (SOMEBODY, SubscriptionStatus.ACTIVE),
            (SOMEBODY_ELSE, SubscriptionStatus.TRIALING),
        ):
            bought = a_subscription(
                account_id=account_id,
                status=status,
                provider_subscription_id=f"sub-{account_id}",
            )
            await work.subscriptions.add(bought)
        await work.commit()

    paid = await service.as_user(SOMEBODY).post("/checkin")
    trying = await service.as_user(SOMEBODY_ELSE).post("/checkin")
    nobody = await service.as_user("user-9").post("/checkin")

    assert [each.data["award"] for each in (paid, trying, nobody)] == [25, 10, 10]


async def test_an_account_nobody_knew_is_known_from_its_first_try_on(service: Service) -> None:
    await in_force(service, some_rules(eligibility=Eligibility(account_days=2)))
    user = service.as_user()

    first = await user.post("/checkin", key="k")
    service.clock.advance(days=1)
    status = await user.get("/checkin/status")
    second = await user.post("/checkin", key="k")
    service.clock.advance(days=1)
    third = await user.post("/checkin", key="k")

    refusals = [(each.code, each.error["details"]) for each in (first, second)]
    assert refusals == [("check_in_not_yet", {"next_at": "2026-01-14T12:00:00Z"})] * 2
    assert (status.data["can_check_in"], status.data["next_at"]) == (False, "2026-01-14T12:00:00Z")
    assert (third.status, third.data["award"]) == (200, 10)


async def test_a_ledger_that_began_before_the_profile_makes_an_account_old_enough(
    service: Service,
) -> None:
    await in_force(service, some_rules(eligibility=Eligibility(account_days=2)))
    await service.give(5)
    service.clock.advance(days=2)

    answer = await service.as_user(SOMEBODY).post("/checkin")

    assert answer.status == 200


async def test_a_month_shows_what_became_of_every_day(service: Service) -> None:
    freezes = Freezes(at_start=1, most=1)
    await in_force(service, some_rules(week=WEEK, freezes=freezes, grace_hours=3))
    user = service.as_user()
    # 12th on time; the 13th caught up at 2 o'clock; 15th frozen; 17th and 18th missed.
    for hours in (0, 38, 0, 60, 72):
        service.clock.advance(hours=hours)
        answer = await user.post("/checkin")
        assert answer.status == 200, answer.body

    month = await user.get("/checkin/calendar")

    data = month.data
    assert (data["month"], data["zone"], data["today"]) == ("2026-01", "UTC", "2026-01-19")
    assert data["streak"] == 1
    assert len(data["days"]) == 31
    found = {day["day"][-2:]: (day["state"], day["reward"], day["streak"]) for day in data["days"]}
    assert [found[f"{day:02}"] for day in range(11, 21)] == [
        ("before", 0, 0),
        ("checked_in", 10, 1),
        ("caught_up", 10, 2),
        ("checked_in", 15, 3),
        ("frozen", 0, 0),
        ("checked_in", 15, 4),
        ("missed", 0, 0),
        ("missed", 0, 0),
        ("checked_in", 10, 1),
        ("ahead", 0, 0),
    ]
    earlier = await user.get("/checkin/calendar", month="2025-12")
    assert {day["state"] for day in earlier.data["days"]} == {"before"}
    later = await user.get("/checkin/calendar", month="2026-02")
    assert [day["state"] for day in later.data["days"]] == ["ahead"] * 28


async def test_a_backend_reads_the_month_of_the_account_it_names(service: Service) -> None:
    await check_in_earns(service)
    backend = await service.as_backend(Scope.CHECKIN_CREATE)

    answer = await backend.get("/checkin/calendar", account_id=SOMEBODY_ELSE)

    (open_day,) = [day for day in answer.data["days"] if day["state"] == "open"]
    assert (open_day["day"], open_day["reward"]) == ("2026-01-12", 10)
