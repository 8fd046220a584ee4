"""Good requests about what is kept of people, and about bringing them in."""

from collections.abc import Mapping

from domain.credits.ids import AccountId
from tests.entrypoints.good_request import Body, Good
from tests.support.app import Service
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY

BALANCE: Body = {
    "line": 2,
    "account_id": "user-imported",
    "key": "opening",
    "amount": 700,
    "category": "paid",
    "expires_at": "2027-01-01T00:00:00Z",
    "cost": {"amount": 490, "currency": "EUR"},
    "email": "imported@example.com",
    "description": "Opening balance",
}
SUBSCRIBER: Body = {
    "line": 2,
    "account_id": "user-imported",
    "key": "sub_imported",
    "plan_id": "0199ffff-0000-7000-8000-000000000000",
    "interval": "monthly",
    "period_start": "2026-01-01T00:00:00Z",
    "period_end": "2026-02-01T00:00:00Z",
    "channel": "sandbox",
    "provider_subscription_id": "sub_imported",
    "customer_id": "cus_imported",
    "email": "imported@example.com",
    "cancel_at_period_end": False,
}
ERASED = AccountId("user-erased")


async def good_privacy(service: Service) -> Mapping[str, Good]:
    """Let there be an account that may be erased, beside the one that everything happens to."""
    async with service.store.begin() as work:
        await work.accounts.save(an_account(id=ERASED, created_at=service.clock.now))
        await work.commit()
    why = {"reason": "Asked for by the customer", "force": False}
    return {
        "GET /admin/accounts/{id}/export": Good(path=f"/admin/accounts/{SOMEBODY}/export"),
        "POST /admin/accounts/{id}/erase": Good(
            path=f"/admin/accounts/{ERASED}/erase", body=why, other={**why, "force": True}
        ),
        "POST /admin/import/balances": Good(
            path="/admin/import/balances", body={"rows": [BALANCE], "apply": True}
        ),
        "POST /admin/import/subscribers": Good(
            path="/admin/import/subscribers", body={"rows": [SUBSCRIBER], "apply": True}
        ),
    }
