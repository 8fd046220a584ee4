"""Plans and packs for admins over HTTP."""

from typing import Any

import pytest

from domain.access.role import Role
from domain.period import Interval
from domain.subscriptions.ids import PackId, PlanId
from entrypoints.http.admin_plans import CREEM, STRIPE
from tests.entrypoints.good_requests import PACK, PLAN
from tests.support.app import Service


def without_warnings(saved: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of what was answered when it was saved."""
    return {name: value for name, value in saved.items() if name != "warnings"}


async def test_a_plan_is_created_with_all_it_has(service: Service) -> None:
    operator = service.as_admin(Role.OPERATOR, "admin-7")

    answer = await operator.post("/admin/billing/plans", PLAN)

    assert answer.status == 201
    kept = {"id": answer.data["id"], **PLAN, "warnings": []}
    assert answer.body == {"success": True, "data": kept}
    async with service.store.read() as work:
        plan = await work.plans.get(PlanId(answer.data["id"]))
        (entry,) = await work.audit_log.of_target(f"plan:{plan.id}", 10)
    assert plan.reference(STRIPE, Interval.MONTHLY) == "price_m"
    assert plan.reference(STRIPE, Interval.YEARLY) == "price_y"
    assert plan.reference(CREEM, Interval.MONTHLY) == "prod_m"
    assert plan.reference(CREEM, Interval.YEARLY) == "prod_y"
    assert (entry.action, entry.actor.id) == ("plan.create", "admin-7")


async def test_what_a_new_plan_does_not_say_takes_its_default(service: Service) -> None:
    body = {"name": "Free", "price_monthly": 0, "credits_included": 0}

    answer = await service.as_admin().post("/admin/billing/plans", body)

    assert answer.data == {
        "id": answer.data["id"],
        "name": "Free",
        "description": "",
        "price_monthly": 0,
        "price_yearly": None,
        "credits_included": 0,
        "features": [],
        "currency": "EUR",
        "trial_days": None,
        "group": "default",
        "on_sale": True,
        "rollover_max": None,
        "rollover_months": 1,
        "trial_credits": None,
        "trial_notice_days": 3,
        "grace_days": None,
        "stripe_price_id_monthly": None,
        "stripe_price_id_yearly": None,
        "creem_product_id": None,
        "creem_product_id_yearly": None,
        "warnings": [],
    }


async def test_a_plan_is_replaced_whole(service: Service) -> None:
    owner = service.as_admin()
    plan_id = (await owner.post("/admin/billing/plans", PLAN)).data["id"]
    body = {"name": "Pro", "price_monthly": 1299, "credits_included": 12000, "currency": "USD"}

    answer = await owner.put(f"/admin/billing/plans/{plan_id}", body)

    assert answer.status == 200
    assert (answer.data["id"], answer.data["price_monthly"]) == (plan_id, 1299)
    assert (answer.data["price_yearly"], answer.data["features"]) == (None, [])
    assert answer.data["stripe_price_id_monthly"] is None
    listed = await owner.get("/admin/billing/plans")
    assert listed.data == [without_warnings(answer.data)]
    assert listed.body["meta"] == {"limit": 20, "offset": None, "total": None, "next": None}


@pytest.mark.parametrize("path", ["plans", "packs"])
async def test_what_replaces_says_its_currency(service: Service, path: str) -> None:
    owner = service.as_admin()
    body = {"plans": PLAN, "packs": PACK}[path]
    item_id = (await owner.post(f"/admin/billing/{path}", body)).data["id"]
    silent = {name: value for name, value in body.items() if name != "currency"}

    answer = await owner.put(f"/admin/billing/{path}/{item_id}", silent)

    assert (answer.status, answer.paths) == (400, ["currency"])


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "  "}, "name"),
        ({"price_yearly": 0}, "price_yearly"),
        ({"price_monthly": 0}, "price_yearly"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": "XAU"}, "currency"),
        ({"currency": "usd"}, "currency"),
        ({"features": [1]}, "features[0]"),
        ({"rollover_max": 0}, "rollover_max"),
        ({"trial_days": 366}, "trial_days"),
        ({"grace_days": 366}, "grace_days"),
        ({"price_monthly": 0, "price_yearly": None, "trial_days": 7}, "trial_days"),
        ({"rollover_max": 10, "rollover_months": 121}, "rollover_months"),
        ({"features": ["a\x00"]}, "features[0]"),
    ],
)
async def test_a_plan_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    owner = service.as_admin()
    plan_id = (await owner.post("/admin/billing/plans", PLAN)).data["id"]
    before = service.kept()

    created = await owner.post("/admin/billing/plans", {**PLAN, **change})
    replaced = await owner.put(f"/admin/billing/plans/{plan_id}", {**PLAN, **change})

    assert (created.status, created.paths) == (400, [path])
    assert (replaced.status, replaced.paths) == (400, [path])
    assert service.kept() == before


async def test_a_pack_is_created_replaced_and_listed(service: Service) -> None:
    owner = service.as_admin()

    created = await owner.post("/admin/billing/packs", PACK)
    pack_id = created.data["id"]
    replaced = await owner.put(
        f"/admin/billing/packs/{pack_id}",
        {"name": "Small", "credits": 600, "price": 499, "currency": "USD", "on_sale": False},
    )
    listed = await owner.get("/admin/billing/packs")

    assert created.status == 201
    assert created.data == {"id": pack_id, **PACK, "warnings": []}
    assert replaced.body == {
        "success": True,
        "data": {
            "id": pack_id,
            "name": "Small",
            "credits": 600,
            "price": 499,
            "currency": "USD",
            "on_sale": False,
            "requires_plan_group": None,
            "ends_with_plan": False,
            "stripe_price_id": None,
            "creem_product_id": None,
            "warnings": [],
        },
    }
    assert listed.data == [without_warnings(replaced.data)]
    assert (await service.as_nobody().get("/credits/packs")).data == []
    async with service.store.read() as work:
        entries = await work.audit_log.of_target(f"pack:{PackId(pack_id)}", 10)
    assert [entry.action for entry in entries] == ["pack.replace", "pack.create"]


@pytest.mark.parametrize(
    ("change", "path"),
    [({"name": " "}, "name"), ({"currency": "XXX"}, "currency"), ({"credits": 0}, "credits")],
)
async def test_a_pack_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    before = service.kept()

    answer = await service.as_admin().post("/admin/billing/packs", {**PACK, **change})

    assert (answer.status, answer.paths) == (400, [path])
    assert service.kept() == before
