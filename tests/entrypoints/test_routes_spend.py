"""Spends by usage and in batches, refunds of usage, and how far an account may go."""

from typing import Any

import pytest

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.callers import Answer, Caller

OWN = {"account_id": SOMEBODY}
RATES = {
    "rates": [
        {"model": "gpt-4o", "kind": "input", "credits": "1", "per": 100},
        {"model": "free-*", "kind": "input", "credits": "0", "per": 1},
    ]
}


async def batch(backend: Caller, *items: dict[str, Any]) -> Answer:
    return await backend.post("/credits/spend/batch", {"items": list(items)})


def item(key: str, amount: int | None = 5, **said: object) -> dict[str, Any]:
    return {**OWN, "key": key, "amount": amount, **said}


async def test_usage_is_charged_by_the_rates_and_kept_with_their_version(service: Service) -> None:
    await service.as_admin().post("/admin/rates", RATES)
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {**OWN, "usage": {"model": "gpt-4o", "input_tokens": 101}}

    spent = await backend.post("/credits/spend", body, key="k")

    assert (spent.status, spent.data["amount"], spent.data["balance"]) == (201, -2, 98)
    line = (await service.as_user().get("/credits/transactions")).data[0]
    assert (line["usage"]["exact"], line["usage"]["rate_version"]) == ("1.01", 1)


async def test_usage_that_costs_nothing_is_answered_and_writes_no_line(service: Service) -> None:
    await service.as_admin().post("/admin/rates", RATES)
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {**OWN, "usage": {"model": "free-1", "input_tokens": 9}}

    first = await backend.post("/credits/spend", body, key="k")
    again = await backend.post("/credits/spend", body, key="k")

    assert (first.status, again.status, again.is_replay) == (201, 201, True)
    assert (first.data["transaction_id"], first.data["seq"], first.data["amount"]) == (
        None,
        None,
        0,
    )
    assert again.data == first.data
    assert len((await service.as_user().get("/credits/transactions")).data) == 1


async def test_a_repeat_is_answered_though_its_model_has_lost_its_rate(service: Service) -> None:
    await service.as_admin().post("/admin/rates", RATES)
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {**OWN, "usage": {"model": "gpt-4o", "input_tokens": 101}}
    first = await backend.post("/credits/spend", body, key="k")
    await service.as_admin().post("/admin/rates", {"rates": RATES["rates"][1:]})

    again = await backend.post("/credits/spend", body, key="k")
    anew = await backend.post("/credits/spend", body, key="another")

    assert (again.status, again.is_replay, again.data) == (201, True, first.data)
    assert (anew.status, anew.code) == (422, "model_unrated")


async def test_each_item_of_a_batch_has_the_outcome_it_would_have_alone(service: Service) -> None:
    await service.give(12)
    await service.give(50, SOMEBODY_ELSE)
    backend = await service.as_backend(Scope.CREDITS_SPEND, spend_max=40)
    await backend.post("/credits/spend", {**OWN, "amount": 1}, key="before")

    answer = await batch(
        backend,
        item("1"),
        item("2", 7),
        {**item("3"), "account_id": SOMEBODY_ELSE},
        item("1"),
        item("1", 6),
        item("4", 41),
        item("5", 1, type="manual"),
        item("6", None),
        item("before", 1),
        item("7", 1),
    )

    assert answer.status == 200
    results = answer.data["results"]
    keys = [each["key"] for each in results]
    assert keys == ["1", "2", "3", "1", "1", "4", "5", "6", "before", "7"]
    statuses = [each["status"] for each in results]
    assert statuses == [201, 402, 201, 201, 422, 403, 400, 400, 422, 201]
    assert [each["replayed"] for each in results] == [each == 3 for each in range(10)]
    codes = [each["error"] and each["error"]["code"] for each in results]
    assert codes[1] == "insufficient_credits"
    assert codes[4:9] == [
        "idempotency_key_reused",
        "spend_limit_exceeded",
        "reserved_type",
        "invalid_request",
        "idempotency_key_reused",
    ]
    assert results[1]["error"]["details"] == {"requested": 7, "available": 6}
    assert results[3]["data"] == results[0]["data"]
    assert answer.data["refused"] == 6
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 5


async def test_a_batch_of_a_thousand_is_spent_once_however_often_it_is_sent(
    service: Service,
) -> None:
    await service.give(10_000)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    items = [item(f"call-{number}", 1) for number in range(1000)]

    first = await batch(backend, *items)
    again = await batch(backend, *items)

    assert {each["replayed"] for each in first.data["results"]} == {False}
    assert {each["replayed"] for each in again.data["results"]} == {True}
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 9_000


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_batch_has_one_to_a_thousand_items(service: Service, count: int) -> None:
    backend = await service.as_backend(Scope.CREDITS_SPEND)

    answer = await batch(backend, *(item(str(number)) for number in range(count)))

    assert (answer.status, answer.paths) == (400, ["items"])


@pytest.mark.parametrize("key", ["", "two words", "ü", "x" * 256])
async def test_a_key_of_an_item_that_is_no_key_is_refused(service: Service, key: str) -> None:
    backend = await service.as_backend(Scope.CREDITS_SPEND)

    answer = await batch(backend, item("fine"), item(key))

    assert (answer.status, answer.paths) == (400, ["items[1].key"])


async def test_usage_comes_back_in_parts_and_never_more_than_it_cost(service: Service) -> None:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    spent = await backend.post("/credits/spend", {**OWN, "amount": 40}, key="spend")
    path = f"/credits/transactions/{spent.data['transaction_id']}/refund"
    body = {**OWN, "amount": 15, "description": "Cut off"}

    first = await backend.post(path, body, key="first")
    again = await backend.post(path, body, key="first")
    rest = await backend.post(path, OWN, key="rest")
    more = await backend.post(path, OWN, key="more")

    assert (first.status, first.data["amount"], first.data["balance"]) == (201, 15, 75)
    assert (again.is_replay, again.data) == (True, first.data)
    assert (rest.data["amount"], rest.data["balance"]) == (25, 100)
    assert (more.status, more.code) == (409, "usage_refund_too_large")
    lines = (await service.as_user().get("/credits/transactions", type="usage_refund")).data
    assert [line["amount"] for line in lines] == [25, 15]


async def test_an_account_spends_down_to_its_overdraft_and_is_filled_first(
    service: Service,
) -> None:
    admin, backend = service.as_admin(), await service.as_backend(Scope.CREDITS_SPEND)
    path = f"/admin/accounts/{SOMEBODY}/overdraft"
    body = {"limit": 30, "reason": "Pays by invoice"}

    allowed = await admin.put(path, body)
    spent = await backend.post("/credits/spend", {**OWN, "amount": 25}, key="1")
    too_much = await backend.post("/credits/spend", {**OWN, "amount": 6}, key="2")
    await service.give(100)
    balance = (await service.as_user().get("/credits/balance")).data
    ended = await admin.put(path, {**body, "limit": 0})

    assert (allowed.status, allowed.data["limit"], allowed.data["used"]) == (200, 30, 0)
    assert (spent.data["balance"], spent.data["available"]) == (-25, 0)
    assert (too_much.status, too_much.code) == (402, "insufficient_credits")
    assert (balance["balance"], balance["overdraft"]) == (75, {"limit": 30, "used": 0})
    assert ended.data["limit"] == 0
    async with service.store.read() as work:
        entries = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert [entry.after for entry in entries] == ["up to 0", "up to 30"]


async def test_thresholds_are_armed_until_the_account_is_below_them(service: Service) -> None:
    admin, backend = service.as_admin(), await service.as_backend(Scope.CREDITS_SPEND)
    await service.give(100)
    path = f"/admin/accounts/{SOMEBODY}/alerts"

    said = await admin.put(path, {"thresholds": [{"amount": 60}, {"percent": 20}]})
    await backend.post("/credits/spend", {**OWN, "amount": 50}, key="1")
    read = await admin.get(path)

    assert [each["armed"] for each in said.data["thresholds"]] == [True, True]
    assert read.data["thresholds"] == [
        {"amount": 60, "percent": None, "armed": False},
        {"amount": None, "percent": 20, "armed": True},
    ]
    assert (await admin.put(path, {"thresholds": []})).data["thresholds"] == []


@pytest.mark.parametrize(
    "thresholds",
    [[{}], [{"amount": 1, "percent": 1}], [{"percent": 100}], [{"amount": 1}] * 2, [{}] * 6],
    ids=repr,
)
async def test_thresholds_that_make_no_sense_are_refused(
    service: Service, thresholds: list[dict[str, int]]
) -> None:
    path = f"/admin/accounts/{SOMEBODY}/alerts"

    answer = await service.as_admin().put(path, {"thresholds": thresholds})

    assert (answer.status, answer.code) == (400, "invalid_request")
