"""Good requests about holds, lots, refunds of usage, and what bounds an account."""

from collections.abc import Mapping

from tests.entrypoints.good_request import Body, Good
from tests.support.builders.credits import SOMEBODY
from tests.support.callers import Caller

HOLD: Body = {
    "account_id": SOMEBODY,
    "amount": 60,
    "ttl_s": 120,
    "on_silence": "capture_reported",
    "type": "ai_usage",
    "model": "gpt-4",
    "feature": "chat",
    "description": "AI chat completion (gpt-4)",
    "metadata": {"call": 7},
}
ITEM: Body = {
    "key": "chat-1",
    "account_id": SOMEBODY,
    "amount": 5,
    "type": "ai_usage",
    "model": "gpt-4",
    "feature": "chat",
    "description": "AI chat completion (gpt-4)",
    "metadata": {"call": 8},
}
LOT: Body = {
    "account_id": SOMEBODY,
    "amount": 500,
    "category": "paid",
    "priority": 3,
    "effective_at": "2026-02-01T00:00:00Z",
    "expires_at": "2026-03-01T00:00:00Z",
    "scope": ["model:gpt-4*"],
    "rollover": {"max": 100, "until": "2026-04-01T00:00:00Z"},
    "cost": {"amount": 490, "currency": "EUR"},
    "reason": "Paid by bank transfer",
}
OWN: Body = {"account_id": SOMEBODY}


async def good_credits(owner: Caller, backend: Caller) -> Mapping[str, Good]:
    """Place holds to be ended, spend what can be paid back, and give a lot to be voided."""
    holds = [
        (await backend.post("/credits/holds", HOLD, key=f"hold-{number}")).data["id"]
        for number in range(4)
    ]
    spent = await backend.post("/credits/spend", {**OWN, "amount": 40}, key="to-be-refunded")
    lot = await owner.post("/admin/credits/grants", {**LOT, "amount": 70}, key="to-be-voided")
    grant_id, transaction_id = lot.data["grant_id"], spent.data["transaction_id"]
    return {**_holds(holds), **_lots(grant_id), **_spends(transaction_id), **_limits()}


def _holds(holds: list[str]) -> Mapping[str, Good]:
    read, extended, captured, released = (f"/credits/holds/{each}" for each in holds)
    extension: Body = {**OWN, "ttl_s": 90, "reported": 10, "amount": 80}
    capture: Body = {**OWN, "amount": 30, "description": "A chat", "metadata": {"tokens": 5}}
    return {
        "POST /credits/holds": Good(path="/credits/holds", body=HOLD, other={**HOLD, "amount": 61}),
        "GET /credits/holds": Good(path="/credits/holds"),
        "GET /credits/holds/{id}": Good(path=read),
        "POST /credits/holds/{id}/extend": Good(
            path=f"{extended}/extend", body=extension, other={**extension, "reported": 11}
        ),
        "POST /credits/holds/{id}/capture": Good(
            path=f"{captured}/capture", body=capture, other={**capture, "amount": 31}
        ),
        "POST /credits/holds/{id}/release": Good(path=f"{released}/release", body=OWN),
    }


def _lots(grant_id: str) -> Mapping[str, Good]:
    path = f"/admin/credits/grants/{grant_id}/void"
    void: Body = {**OWN, "reason": "Given twice"}
    return {
        "GET /credits/grants": Good(path="/credits/grants"),
        "GET /admin/credits/grants": Good(path="/admin/credits/grants"),
        "POST /admin/credits/grants": Good(
            path="/admin/credits/grants", body=LOT, other={**LOT, "amount": 501}
        ),
        "POST /admin/credits/grants/{id}/void": Good(
            path=path, body=void, other={**void, "reason": "Given thrice"}
        ),
    }


def _spends(transaction_id: str) -> Mapping[str, Good]:
    path = f"/credits/transactions/{transaction_id}/refund"
    refund: Body = {**OWN, "amount": 15, "description": "Cut off", "metadata": {"by": "us"}}
    return {
        "POST /credits/spend/batch": Good(path="/credits/spend/batch", body={"items": [ITEM]}),
        "POST /credits/transactions/{id}/refund": Good(
            path=path, body=refund, other={**refund, "amount": 16}
        ),
    }


def _limits() -> Mapping[str, Good]:
    account = f"/admin/accounts/{SOMEBODY}"
    thresholds: Body = {"thresholds": [{"amount": 500}, {"percent": 20}]}
    return {
        "PUT /admin/accounts/{id}/overdraft": Good(
            path=f"{account}/overdraft", body={"limit": 100, "reason": "Pays by invoice"}
        ),
        "GET /admin/accounts/{id}/alerts": Good(path=f"{account}/alerts"),
        "PUT /admin/accounts/{id}/alerts": Good(path=f"{account}/alerts", body=thresholds),
    }
