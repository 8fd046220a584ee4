"""The catalogue, one's own subscription and the portal over HTTP."""

import pytest

from application.ports.provider import Capability
from domain.access.role import Scope
from domain.payments.ids import Channel
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.subscription import SubscriptionStatus
from tests.support.app import SHOP, Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import SANDBOX
from tests.support.builders.subscriptions import a_pack, a_plan, a_subscription
from tests.support.callers import Caller
from tests.support.signing_provider import SIGNATURE, paid_event, signature_of


async def subscribe(service: Service, caller: Caller, plan: Plan) -> None:
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.commit()
    body = {
        "channel": "sandbox",
        "type": "subscription",
        "plan_id": plan.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
    }
    started = await caller.post("/payment/create-session", body)
    raw = paid_event(started.data["order_id"], net_minor=plan.price_monthly_minor)
    signed = {SIGNATURE: signature_of(raw)}
    path = "/payment/webhook/sandbox"
    answer = await service.as_nobody().send("POST", path, raw=raw, headers=signed)
    assert answer.status == 200
    assert service.alarms == []


async def test_plans_on_sale_are_shown_to_anybody_in_the_order_they_were_entered(
    service: Service,
) -> None:
    owner = service.as_admin()
    seed_plan = {
        "name": "Pro",
        "description": "For growing teams",
        "price_monthly": 999,
        "price_yearly": 9990,
        "credits_included": 10000,
        "features": ["Unlimited AI chat", "Priority support"],
        "currency": "USD",
        "stripe_price_id_monthly": "price_secret",
    }
    pro = (await owner.post("/admin/billing/plans", seed_plan)).data
    off_sale = {**seed_plan, "name": "Old", "on_sale": False}
    await owner.post("/admin/billing/plans", off_sale)
    free = {"name": "Free", "price_monthly": 0, "credits_included": 100}
    free_id = (await owner.post("/admin/billing/plans", free)).data["id"]

    answer = await service.as_nobody().get("/subscription/plans")

    assert answer.body == {
        "success": True,
        "data": [
            {
                "id": pro["id"],
                "name": "Pro",
                "description": "For growing teams",
                "price_monthly": 999,
                "price_yearly": 9990,
                "credits_included": 10000,
                "features": ["Unlimited AI chat", "Priority support"],
                "currency": "USD",
            },
            {
                "id": free_id,
                "name": "Free",
                "description": "",
                "price_monthly": 0,
                "price_yearly": None,
                "credits_included": 100,
                "features": [],
                "currency": "EUR",
            },
        ],
        "meta": {"limit": 100, "offset": None, "total": None, "next": None},
    }


async def test_packs_on_sale_are_shown_to_anybody(service: Service) -> None:
    small, gone = a_pack(), a_pack(is_on_sale=False)
    async with service.store.begin() as work:
        await work.packs.add(small)
        await work.packs.add(gone)
        await work.commit()

    answer = await service.as_nobody().get("/credits/packs")

    assert answer.body == {
        "success": True,
        "data": [
            {"id": small.id, "name": "Small", "credits": 500, "price": 500, "currency": "USD"}
        ],
        "meta": {"limit": 100, "offset": None, "total": None, "next": None},
    }


@pytest.mark.parametrize("path", ["/subscription/plans", "/credits/packs"])
async def test_a_long_catalogue_pages_like_every_list(service: Service, path: str) -> None:
    async with service.store.begin() as work:
        for _ in range(3):
            await work.plans.add(a_plan())
            await work.packs.add(a_pack())
        await work.commit()
    nobody = service.as_nobody()

    first = await nobody.get(path, limit=2)
    rest = await nobody.get(path, limit=2, after=first.body["meta"]["next"])

    assert (len(first.data), len(rest.data)) == (2, 1)
    assert rest.body["meta"]["next"] is None


async def test_without_a_subscription_the_answer_is_null(service: Service) -> None:
    answer = await service.as_user().get("/subscription")

    assert answer.status == 200
    assert answer.body == {"success": True, "data": None}


async def test_a_subscription_begins_when_its_first_period_is_paid(service: Service) -> None:
    user, plan = service.as_user(), a_plan()

    await subscribe(service, user, plan)

    answer = await user.get("/subscription")
    assert answer.body == {
        "success": True,
        "data": {
            "id": answer.data["id"],
            "plan": {"id": plan.id, "name": "Pro"},
            "status": "active",
            "interval": "monthly",
            "current_period_start": "2026-01-12T12:00:00Z",
            "current_period_end": "2026-02-12T12:00:00Z",
            "cancel_at_period_end": False,
            "channel": "sandbox",
        },
    }
    assert (await user.get("/credits/balance")).data["balance"] == 1000


async def test_an_ended_subscription_is_none_any_more(service: Service) -> None:
    ended = a_subscription(status=SubscriptionStatus.CANCELED)
    async with service.store.begin() as work:
        await work.subscriptions.add(ended)
        await work.commit()

    answer = await service.as_user().get("/subscription")

    assert answer.data is None


async def test_a_backend_asks_about_the_account_it_names(service: Service) -> None:
    async with service.store.begin() as work:
        await work.subscriptions.add(a_subscription(account_id=SOMEBODY_ELSE))
        await work.commit()
    backend = await service.as_backend(Scope.ORDERS_READ)

    theirs = await backend.get("/subscription", account_id=SOMEBODY_ELSE)
    nobodys = await backend.get("/subscription", account_id=SOMEBODY)

    assert theirs.data["status"] == "active"
    assert nobodys.data is None


async def test_a_second_subscription_in_the_group_is_refused(service: Service) -> None:
    user, plan = service.as_user(), a_plan()
    await subscribe(service, user, plan)
    body = {
        "channel": "sandbox",
        "type": "subscription",
        "plan_id": plan.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
    }

    answer = await user.post("/payment/create-session", body)

    subscription_id = (await user.get("/subscription")).data["id"]
    assert (answer.status, answer.code) == (409, "subscription_exists")
    assert answer.error["details"] == {
        "subscription_id": subscription_id,
        "plan_name": plan.name,
        "channel": "sandbox",
    }


async def test_a_customer_is_sent_to_the_providers_portal(service: Service) -> None:
    user = service.as_user()
    await subscribe(service, user, a_plan())
    customer_id = service.kept()["customers"]

    answer = await user.post("/subscription/portal", {"return_url": f"{SHOP}/account"})

    assert answer.status == 200
    assert list(answer.data) == ["url"]
    assert answer.data["url"].startswith("https://pay.example/portal/cus_")
    assert answer.data["url"].rpartition("/")[2] in repr(customer_id)


async def test_who_has_bought_nothing_has_nothing_to_manage(service: Service) -> None:
    answer = await service.as_user().post("/subscription/portal", {"return_url": f"{SHOP}/account"})

    assert (answer.status, answer.code) == (409, "no_provider_customer")


async def test_the_portal_leads_back_to_configured_origins_only(service: Service) -> None:
    answer = await service.as_user().post(
        "/subscription/portal", {"return_url": "https://evil.example/"}
    )

    assert (answer.status, answer.code) == (400, "return_url_not_allowed")
    assert answer.error["details"]["path"] == "return_url"


async def test_a_channel_without_a_portal_says_so(service: Service) -> None:
    async with service.store.begin() as work:
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.commit()
    service.provider.capabilities = frozenset(Capability) - {Capability.PORTAL}

    answer = await service.as_user().post("/subscription/portal", {"return_url": f"{SHOP}/account"})

    assert (answer.status, answer.code) == (422, "capability_missing")
    assert answer.error["details"] == {"channel": "sandbox", "capability": "portal"}


async def test_a_subscription_at_a_channel_that_is_gone_says_so(service: Service) -> None:
    sold = a_subscription(channel=Channel("creem"), provider_subscription_id="sub_1")
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.customers.link(SOMEBODY, Channel("creem"), "cus_1")
        await work.commit()

    answer = await service.as_user().post("/subscription/portal", {"return_url": f"{SHOP}/account"})

    assert (answer.status, answer.code) == (422, "channel_not_configured")
    assert answer.error["details"] == {"channel": "creem", "configured": ["sandbox"]}
