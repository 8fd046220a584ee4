"""Lots over HTTP: given on any terms, listed as they stand, and voided with a reason."""

from typing import Any

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.callers import Answer

OWN = {"account_id": SOMEBODY}
LOT = {**OWN, "amount": 70, "reason": "Paid by bank transfer"}


async def give(service: Service, key: str, **said: Any) -> Answer:
    return await service.as_admin().post("/admin/credits/grants", {**LOT, **said}, key=key)


async def void(service: Service, grant_id: str, key: str = "void") -> Answer:
    path = f"/admin/credits/grants/{grant_id}/void"
    return await service.as_admin().post(path, {**OWN, "reason": "Given twice"}, key=key)


async def test_a_lot_is_listed_with_every_term_it_was_given_on(service: Service) -> None:
    given = await give(
        service,
        "1",
        category="paid",
        priority=3,
        expires_at="2026-02-01T00:00:00Z",
        scope=["model:gpt-4*"],
        rollover={"max": 20, "until": "2026-03-01T00:00:00Z"},
        cost={"amount": 490, "currency": "EUR"},
    )

    (own,) = (await service.as_user().get("/credits/grants")).data
    (every,) = (await service.as_admin().get("/admin/credits/grants")).data

    assert own == {
        "id": given.data["grant_id"],
        "state": "active",
        "amount": 70,
        "remaining": 70,
        "held": 0,
        "source": "manual",
        "category": "paid",
        "cause": None,
        "scope": ["model:gpt-4*"],
        "priority": 3,
        "frozen": False,
        "created_at": "2026-01-12T12:00:00Z",
        "effective_at": "2026-01-12T12:00:00Z",
        "expires_at": "2026-02-01T00:00:00Z",
        "voided_at": None,
        "cost": {"amount": 490, "currency": "EUR"},
        "parent": None,
        "rollover": {"max": 20, "until": "2026-03-01T00:00:00Z"},
    }
    assert every == {**own, "account_id": SOMEBODY}


async def test_what_lives_on_of_a_lot_names_it_as_its_parent(service: Service) -> None:
    rollover = {"max": 20, "until": "2026-03-01T00:00:00Z"}
    given = await give(service, "1", expires_at="2026-02-01T00:00:00Z", rollover=rollover)
    service.clock.advance(days=25)

    heir, parent = (await service.as_user().get("/credits/grants")).data

    assert (heir["state"], heir["remaining"], heir["parent"]) == ("active", 20, parent["id"])
    assert (parent["id"], parent["state"], parent["remaining"]) == (
        given.data["grant_id"],
        "expired",
        0,
    )
    assert heir["effective_at"] == "2026-02-01T00:00:00Z"


async def test_lists_of_lots_are_filtered_and_paged(service: Service) -> None:
    first = (await give(service, "1")).data["grant_id"]
    later = await give(service, "2", effective_at="2026-02-01T00:00:00Z")
    await give(service, "3", account_id=SOMEBODY_ELSE)
    user, admin = service.as_user(), service.as_admin()

    active = (await user.get("/credits/grants", state="active")).data
    scheduled = (await user.get("/credits/grants", state="scheduled")).data
    page = await admin.get("/admin/credits/grants", limit=2)
    rest = await admin.get("/admin/credits/grants", limit=2, after=page.body["meta"]["next"])
    named = (await admin.get("/admin/credits/grants", account_id=SOMEBODY_ELSE)).data

    assert [lot["id"] for lot in active] == [first]
    assert [lot["id"] for lot in scheduled] == [later.data["grant_id"]]
    assert later.data["transaction_id"] is None
    assert (len(page.data), [lot["id"] for lot in rest.data]) == (2, [first])
    assert [lot["account_id"] for lot in named] == [SOMEBODY_ELSE]
    assert (await admin.get("/admin/credits/grants", source="coupon")).data == []


async def test_a_voided_lot_keeps_what_a_hold_has_of_it_until_that_ends(service: Service) -> None:
    lot = (await give(service, "1")).data["grant_id"]
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    hold = await backend.post("/credits/holds", {**OWN, "amount": 30}, key="hold")

    voided = await void(service, lot)
    again = await void(service, lot)
    (shown,) = (await service.as_user().get("/credits/grants", state="voided")).data
    path = f"/credits/holds/{hold.data['id']}/capture"
    captured = await backend.post(path, {**OWN, "amount": 12}, key="capture")

    assert (voided.status, voided.data["amount"], voided.data["balance"]) == (200, -40, 30)
    assert (again.is_replay, again.data) == (True, voided.data)
    assert (shown["remaining"], shown["held"]) == (30, 30)
    assert (captured.data["captured"], captured.data["balance"]) == (12, 0)
    lines = (await service.as_user().get("/credits/transactions")).data
    assert [line["amount"] for line in lines] == [-18, -12, -40, 70]
    async with service.store.read() as work:
        entries = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert [(entry.action, entry.reason) for entry in entries] == [
        ("credits.void", "Given twice"),
        ("credits.grant", "Paid by bank transfer"),
    ]
