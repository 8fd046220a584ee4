"""Rates and estimates over HTTP: the exact JSON, and every value that makes no sense."""

from typing import Any

import pytest

from domain.access.role import Role, Scope
from domain.credits.usage import UsageKind
from entrypoints.http.usage import FIELD_OF, UsageBody
from tests.entrypoints.good_requests import RATES, USAGE
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY

PATH = "/admin/rates"
ESTIMATE = "/credits/estimate"
RATE = {"model": "gpt-4o", "kind": "input", "credits": "2.5", "per": 1000}
# The order of a card: by pattern, then as the kinds stand.
IN_ORDER = [RATES["rates"][place] for place in (3, 4, 0, 1, 2)]


async def publish(service: Service, **fields: Any) -> Any:
    answer = await service.as_admin(Role.TREASURER).post(PATH, {**RATES, **fields})
    assert answer.status == 200, answer.body
    return answer.data


async def test_a_new_installation_rates_nothing(service: Service) -> None:
    viewer = service.as_admin(Role.VIEWER)

    current = await viewer.get(f"{PATH}/current")
    listed = await viewer.get(PATH)

    assert current.data == {
        "version": 0,
        "rounding": "up",
        "effective_from": None,
        "effective_to": None,
        "published_at": None,
        "note": "",
        "rates": [],
    }
    assert listed.data == []


async def test_a_published_card_is_in_force_at_once(service: Service) -> None:
    published = await publish(service)

    viewer = service.as_admin(Role.VIEWER)
    current = await viewer.get(f"{PATH}/current")

    assert published == {
        "version": 1,
        "published": True,
        "rounding": "up",
        "effective_from": "2026-01-12T12:00:00Z",
        "changes": [
            {"model": rate["model"], "kind": rate["kind"], "before": None, "after": rate}
            for rate in IN_ORDER
        ],
    }
    assert current.data == {
        "version": 1,
        "rounding": "up",
        "effective_from": "2026-01-12T12:00:00Z",
        "effective_to": None,
        "published_at": "2026-01-12T12:00:00Z",
        "note": "Cached input costs half",
        "rates": IN_ORDER,
    }
    assert (await viewer.get(f"{PATH}/1")).data == current.data


async def test_versions_are_listed_newest_first_and_stay_as_they_were(service: Service) -> None:
    await publish(service)
    await publish(service, effective_from="2026-02-01T00:00:00Z", note="", rates=[RATE])

    viewer = service.as_admin(Role.VIEWER)
    listed = await viewer.get(PATH, limit=1)
    rest = await viewer.get(PATH, after=listed.body["meta"]["next"])

    assert [*listed.data, *rest.data] == [
        {
            "version": 2,
            "rate_count": 1,
            "rounding": "up",
            "effective_from": "2026-02-01T00:00:00Z",
            "effective_to": None,
            "published_at": "2026-01-12T12:00:00Z",
            "note": "",
        },
        {
            "version": 1,
            "rate_count": 5,
            "rounding": "up",
            "effective_from": "2026-01-12T12:00:00Z",
            "effective_to": "2026-02-01T00:00:00Z",
            "published_at": "2026-01-12T12:00:00Z",
            "note": "Cached input costs half",
        },
    ]
    assert (await viewer.get(f"{PATH}/current")).data["version"] == 1
    assert (await viewer.get(f"{PATH}/1")).data["rates"] == IN_ORDER


async def test_an_export_may_be_published_as_it_is_and_changes_nothing(service: Service) -> None:
    await publish(service)

    exported = (await service.as_admin().get(f"{PATH}/1/export")).data
    again = await publish(service, **exported, preview=True)

    assert exported == {**RATES, "rates": IN_ORDER}
    assert (again["version"], again["published"], again["changes"]) == (2, False, [])


async def test_a_preview_tells_the_differences_and_writes_nothing(service: Service) -> None:
    await publish(service)
    before = service.kept()
    dearer = {**RATE, "credits": "3.00"}

    seen = await publish(service, rates=[*RATES["rates"][1:], dearer], preview=True)

    assert seen["changes"] == [
        {"model": "gpt-4o", "kind": "input", "before": RATE, "after": {**RATE, "credits": "3"}}
    ]
    assert (seen["version"], seen["published"]) == (2, False)
    assert service.kept() == before


async def test_who_publishes_and_why_stands_in_the_audit_log(service: Service) -> None:
    await service.as_admin(Role.OWNER, "admin-7").post(PATH, RATES)

    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target("rates", 10)
    assert (entry.action, entry.actor.id) == ("rates.publish", "admin-7")
    assert entry.reason == "Cached input costs half"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_who_may_not_move_credits_may_not_say_what_usage_costs(
    service: Service, role: Role
) -> None:
    answer = await service.as_admin(role).post(PATH, RATES)

    assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize(
    "version", ["0", "-1", "01", "1.0", "x", "9" * 30, "%00", "2", "currently"]
)
async def test_a_version_that_is_none_is_not_found(service: Service, version: str) -> None:
    await publish(service)

    for path in (f"{PATH}/{version}", f"{PATH}/{version}/export"):
        answer = await service.as_admin().get(path)
        assert (answer.status, answer.code) == (404, "rates_not_found")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rates": []}, "rates"),
        ({"rates": [RATE] * 2001}, "rates"),
        ({"rates": [RATE, RATE]}, "rates"),
        ({"rates": [{**RATE, "credits": 2.5}]}, "rates[0].credits"),
        ({"rates": [{**RATE, "credits": "2,5"}]}, "rates[0].credits"),
        ({"rates": [{**RATE, "credits": "-1"}]}, "rates[0].credits"),
        ({"rates": [{**RATE, "credits": "1e3"}]}, "rates[0].credits"),
        ({"rates": [{**RATE, "credits": "9" * 16}]}, "rates[0].credits"),
        ({"rates": [{**RATE, "per": 0}]}, "rates[0].per"),
        ({"rates": [{**RATE, "per": 60}]}, "rates[0].per"),
        ({"rates": [{**RATE, "per": "1000"}]}, "rates[0].per"),
        ({"rates": [{**RATE, "kind": "tokens"}]}, "rates[0].kind"),
        ({"rates": [{**RATE, "model": ""}]}, "rates[0].model"),
        ({"rates": [{**RATE, "model": " gpt"}]}, "rates[0].model"),
        ({"rates": [{**RATE, "model": "x" * 121}]}, "rates[0].model"),
        ({"rates": [{**RATE, "currency": "USD"}]}, "rates[0].currency"),
        ({"rounding": "half_even"}, "rounding"),
        ({"effective_from": "2026-01-12T11:59:59Z"}, "effective_from"),
        ({"effective_from": "2026-02-01"}, "effective_from"),
        ({"expected_version": -1}, "expected_version"),
        ({"preview": "yes"}, "preview"),
        ({"note": "x" * 501}, "note"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_rates_that_make_no_sense_are_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().post(PATH, {**RATES, **change})

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before


async def test_a_card_of_as_many_rates_as_there_may_be_is_read(service: Service) -> None:
    rates = [{**RATE, "model": f"model-{n:04}"} for n in range(2000)]

    published = await publish(service, rates=rates)

    assert len(published["changes"]) == 2000


async def test_an_estimate_says_what_usage_costs_and_whether_it_can_be_paid(
    service: Service,
) -> None:
    await publish(service)
    await service.give(8)

    answer = await service.as_user().post(ESTIMATE, {"usage": USAGE})

    assert answer.body == {
        "success": True,
        "data": {
            "credits": 8,
            "rated": {
                "model": "gpt-4o",
                "credits": 8,
                "exact": "7.83",
                "rate_version": 1,
                "lines": [
                    line("input", 812, "2.5", "2.03"),
                    line("output", 230, "10", "2.3"),
                    line("cached_input", 2000, "1.25", "2.5"),
                    line("reasoning", 100, "10", "1", rated_as="output"),
                ],
            },
            "account": {"available": 8, "missing": 0, "affordable": True},
        },
    }


def line(kind: str, units: int, price: str, exact: str, rated_as: str = "") -> dict[str, object]:
    return {
        "kind": kind,
        "units": units,
        "rated_as": rated_as or kind,
        "pattern": "gpt-4o",
        "credits": price,
        "per": 1000,
        "exact": exact,
    }


async def test_an_estimate_of_an_amount_says_what_is_missing(service: Service) -> None:
    await service.give(8)

    answer = await service.as_user().post(ESTIMATE, {"amount": 10})

    assert answer.data == {
        "credits": 10,
        "rated": None,
        "account": {"available": 8, "missing": 2, "affordable": False},
    }


async def test_a_backend_may_ask_for_the_price_alone_or_for_an_account(service: Service) -> None:
    await publish(service)
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)

    alone = await backend.post(ESTIMATE, {"usage": USAGE})
    named = await backend.post(ESTIMATE, {"usage": USAGE, "account_id": SOMEBODY})

    assert (alone.data["credits"], alone.data["account"]) == (8, None)
    assert named.data["account"] == {"available": 100, "missing": 0, "affordable": True}


async def test_an_estimate_goes_by_the_rates_that_were_published_last(service: Service) -> None:
    body = {"usage": {"model": "gpt-4o", "input_tokens": 1000}}
    exact = []

    for price in ("2.5", "3", "0"):
        await publish(service, rates=[{**RATE, "credits": price}])
        rated = (await service.as_user().post(ESTIMATE, body)).data["rated"]
        exact.append((rated["exact"], rated["rate_version"]))

    assert exact == [("2.5", 1), ("3", 2), ("0", 3)]


async def test_an_estimate_writes_nothing(service: Service) -> None:
    await publish(service)
    await service.give(5)
    before = service.kept()

    await service.as_user().post(ESTIMATE, {"usage": USAGE})

    assert service.kept() == before


async def test_every_kind_of_usage_has_its_field(service: Service) -> None:
    kinds = [{**RATE, "kind": kind.value, "credits": "1", "per": 1} for kind in UsageKind]
    await publish(service, rates=kinds)
    counts = {name: 10**place for place, name in enumerate(FIELD_OF.values())}

    answer = await service.as_user().post(ESTIMATE, {"usage": {"model": "gpt-4o", **counts}})

    assert set(FIELD_OF) == set(UsageKind)
    assert answer.data["credits"] == 11_111_111
    said = {line["kind"]: line["units"] for line in answer.data["rated"]["lines"]}
    assert said == {kind.value: counts[name] for kind, name in FIELD_OF.items()}
    assert UsageBody(model="m", images=2).usage().units == {UsageKind.IMAGE: 2}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "usage"),
        ({"usage": USAGE, "amount": 1}, "usage"),
        ({"amount": 0}, "amount"),
        ({"usage": {"model": "gpt-4o"}}, "usage.input_tokens"),
        ({"usage": {"model": "gpt-4o", "images": 0}}, "usage.input_tokens"),
        ({"usage": {"model": "gpt-4o", "images": -1}}, "usage.images"),
        ({"usage": {"model": "gpt-4o", "images": 1.0}}, "usage.images"),
        ({"usage": {"model": "gpt-4o", "images": True}}, "usage.images"),
        ({"usage": {"model": "gpt-4o", "images": 2**53}}, "usage.images"),
        ({"usage": {"model": "gpt-4o", "tokens": 1}}, "usage.tokens"),
        ({"usage": {"images": 1}}, "usage.model"),
        ({"usage": {"model": "", "images": 1}}, "usage.model"),
        ({"usage": {"model": "gpt-4o ", "images": 1}}, "usage.model"),
        ({"usage": []}, "usage"),
    ],
    ids=str,
)
async def test_usage_that_makes_no_sense_is_refused(
    service: Service, body: dict[str, object], path: str
) -> None:
    answer = await service.as_user().post(ESTIMATE, body)

    assert (answer.status, answer.paths) == (400, [path])


async def test_usage_that_costs_more_than_can_be_counted_is_refused(service: Service) -> None:
    await publish(service, rates=[{**RATE, "credits": "2", "per": 1}])
    usage = {"model": "gpt-4o", "input_tokens": 2**53 - 1}

    answer = await service.as_user().post(ESTIMATE, {"usage": usage})

    assert (answer.status, answer.paths) == (400, ["usage"])
