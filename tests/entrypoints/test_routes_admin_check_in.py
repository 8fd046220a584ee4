"""What a check-in earns, for admins over HTTP."""

from collections.abc import Mapping

import pytest

from domain.access.role import Role
from tests.entrypoints.good_requests import CHECK_IN_CONFIG
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY

PATH = "/admin/checkin/config"
SIMULATE = "/admin/checkin/simulate"

NOTHING_MORE: Mapping[str, object] = {
    "milestones": [],
    "freezes": {"at_start": 0, "every": None, "most": 0},
    "grace_hours": 0,
    "budgets": {"account_day": None, "day": None, "month": None},
    "eligibility": {"account_days": 0, "paid_plan_percent": 100},
}


async def test_a_new_installation_gives_nothing_away(service: Service) -> None:
    answer = await service.as_admin(Role.VIEWER).get(PATH)

    assert answer.body == {
        "success": True,
        "data": {
            "enabled": False,
            "base": 10,
            "week": None,
            "zone": "UTC",
            "award_days": 30,
            **NOTHING_MORE,
            "version": 0,
            "changed_at": None,
        },
    }


async def test_a_change_is_the_next_version(service: Service) -> None:
    operator = service.as_admin(Role.OPERATOR, "admin-7")

    answer = await operator.put(PATH, CHECK_IN_CONFIG)

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {**CHECK_IN_CONFIG, "version": 1, "changed_at": "2026-01-12T12:00:00Z"},
    }
    assert (await operator.get(PATH)).body == answer.body
    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target("check_in:rules", 10)
    assert (entry.action, entry.actor.id) == ("check_in.change_rules", "admin-7")


async def test_a_change_replaces_the_whole(service: Service) -> None:
    owner = service.as_admin()
    await owner.put(PATH, CHECK_IN_CONFIG)

    answer = await owner.put(PATH, {"enabled": False, "base": 5, "zone": "UTC", "version": 1})

    assert answer.data == {
        "enabled": False,
        "base": 5,
        "week": None,
        "zone": "UTC",
        "award_days": None,
        **NOTHING_MORE,
        "version": 2,
        "changed_at": "2026-01-12T12:00:00Z",
    }


async def test_a_change_of_what_somebody_else_changed_is_refused(service: Service) -> None:
    owner = service.as_admin()
    await owner.put(PATH, CHECK_IN_CONFIG)
    before = service.kept()

    answer = await owner.put(PATH, {**CHECK_IN_CONFIG, "version": 0})

    assert (answer.status, answer.code) == (409, "check_in_config_changed")
    assert answer.error["details"] == {"version": 1}
    assert service.kept() == before


async def test_an_award_keeps_the_version_that_made_it(service: Service) -> None:
    owner = service.as_admin()
    await owner.put(PATH, CHECK_IN_CONFIG)
    await service.as_user().post("/checkin")

    await owner.put(PATH, {**CHECK_IN_CONFIG, "base": 99})

    async with service.store.read() as work:
        made = await work.check_ins.last(SOMEBODY)
    assert made is not None
    assert (made.award, made.rules_version) == (10, 1)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"base": 0}, "base"),
        ({"week": [1, 2, 3]}, "week"),
        ({"week": [1, 2, 3, 4, 5, 6, 0]}, "week[6]"),
        ({"week": [1, 2, 3, 4, 5, 6, 7, 8]}, "week"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../UTC"}, "zone"),
        ({"award_days": 0}, "award_days"),
        ({"award_days": 3651}, "award_days"),
        ({"enabled": 1}, "enabled"),
        ({"milestones": [{"day": 0, "credits": 5}]}, "milestones[0].day"),
        ({"milestones": [{"day": 5, "credits": 0}]}, "milestones[0].credits"),
        ({"milestones": [{"day": 5, "credits": 1}, {"day": 5, "credits": 2}]}, "milestones"),
        ({"milestones": [{"day": n + 1, "credits": 1} for n in range(51)]}, "milestones"),
        ({"freezes": {"at_start": 2, "most": 1}}, "freezes.at_start"),
        ({"freezes": {"most": 31}}, "freezes.most"),
        ({"freezes": {"every": 0}}, "freezes.every"),
        ({"grace_hours": 13}, "grace_hours"),
        ({"grace_hours": -1}, "grace_hours"),
        ({"budgets": {"day": 0}}, "budgets.day"),
        ({"budgets": {"week": 10}}, "budgets.week"),
        ({"eligibility": {"account_days": 366}}, "eligibility.account_days"),
        ({"eligibility": {"paid_plan_percent": 99}}, "eligibility.paid_plan_percent"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().put(PATH, {**CHECK_IN_CONFIG, **change})

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


async def test_rules_as_they_were_before_there_was_more_to_say_are_still_taken(
    service: Service,
) -> None:
    plain = {"enabled": True, "base": 10, "week": None, "zone": "UTC", "award_days": None}

    answer = await service.as_admin().put(PATH, plain)

    assert answer.status == 200
    assert answer.data == {
        **plain,
        **NOTHING_MORE,
        "version": 1,
        "changed_at": "2026-01-12T12:00:00Z",
    }


async def test_rules_are_tried_over_what_really_happened(service: Service) -> None:
    owner = service.as_admin()
    await owner.put(PATH, {"enabled": True, "base": 10, "zone": "UTC"})
    for user, days in (("user-1", 3), ("user-2", 1)):
        for _ in range(days):
            await service.as_user(user).post("/checkin")
            service.clock.advance(days=1)
    service.clock.advance(days=1)
    before = service.kept()
    tried = {"enabled": True, "base": 4, "week": [1, 2, 4, 8, 8, 8, 8], "zone": "UTC"}

    answer = await service.as_admin(Role.VIEWER).post(
        SIMULATE, {**tried, "days": 5, "accounts": 200}
    )

    assert answer.status == 200, answer.body
    assert answer.data == {
        "from_day": "2026-01-12",
        "to_day": "2026-01-16",
        "past": {
            "accounts": 2,
            "check_ins": 4,
            "given": 40,
            "credits": 1 + 2 + 4 + 1,
            "withheld": 0,
            "sample": False,
        },
        "future": {
            "accounts": 200,
            "basis": "history",
            "credits": 800,
            "withheld": 0,
            # The best five days in a row that the week has, for everybody.
            "ceiling": 200 * (4 + 8 + 8 + 8 + 8),
        },
    }
    assert service.kept() == before


async def test_a_budget_bounds_what_any_number_of_accounts_can_cost(service: Service) -> None:
    tried = {"enabled": True, "base": 10, "zone": "UTC", "budgets": {"day": 500, "month": 9000}}

    answer = await service.as_admin().post(
        SIMULATE, {**tried, "days": 10, "accounts": 1000, "share_percent": 100}
    )

    assert (answer.data["from_day"], answer.data["to_day"]) == ("2026-01-02", "2026-01-11")
    assert answer.data["past"]["accounts"] == 0
    assert answer.data["future"] == {
        "accounts": 1000,
        "basis": "model",
        "credits": 5000,
        "withheld": 95000,
        "ceiling": 5000,
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"days": 0}, "days"),
        ({"days": 32}, "days"),
        ({"accounts": 0}, "accounts"),
        ({"accounts": 1_000_001}, "accounts"),
        ({"share_percent": 101}, "share_percent"),
        ({"paid_percent": -1}, "paid_percent"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"version": 1}, "version"),
    ],
)
async def test_a_simulation_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    answer = await service.as_admin().post(SIMULATE, {**CHECK_IN_CONFIG, **change})

    assert (answer.status, answer.paths) == (400, [path])
