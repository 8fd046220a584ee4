"""Things of the demo world, and a few more, that requests may name so that they get somewhere."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from attrs import field, frozen

ACCOUNT = "demo-001"
_SPARE = 12
_URLS = ("success_url", "cancel_url")


@frozen(kw_only=True)
class Credentials:
    """What the three kinds of callers send."""

    user: str = field(repr=False)
    backend: str = field(repr=False)
    owner: str = field(repr=False)


@frozen
class Caller:
    """Somebody who calls the service, and needs an answer."""

    session: aiohttp.ClientSession
    secret: str = field(repr=False)

    async def get(self, path: str) -> Any:
        """Return what stands at a path."""
        return await self._answer("GET", path, None)

    async def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Return what a request has made."""
        return await self._answer("POST", path, body)

    async def _answer(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        headers = {
            "Authorization": f"Bearer {self.secret}",
            "Idempotency-Key": f"known-{method}-{path}-{hash(str(body))}",
        }
        async with self.session.request(method, path, json=body, headers=headers) as response:
            answer = await response.json()
            assert response.ok, (method, path, answer)
            return answer["data"]


async def known_things(
    session: aiohttp.ClientSession, url: str, credentials: Credentials
) -> Mapping[str, Any]:
    """Return ids by path, and what fields and query parameters may say."""
    admin, backend = Caller(session, credentials.owner), Caller(session, credentials.backend)
    orders = await admin.get(f"/admin/orders?account_id={ACCOUNT}&status=paid")
    packs, plans = await admin.get("/credits/packs"), await admin.get("/subscription/plans")
    opened = await admin.post(
        "/admin/sandbox/disputes", {"payment_id": _payment_of(orders[0]), "status": "open"}
    )
    assert opened["dispute_id"]
    code = (await admin.get("/admin/billing/coupons"))[0]["code"]
    purchase = {"account_id": ACCOUNT, "type": "credits", "pack_id": packs[0]["id"]}
    return {
        "ids": {
            **_of_orders([order["id"] for order in orders]),
            **await _of_ledger(admin, backend),
            **await _of_catalogue(admin),
            **await _of_operations(admin),
        },
        "bodies": {
            "/payment/create-session": {
                **purchase,
                "channel": "sandbox",
                **dict.fromkeys(_URLS, url),
            },
            "/coupons/preview": {**purchase, "coupon_code": code},
        },
        "query": {"account_id": ACCOUNT, "channel": "sandbox"},
        "fields": {
            "account_id": ACCOUNT,
            "channel": "sandbox",
            "plan_id": plans[0]["id"],
            "pack_id": packs[0]["id"],
            "order_id": orders[0]["id"],
            "payment_id": _payment_of(orders[1]),
            **dict.fromkeys((*_URLS, "return_url"), url),
            "currency": "USD",
            "zone": "Europe/Berlin",
            "url": "https://localhost/billing",
        },
    }


def _payment_of(order: Mapping[str, Any]) -> str:
    payment_id: str = order["provider_payment_id"]
    return payment_id


def _of_orders(ids: list[str]) -> Mapping[str, list[str]]:
    below = ("/orders/{id}", "/admin/orders/{id}")
    doing = ("/admin/orders/{id}/refund", "/admin/orders/{id}/settle")
    return dict.fromkeys((*below, *doing), ids)


async def _of_ledger(admin: Caller, backend: Caller) -> Mapping[str, list[str]]:
    lines = await admin.get(f"/admin/credits/transactions?account_id={ACCOUNT}&type=ai_usage")
    grants = await admin.get(f"/admin/credits/grants?account_id={ACCOUNT}")
    holds: list[str] = []
    for number in range(3 * _SPARE):
        body = {"account_id": ACCOUNT, "amount": 5, "description": f"call {number}"}
        holds.append((await backend.post("/credits/holds", body))["id"])
    return {
        "/credits/transactions/{id}/refund": [line["id"] for line in lines],
        "/credits/transactions/{id}/explain": [line["id"] for line in lines],
        "/admin/credits/grants/{id}/void": [grant["id"] for grant in grants],
        "/credits/holds/{id}": holds,
        "/credits/holds/{id}/extend": holds[:_SPARE],
        "/credits/holds/{id}/capture": holds[_SPARE : 2 * _SPARE],
        "/credits/holds/{id}/release": holds[2 * _SPARE :],
        "/accounts/{id}": [ACCOUNT],
    }


async def _of_catalogue(admin: Caller) -> Mapping[str, list[str]]:
    plans = [plan["id"] for plan in await admin.get("/admin/billing/plans")]
    packs = [pack["id"] for pack in await admin.get("/admin/billing/packs")]
    sold = [each["id"] for each in await admin.get("/admin/subscriptions?status=active")]
    wishes = ("", "/cancel", "/resume", "/pause")
    return {
        "/admin/billing/plans/{id}": plans,
        "/admin/billing/packs/{id}": packs,
        "/admin/rates/{version}": ["1"],
        "/admin/rates/{version}/export": ["1"],
        **{f"/admin/subscriptions/{{id}}{wish}": sold for wish in wishes},
    }


async def _of_operations(admin: Caller) -> Mapping[str, list[str]]:
    events = [event["id"] for event in await admin.get("/admin/webhooks?status=applied")]
    told = [event["id"] for event in await admin.get("/admin/events")]
    url = "https://localhost/billing"
    endpoint = await admin.post("/admin/endpoints", {"url": url})
    keys = [
        await admin.post("/admin/keys", {"name": f"spare {number}", "scopes": ["credits:read"]})
        for number in range(_SPARE)
    ]
    disputes = [dispute["id"] for dispute in await admin.get("/admin/disputes")]
    switches = ("", "/enable", "/disable", "/rotate", "/test")
    return {
        "/admin/webhooks/{id}": events,
        "/admin/webhooks/{id}/replay": events,
        "/admin/events/{id}": told,
        "/admin/events/{id}/redeliver": told,
        "/admin/keys/{id}": [key["id"] for key in keys],
        "/admin/disputes/{id}/resolve": disputes,
        **{f"/admin/endpoints/{{id}}{switch}": [endpoint["endpoint"]["id"]] for switch in switches},
    }
