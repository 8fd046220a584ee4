"""Comparing with the providers over HTTP: payments, and prices."""

from typing import Any

from application.ports.provider import Capability
from application.ports.provider_calls import ProviderPrice
from domain.payments.errors import ProviderUnavailable
from domain.payments.ids import Channel
from domain.subscriptions.catalogue import ProviderItem
from tests.entrypoints.good_requests import PACK, PLAN
from tests.support.app import Service
from tests.support.builders.payments import SANDBOX, an_order
from tests.support.builders.subscriptions import a_pack
from tests.support.signing_provider import SigningProvider, paid_event

STRIPE = Channel("stripe")
DRY = {"apply": False, "reason": "A look"}
APPLY = {"apply": True, "reason": "The endpoint was down"}


def price(reference: str, amount_minor: int) -> ProviderPrice:
    return ProviderPrice(
        reference=reference,
        amount_minor=amount_minor,
        currency="USD",
        interval=None,
        is_active=True,
    )


async def lost(service: Service) -> str:
    """Let a payment's webhook get lost; return the order's id."""
    order = an_order()
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    service.provider.undelivered.append(paid_event(order.id, net_minor=500))
    return order.id


async def balance(service: Service) -> int:
    answer = await service.as_user().get("/credits/balance")
    found: int = answer.data["balance"]
    return found


def sells_at_stripe(service: Service) -> SigningProvider:
    """Configure a second provider, under the name that the catalogue has ids for."""
    stripe = SigningProvider(channel=STRIPE)
    configured = service.container.payment_providers()
    assert isinstance(configured, dict)
    configured[STRIPE] = stripe
    return stripe


async def test_a_lost_payment_is_shown_and_nothing_changes(service: Service) -> None:
    order_id = await lost(service)
    before = service.kept()

    answer = await service.as_admin().post("/admin/reconcile", DRY)

    found = {**answer.data}
    run_id = found.pop("run_id")
    assert found == {
        "not_kept": False,
        "compared": 1,
        "drift_total": 1,
        "mended": 0,
        "open": 1,
        "needs_person": 0,
        "drift": [
            {
                "channel": "sandbox",
                "about": "paid evt_1",
                "proposal": [f"order {order_id} paid", "granted 500 credits"],
                "problem": None,
                "is_applied": False,
            }
        ],
        "unread": [],
    }
    assert service.kept() == before
    assert (await service.as_admin().get(f"/admin/reconciliations/{run_id}")).status == 200


async def test_a_lost_payment_is_mended_once(service: Service) -> None:
    await lost(service)

    first = await service.as_admin().post("/admin/reconcile", APPLY)
    again = await service.as_admin().post("/admin/reconcile", {**APPLY, "channel": "sandbox"})

    assert [each["is_applied"] for each in first.data["drift"]] == [True]
    assert (first.data["mended"], first.data["open"], first.data["needs_person"]) == (1, 0, 0)
    assert (again.data["drift"], await balance(service)) == ([], 500)


async def test_a_silent_provider_is_a_problem_in_the_answer(service: Service) -> None:
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)

    answer = await service.as_admin().post("/admin/reconcile", APPLY)

    (drift,) = answer.data["drift"]
    assert drift["problem"].startswith("provider_unavailable: ")
    assert (answer.data["drift_total"], answer.data["needs_person"]) == (1, 1)
    assert answer.data["unread"] == ["sandbox"]


async def test_a_channel_that_cannot_be_compared_is_refused_by_name(service: Service) -> None:
    unknown = await service.as_admin().post("/admin/reconcile", {**DRY, "channel": "paypal"})
    service.provider.capabilities = frozenset({Capability.ONE_OFF})
    unable = await service.as_admin().post("/admin/reconcile", {**DRY, "channel": "sandbox"})

    assert (unknown.status, unknown.code) == (422, "channel_not_configured")
    assert (unable.status, unable.code) == (422, "capability_missing")
    assert unable.error["details"] == {"channel": "sandbox", "capability": "read"}


async def test_prices_that_differ_are_listed(service: Service) -> None:
    items = (ProviderItem(SANDBOX, None, "price_s"),)
    pack = a_pack(items=items)
    async with service.store.begin() as work:
        await work.packs.add(pack)
        await work.commit()
    service.provider.prices["price_s"] = price("price_s", 700)

    answer = await service.as_admin().get("/admin/prices")
    service.provider.prices["price_s"] = price("price_s", 500)
    agreed = await service.as_admin().get("/admin/prices")

    assert answer.data == [
        {
            "channel": "sandbox",
            "item_id": pack.id,
            "item_name": "Small",
            "reference": "price_s",
            "problem": "it costs 700 there and 500 here (in minor units of USD)",
        }
    ]
    assert agreed.data == []


async def test_a_pack_is_saved_with_a_warning_about_its_price(service: Service) -> None:
    sells_at_stripe(service).prices["price_s"] = price("price_s", 599)
    admin = service.as_admin()

    created = await admin.post("/admin/billing/packs", PACK)
    path = f"/admin/billing/packs/{created.data['id']}"
    mended = await admin.put(path, {**PACK, "price": 599})

    assert created.status == 201
    assert created.data["warnings"] == [
        "Small (price_s at stripe): it costs 599 there and 499 here (in minor units of USD)."
    ]
    assert (mended.status, mended.data["price"], mended.data["warnings"]) == (200, 599, [])


async def test_a_plan_is_saved_though_its_provider_is_silent(service: Service) -> None:
    sells_at_stripe(service)
    admin = service.as_admin()

    created = await admin.post("/admin/billing/plans", PLAN)
    replaced = await admin.put(f"/admin/billing/plans/{created.data['id']}", PLAN)

    for answer in (created, replaced):
        assert answer.data["warnings"] == [
            f"Pro ({reference} at stripe): it could not be compared: the provider does not answer."
            for reference in ("price_m", "price_y")
        ]
    listed: list[dict[str, Any]] = (await admin.get("/admin/billing/plans")).data
    assert "warnings" not in listed[0]


async def test_every_run_is_kept_with_what_it_found(service: Service) -> None:
    await lost(service)
    admin = service.as_admin()
    shown = (await admin.post("/admin/reconcile", DRY)).data
    mended = (await admin.post("/admin/reconcile", APPLY)).data
    clean = (await admin.post("/admin/reconcile", APPLY)).data

    listed = (await admin.get("/admin/reconciliations")).data
    unclean = (await admin.get("/admin/reconciliations?only_unclean=true&limit=1")).body
    rest = (
        await admin.get(f"/admin/reconciliations?only_unclean=true&after={mended['run_id']}")
    ).data
    one = (await admin.get(f"/admin/reconciliations/{mended['run_id']}")).data

    runs = [clean["run_id"], mended["run_id"], shown["run_id"]]
    assert [run["id"] for run in listed] == runs
    assert [(run["mended"], run["open"], run["needs_person"]) for run in listed] == [
        (0, 0, 0),
        (1, 0, 0),
        (0, 1, 0),
    ]
    assert ([run["id"] for run in unclean["data"]], unclean["meta"]["next"]) == ([runs[1]], runs[1])
    assert [run["id"] for run in rest] == [runs[2]]
    assert (one["run"]["reason"], one["run"]["mends"], one["run"]["channels"]) == (
        APPLY["reason"],
        True,
        ["sandbox"],
    )
    assert one["drift"] == mended["drift"]


async def test_whoever_polls_leaves_a_trace_only_of_what_was_found(service: Service) -> None:
    admin, polling = service.as_admin(), {**APPLY, "polling": True}
    nothing = (await admin.post("/admin/reconcile", polling)).data
    await lost(service)
    something = (await admin.post("/admin/reconcile", polling)).data

    listed = (await admin.get("/admin/reconciliations")).data

    assert nothing["run_id"] is None
    assert [run["id"] for run in listed] == [something["run_id"]]
