"""What a check-in earns, for admins over HTTP."""

import pytest

from domain.access.role import Role
from tests.entrypoints.good_requests import CHECK_IN_CONFIG
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY

PATH = "/admin/checkin/config"


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
    ],
)
async def test_rules_that_make_no_sense_are_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().put(PATH, {**CHECK_IN_CONFIG, **change})

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before
