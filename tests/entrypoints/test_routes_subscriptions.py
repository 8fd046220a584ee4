"""The catalogue, one's own subscription and the portal over HTTP."""

from typing import Any

import pytest

from application.ports.provider import Capability
from domain.access.role import Scope
from domain.payments.ids import Channel
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
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
                "trial_days": None,
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
                "trial_days": None,
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
            {
                "id": small.id,
                "name": "Small",
                "credits": 500,
                "price": 500,
                "currency": "USD",
                "requires_plan_group": None,
                "ends_with_plan": False,
            }
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
            "scheduled_change": None,
            "channel": "sandbox",
            "trial_ends_at": None,
            "grace_ends_at": None,
            "resume_at": None,
            "benefits": True,
            "price": 990,
            "currency": "USD",
            "next_payment": 990,
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


async def billed(service: Service, **change: Any) -> Subscription:
    """Let a subscription be there that the provider bills."""
    sold = a_subscription(provider_subscription_id="sub_1", **change)
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.commit()
    return sold


async def test_a_customer_cancels_takes_it_back_pauses_and_goes_on(service: Service) -> None:
    await billed(service)
    user, seen = service.as_user(), []

    for name in ("cancel", "resume", "pause", "resume"):
        answer = await user.post(f"/subscription/{name}", {})
        read = (await user.get("/subscription")).data
        assert {**read, **answer.data} == read
        seen.append((answer.status, answer.data["status"], answer.data["cancel_at_period_end"]))

    assert seen == [
        (200, "active", True),
        (200, "active", False),
        (200, "paused", False),
        (200, "active", False),
    ]
    assert [each.value for each in service.provider.acted] == [
        *("cancel_at_period_end", "undo_cancel", "pause", "resume")
    ]


async def test_a_cancellation_at_once_ends_it_and_nothing_brings_it_back(service: Service) -> None:
    sold = await billed(service)
    user = service.as_user()

    ended = await user.post("/subscription/cancel", {"at": "now"})

    assert (ended.data["id"], ended.data["status"]) == (sold.id, "canceled")
    assert (await user.get("/subscription")).data is None
    body = {"subscription_id": sold.id}
    assert (await user.post("/subscription/resume", body)).code == "subscription_state"
    assert (await user.post("/subscription/resume")).code == "subscription_not_found"


async def test_what_the_provider_cannot_do_names_the_capability(service: Service) -> None:
    await billed(service)
    service.provider.capabilities = frozenset(Capability) - {Capability.PAUSE}

    answer = await service.as_user().post("/subscription/pause")

    assert (answer.status, answer.code) == (422, "capability_missing")
    assert answer.body["error"]["details"] == {"channel": "sandbox", "capability": "pause"}


async def test_somebody_else_s_subscription_cannot_be_told_from_one_that_is_not_there(
    service: Service,
) -> None:
    theirs = await billed(service, account_id=SOMEBODY_ELSE)

    for named in (theirs.id, "0199ffff-0000-7000-8000-000000000000", "nonsense"):
        answer = await service.as_user().post("/subscription/cancel", {"subscription_id": named})
        assert (answer.status, answer.code) == (404, "subscription_not_found")


async def test_a_backend_acts_for_the_account_it_names_and_stands_in_the_history(
    service: Service,
) -> None:
    sold = await billed(service)
    backend = await service.as_backend(Scope.CHECKOUT_CREATE)

    answer = await backend.post("/subscription/cancel", {"account_id": SOMEBODY, "at": "now"})

    assert answer.data["status"] == "canceled"
    found = (await service.as_admin().get(f"/admin/subscriptions/{sold.id}")).data
    by = {line["action"]: line["actor"] for line in found["history"]}
    assert by["subscription.move"] == "sandbox"
    assert by["subscription.cancel_now"] not in {"", "sandbox", f"account:{SOMEBODY}"}


async def test_an_admin_lists_reads_and_ends_anybody_s_subscription(service: Service) -> None:
    ended = await billed(service, status=SubscriptionStatus.EXPIRED)
    sold = a_subscription(provider_subscription_id="sub_2", account_id=SOMEBODY_ELSE)
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.commit()
    admin, path = service.as_admin(), "/admin/subscriptions"

    listed = await admin.get(path)
    live = await admin.get(path, status="active", plan_id=sold.plan_id, account_id=SOMEBODY_ELSE)
    body = {"reason": "By mail", "at": "now"}
    done = await admin.post(f"{path}/{sold.id}/cancel", body)
    read = await admin.get(f"{path}/{sold.id}")

    assert [each["id"] for each in listed.data] == [sold.id, ended.id]
    assert [each["id"] for each in live.data] == [sold.id]
    assert (done.data["status"], done.data["account_id"]) == ("canceled", SOMEBODY_ELSE)
    assert done.data["provider_subscription_id"] == "sub_2"
    move, asked = read.data["history"]
    assert (move["before"], move["after"], move["reason"]) == (
        *("active", "canceled"),
        "it was cancelled",
    )
    assert (asked["actor"], asked["reason"]) == ("admin-1", "By mail")


async def test_an_admin_has_to_say_why(service: Service) -> None:
    sold = await billed(service)

    answer = await service.as_admin().post(f"/admin/subscriptions/{sold.id}/cancel", {})

    assert (answer.status, answer.paths) == (400, ["reason"])
    assert service.provider.acted == []
