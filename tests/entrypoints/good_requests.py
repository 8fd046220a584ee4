"""A world in which every endpoint can be called with success, and how that is done."""

from collections.abc import Mapping

from attrs import frozen

from domain.access.role import Scope
from domain.payments.ids import OrderId
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import AccountHolder, Admin, Backend
from tests.entrypoints.good_coupons import good_coupons
from tests.entrypoints.good_credits import good_credits
from tests.entrypoints.good_events import good_events_out
from tests.entrypoints.good_oversight import good_oversight
from tests.entrypoints.good_payments import good_money_back, good_subscriptions
from tests.entrypoints.good_plan_changes import good_plan_changes
from tests.entrypoints.good_privacy import good_privacy
from tests.entrypoints.good_request import Body, Good
from tests.support.app import SHOP, Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, an_inbox_event, an_order
from tests.support.callers import Answer, Caller
from tests.support.signing_provider import SIGNATURE, signature_of

WEBHOOK = b'{"id": "evt_1", "type": "nothing"}'


@frozen(kw_only=True)
class World:
    """The service with something of everything in it, and a good request for every endpoint."""

    service: Service
    good: Mapping[str, Good]
    backend: Caller

    def caller(self, endpoint: Endpoint) -> Caller:
        """Return somebody who may call the endpoint."""
        match endpoint.policy:
            case AccountHolder():
                return self.service.as_user()
            case Backend():
                return self.backend
            case Admin():
                return self.service.as_admin()
            case _:
                return self.service.as_nobody()

    async def call(
        self, endpoint: Endpoint, body: object = None, *, key: str | None = None
    ) -> Answer:
        """Send an endpoint's good request, or another body in its place."""
        good = self.good[name_of(endpoint)]
        path = good.path
        if path.startswith("/payment/webhook/"):
            signed = {SIGNATURE: signature_of(WEBHOOK)}
            return await self.caller(endpoint).send("POST", path, raw=WEBHOOK, headers=signed)
        sent = good.body if body is None else body
        return await self.caller(endpoint).send(endpoint.method, path, sent, key=key)


def name_of(endpoint: Endpoint) -> str:
    """Name an endpoint as its row in the table does."""
    return f"{endpoint.method} {endpoint.path}"


async def a_world(service: Service) -> World:
    """Fill the service, and say how each endpoint is called there."""
    owner = service.as_admin()
    plan = (await owner.post("/admin/billing/plans", PLAN)).data
    pack = (await owner.post("/admin/billing/packs", PACK)).data
    await owner.put("/admin/checkin/config", CHECK_IN_CONFIG)
    await owner.post("/admin/rates", RATES)
    order = an_order()
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.commit()
    await service.give(1_000_000)
    issued = await owner.post("/admin/keys", {"name": "everything", "scopes": EVERY_SCOPE})
    backend = service.bearing(issued.data["secret"])
    await backend.put(f"/accounts/{SOMEBODY}", {"email": "somebody@example.com"})
    key_id = issued.data["id"]
    event_id = await _an_event(service)
    good = {
        **_good(plan["id"], pack["id"], order.id, key_id, event_id),
        **await good_money_back(service),
        **await good_subscriptions(service),
        **await good_plan_changes(service),
        **_rates(),
        **await good_events_out(service),
        **await good_coupons(owner, plan["id"]),
        **await good_privacy(service),
        **await good_oversight(owner),
    }
    about_credits = await good_credits(owner, backend)
    lines = (await service.as_user().get("/credits/transactions")).data
    explained = _explained(lines[0]["id"])
    return World(service=service, good={**good, **explained, **about_credits}, backend=backend)


def _rates() -> Mapping[str, Good]:
    estimate: Body = {"account_id": SOMEBODY, "usage": USAGE}
    return {
        "POST /credits/estimate": Good(path="/credits/estimate", body=estimate),
        "GET /admin/rates": Good(path="/admin/rates"),
        "GET /admin/rates/current": Good(path="/admin/rates/current"),
        "GET /admin/rates/{version}": Good(path="/admin/rates/1"),
        "GET /admin/rates/{version}/export": Good(path="/admin/rates/1/export"),
        "POST /admin/rates": Good(
            path="/admin/rates", body=RATES, other={**RATES, "rounding": "down"}
        ),
    }


def _explained(transaction_id: str) -> Mapping[str, Good]:
    path = f"/credits/transactions/{transaction_id}/explain"
    grant: Body = {"account_id": SOMEBODY, "amount": 5, "category": "earned", "priority": 3}
    grant |= {"description": "Welcome", "metadata": {"campaign": "spring"}}
    grant |= {"effective_at": "2026-02-01T00:00:00Z", "expires_at": "2026-03-01T00:00:00Z"}
    grant |= {"scope": ["feature:chat"]}
    grant |= {"rollover": {"max": 3, "until": "2026-04-01T00:00:00Z"}}
    return {
        "POST /credits/grants": Good(
            path="/credits/grants", body=grant, other={**grant, "amount": 6}
        ),
        "GET /credits/explain": Good(path="/credits/explain"),
        "GET /credits/transactions/{id}/explain": Good(path=path),
        "GET /admin/accounts/{id}/explain": Good(path=f"/admin/accounts/{SOMEBODY}/explain"),
    }


async def _an_event(service: Service) -> str:
    """Let a webhook come in that means nothing; return our id of it."""
    event = an_inbox_event(body=WEBHOOK).applied((), service.clock.now)
    async with service.store.begin() as work:
        await work.inbox.add(event)
        await work.commit()
    return event.id


EVERY_SCOPE = [scope.value for scope in Scope]
PLAN: Body = {
    "name": "Pro",
    "description": "For growing teams",
    "price_monthly": 999,
    "price_yearly": 9990,
    "credits_included": 10000,
    "rollover_max": 5000,
    "rollover_months": 2,
    "trial_days": 14,
    "trial_credits": 500,
    "trial_notice_days": 2,
    "grace_days": 10,
    "features": ["Unlimited AI chat", "Priority support"],
    "currency": "USD",
    "group": "main",
    "on_sale": True,
    "stripe_price_id_monthly": "price_m",
    "stripe_price_id_yearly": "price_y",
    "creem_product_id": "prod_m",
    "creem_product_id_yearly": "prod_y",
}
PACK: Body = {
    "name": "Small",
    "credits": 500,
    "price": 499,
    "requires_plan_group": "main",
    "ends_with_plan": True,
    "currency": "USD",
    "on_sale": True,
    "stripe_price_id": "price_s",
    "creem_product_id": "prod_s",
}
CHECK_IN_CONFIG: Body = {
    "enabled": True,
    "base": 10,
    "week": [10, 10, 15, 15, 20, 20, 50],
    "zone": "Europe/Berlin",
    "award_days": 30,
    "milestones": [
        {"day": 7, "credits": 25, "repeats": True},
        {"day": 30, "credits": 100, "repeats": False},
    ],
    "freezes": {"at_start": 1, "every": 7, "most": 2},
    "grace_hours": 3,
    "budgets": {"account_day": 150, "day": 20000, "month": 400000},
    "eligibility": {"account_days": 0, "paid_plan_percent": 200},
}
SPEND: Body = {
    "account_id": SOMEBODY,
    "amount": 50,
    "type": "ai_usage",
    "description": "AI chat completion (gpt-4)",
    "metadata": {"model": "gpt-4"},
}
RATES: Body = {
    "rounding": "up",
    "note": "Cached input costs half",
    "rates": [
        {"model": "gpt-4o", "kind": "input", "credits": "2.5", "per": 1000},
        {"model": "gpt-4o", "kind": "output", "credits": "10", "per": 1000},
        {"model": "gpt-4o", "kind": "cached_input", "credits": "1.25", "per": 1000},
        {"model": "gpt-*", "kind": "input", "credits": "5", "per": 1000},
        {"model": "gpt-*", "kind": "output", "credits": "20", "per": 1000},
    ],
}
USAGE: Body = {
    "model": "gpt-4o",
    "input_tokens": 812,
    "output_tokens": 230,
    "cached_input_tokens": 2000,
    "cache_write_tokens": 0,
    "reasoning_tokens": 100,
}
ADJUSTMENT: Body = {
    "account_id": SOMEBODY,
    "amount": 500,
    "reason": "Credit for the outage",
    "expires_at": "2026-06-01T00:00:00Z",
}
KEY: Body = {
    "name": "backend",
    "scopes": ["credits:spend"],
    "spend_max": 100,
    "spend_max_per_day": 1000,
}


RANGE: Body = {
    "channel": SANDBOX,
    "status": "ignored",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-12-01T00:00:00Z",
    "reason": "They were mended",
}


def _good(
    plan_id: str, pack_id: str, order_id: OrderId, key_id: str, event_id: str
) -> Mapping[str, Good]:
    bought: Body = {"account_id": SOMEBODY, "type": "subscription", "plan_id": plan_id}
    bought |= {"interval": "yearly", "coupon_code": "WELCOME", "credit_codes": ["GIFT"]}
    pack = {"type": "credits", "pack_id": pack_id}
    back = {"success_url": f"{SHOP}/thanks", "cancel_url": f"{SHOP}/shop"}
    return {
        "GET /credits/balance": Good(path="/credits/balance"),
        "GET /credits/transactions": Good(path="/credits/transactions"),
        "POST /credits/spend": Good(
            path="/credits/spend", body=SPEND, other={**SPEND, "amount": 51}
        ),
        "GET /orders": Good(path="/orders"),
        "GET /orders/{id}": Good(path=f"/orders/{order_id}"),
        "GET /": Good(path="/"),
        "GET /subscription/plans": Good(path="/subscription/plans"),
        "GET /subscription": Good(path="/subscription"),
        "GET /credits/packs": Good(path="/credits/packs"),
        "POST /checkin": Good(path="/checkin", body={"account_id": SOMEBODY}, other={}),
        "GET /checkin/status": Good(path="/checkin/status"),
        "GET /checkin/calendar": Good(path="/checkin/calendar"),
        "POST /payment/create-session": Good(
            path="/payment/create-session",
            body={"channel": SANDBOX, **bought, **back},
            other={"channel": SANDBOX, **pack, **back},
        ),
        "POST /payment/confirm": Good(
            path="/payment/confirm", body={"account_id": SOMEBODY, "order_id": order_id}
        ),
        "POST /coupons/preview": Good(
            path="/coupons/preview", body=bought, other={**pack, "coupon_code": "WELCOME"}
        ),
        "POST /subscription/portal": Good(
            path="/subscription/portal",
            body={"account_id": SOMEBODY, "return_url": f"{SHOP}/account"},
        ),
        "POST /payment/webhook/{channel}": Good(path=f"/payment/webhook/{SANDBOX}"),
        "POST /sessions": Good(path="/sessions", body={"account_id": SOMEBODY, "ttl_s": 60}),
        "GET /accounts/{id}": Good(path=f"/accounts/{SOMEBODY}"),
        "PUT /accounts/{id}": Good(
            path=f"/accounts/{SOMEBODY}",
            body={"email": "somebody@example.com", "zone": "Europe/Berlin"},
        ),
        "GET /admin/billing/plans": Good(path="/admin/billing/plans"),
        "POST /admin/billing/plans": Good(
            path="/admin/billing/plans", body=PLAN, other={**PLAN, "name": "Team"}
        ),
        "PUT /admin/billing/plans/{id}": Good(path=f"/admin/billing/plans/{plan_id}", body=PLAN),
        "GET /admin/billing/packs": Good(path="/admin/billing/packs"),
        "POST /admin/billing/packs": Good(
            path="/admin/billing/packs", body=PACK, other={**PACK, "price": 599}
        ),
        "PUT /admin/billing/packs/{id}": Good(path=f"/admin/billing/packs/{pack_id}", body=PACK),
        "GET /admin/credits/transactions": Good(path="/admin/credits/transactions"),
        "GET /admin/orders": Good(path="/admin/orders"),
        "GET /admin/webhooks": Good(path="/admin/webhooks"),
        "GET /admin/webhooks/{id}": Good(path=f"/admin/webhooks/{event_id}"),
        "POST /admin/webhooks/{id}/replay": Good(
            path=f"/admin/webhooks/{event_id}/replay", body={"reason": "It was mended"}
        ),
        "POST /admin/webhooks/replay": Good(path="/admin/webhooks/replay", body=RANGE),
        "POST /admin/credits/manual": Good(
            path="/admin/credits/manual", body=ADJUSTMENT, other={**ADJUSTMENT, "amount": 1}
        ),
        "GET /admin/checkin/config": Good(path="/admin/checkin/config"),
        "PUT /admin/checkin/config": Good(
            path="/admin/checkin/config", body={**CHECK_IN_CONFIG, "version": 1}
        ),
        "POST /admin/checkin/simulate": Good(
            path="/admin/checkin/simulate", body={**CHECK_IN_CONFIG, "accounts": 1000}
        ),
        "GET /admin/health": Good(path="/admin/health"),
        "GET /admin/clock": Good(path="/admin/clock"),
        "POST /admin/clock/advance": Good(
            path="/admin/clock/advance", body={"seconds": 1}, other={"seconds": 2}
        ),
        "GET /admin/keys": Good(path="/admin/keys"),
        "POST /admin/keys": Good(
            path="/admin/keys", body=KEY, other={"name": "desk", "role": "viewer"}
        ),
        "DELETE /admin/keys/{id}": Good(path=f"/admin/keys/{key_id}"),
        "POST /admin/verify": Good(path="/admin/verify"),
    }
