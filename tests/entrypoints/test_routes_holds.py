"""Holds over HTTP: from the first word of an answer to the charge for it."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.callers import Answer, Caller

OWN = {"account_id": SOMEBODY}
RATES = {
    "rates": [
        {"model": "gpt-4o", "kind": "input", "credits": "1", "per": 100},
        {"model": "gpt-4o", "kind": "output", "credits": "4", "per": 100},
        {"model": "free-*", "kind": "input", "credits": "0", "per": 1},
    ]
}


async def backend_of(service: Service, balance: int = 100) -> Caller:
    await service.give(balance)
    return await service.as_backend(Scope.CREDITS_SPEND)


async def hold(backend: Caller, key: str = "hold", **said: Any) -> Answer:
    body = {**OWN, "amount": 60, **said}
    return await backend.post("/credits/holds", body, key=key)


async def tell(backend: Caller, held: Answer, deed: str, key: str = "", **said: Any) -> Answer:
    path = f"/credits/holds/{held.data['id']}/{deed}"
    return await backend.post(path, {**OWN, **said}, key=key or deed)


async def test_a_hold_is_placed_kept_alive_and_captured(service: Service) -> None:
    backend = await backend_of(service)

    held = await hold(backend, ttl_s=120, description="A chat", metadata={"call": 7})
    assert (held.status, held.data) == (
        201,
        {
            "id": held.data["id"],
            "amount": 60,
            "expires_at": "2026-01-12T12:02:00Z",
            "held": 60,
            "balance": 100,
            "available": 40,
            "created_at": "2026-01-12T12:00:00Z",
        },
    )
    service.clock.advance(minutes=1)
    extended = await tell(backend, held, "extend", ttl_s=120, reported=35)
    assert (extended.status, extended.data) == (
        200,
        {
            "id": held.data["id"],
            "amount": 60,
            "reported": 35,
            "is_covered": True,
            "expires_at": "2026-01-12T12:03:00Z",
            "held": 60,
            "balance": 100,
            "available": 40,
        },
    )
    captured = await tell(backend, held, "capture", amount=57)
    assert (captured.status, captured.data) == (
        200,
        {
            "id": held.data["id"],
            "captured": 57,
            "released": 3,
            "shortfall": 0,
            "transaction_id": captured.data["transaction_id"],
            "held": 0,
            "balance": 43,
            "available": 43,
            "ended_at": "2026-01-12T12:01:00Z",
        },
    )
    line = (await service.as_user().get("/credits/transactions")).data[0]
    assert (line["id"], line["amount"]) == (captured.data["transaction_id"], -57)
    assert (line["description"], line["metadata"]) == ("A chat", {"call": 7})


async def test_the_account_reads_its_own_holds_as_they_ended(service: Service) -> None:
    backend = await backend_of(service)
    first = await hold(backend, "1", amount=10, model="gpt-4o", feature="chat")
    await tell(backend, first, "capture", amount=4)
    second = await hold(backend, "2", amount=20, ttl_s=60, on_silence="capture_all")
    third = await hold(backend, "3", amount=30)
    service.clock.advance(minutes=2)
    user = service.as_user()

    listed = (await user.get("/credits/holds")).data
    one = (await user.get(f"/credits/holds/{first.data['id']}")).data

    assert [(each["id"], each["state"], each["captured"]) for each in listed] == [
        (third.data["id"], "open", 0),
        (second.data["id"], "expired", 20),
        (first.data["id"], "captured", 4),
    ]
    assert one == listed[2]
    assert one["purposes"] == ["feature:chat", "model:gpt-4o"]
    for state, expected in (("open", third), ("expired", second), ("captured", first)):
        found = (await user.get("/credits/holds", state=state)).data
        assert [each["id"] for each in found] == [expected.data["id"]]
    other = await service.as_user("user-77").get(f"/credits/holds/{first.data['id']}")
    assert (other.status, other.code) == (404, "hold_not_found")


@pytest.mark.parametrize("deed", ["extend", "capture", "release"])
async def test_who_comes_too_late_is_told_how_the_hold_ended(service: Service, deed: str) -> None:
    backend = await backend_of(service)
    held = await hold(backend, ttl_s=60, on_silence="capture_reported")
    await tell(backend, held, "extend", key="alive", ttl_s=60, reported=35)
    service.clock.advance(hours=1)
    said: dict[str, Any] = {"amount": 57} if deed == "capture" else {}

    late = await tell(backend, held, deed, **said)

    assert (late.status, late.code) == (409, "hold_not_open")
    line = (await service.as_user().get("/credits/transactions")).data[0]
    assert (line["amount"], line["created_at"]) == (-35, "2026-01-12T12:01:00Z")
    assert late.body["error"]["details"] == {
        "hold_id": held.data["id"],
        "state": "expired",
        "ended_at": "2026-01-12T12:01:00Z",
        "captured": 35,
        "shortfall": 0,
        "transaction_id": line["id"],
    }


async def test_a_capture_beyond_everything_says_what_is_missing(service: Service) -> None:
    backend = await backend_of(service)
    held = await hold(backend)

    extended = await tell(backend, held, "extend", reported=70)
    captured = await tell(backend, held, "capture", amount=130)

    assert extended.data["is_covered"] is False
    shown = {name: captured.data[name] for name in ("captured", "released", "shortfall")}
    assert shown == {"captured": 100, "released": 0, "shortfall": 30}


async def test_what_was_reported_is_captured_unless_an_amount_is_said(service: Service) -> None:
    backend = await backend_of(service)
    held = await hold(backend)

    nothing = await tell(backend, held, "capture")
    assert (nothing.status, nothing.paths) == (400, ["amount"])
    await tell(backend, held, "extend", reported=12)
    captured = await tell(backend, held, "capture")

    assert captured.data["captured"] == 12


async def test_a_repeat_names_the_first_hold_and_ends_it_once(service: Service) -> None:
    backend = await backend_of(service)

    placed = await asyncio.gather(*(hold(backend) for _ in range(4)))
    captured = await asyncio.gather(
        *(tell(backend, placed[0], "capture", amount=5) for _ in range(4))
    )

    assert len({each.data["id"] for each in placed}) == 1
    assert Counter(each.is_replay for each in (*placed, *captured)) == {False: 2, True: 6}
    assert len({each.data["transaction_id"] for each in captured}) == 1
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 95


async def test_estimated_usage_is_held_and_real_usage_is_charged(service: Service) -> None:
    await service.as_admin().post("/admin/rates", RATES)
    backend = await backend_of(service)
    usage = {"model": "gpt-4o", "input_tokens": 900}

    held = await hold(backend, amount=None, usage={**usage, "output_tokens": 1000})
    reported = {**usage, "output_tokens": 300}
    extended = await tell(backend, held, "extend", usage=reported)
    captured = await tell(backend, held, "capture", usage={**usage, "output_tokens": 510})

    assert (held.data["amount"], extended.data["reported"]) == (49, 21)
    assert (captured.data["captured"], captured.data["released"]) == (30, 19)
    line = (await service.as_user().get("/credits/transactions")).data[0]
    kept = {
        "model": "gpt-4o",
        "units": {"input_tokens": 900, "output_tokens": 510},
        "exact": "29.4",
        "credits": 30,
        "rate_version": 1,
    }
    assert line["usage"] == kept
    path = f"/credits/transactions/{line['id']}/explain"
    assert (await service.as_user().get(path)).data["transaction"]["usage"] == kept


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"amount": None}, "amount"),
        ({"usage": {"model": "gpt-4o", "input_tokens": 1}}, "usage"),
        ({"amount": None, "usage": {"model": "free-1", "input_tokens": 1}}, "usage"),
        (
            {"amount": None, "usage": {"model": "gpt-4o", "input_tokens": 1}, "model": "x"},
            "model",
        ),
        ({"ttl_s": 0}, "ttl_s"),
        ({"ttl_s": 86401}, "ttl_s"),
        ({"on_silence": "shrug"}, "on_silence"),
        ({"feature": "a b"}, "feature"),
    ],
)
async def test_a_hold_that_makes_no_sense_is_refused(
    service: Service, said: dict[str, Any], path: str
) -> None:
    await service.as_admin().post("/admin/rates", RATES)
    backend = await backend_of(service)

    answer = await hold(backend, **said)

    assert (answer.status, answer.paths) == (400, [path])


async def test_lots_with_a_scope_are_held_for_that_usage_alone(service: Service) -> None:
    given = {**OWN, "amount": 50, "scope": ["feature:images"]}
    giver = await service.as_backend(Scope.CREDITS_GRANT)
    await giver.post("/credits/grants", given, key="given")
    backend = await service.as_backend(Scope.CREDITS_SPEND)

    other = await hold(backend, "1", amount=50, feature="chat")
    fitting = await hold(backend, "2", amount=50, feature="images")

    assert (other.status, other.code) == (402, "insufficient_credits")
    assert fitting.status == 201
