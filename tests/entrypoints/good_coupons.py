"""Good requests about coupons and their codes."""

from collections.abc import Mapping

from tests.entrypoints.good_request import Body, Good
from tests.support.builders.credits import SOMEBODY
from tests.support.callers import Caller

COUPON: Body = {
    "code": "SUMMER",
    "name": "A little less in summer",
    "amounts_off": [{"amount": 100, "currency": "USD"}, {"amount": 90, "currency": "EUR"}],
    "duration": "periods",
    "periods": 3,
    "starts_at": "2026-01-01T00:00:00Z",
    "ends_at": "2026-12-01T00:00:00Z",
    "max_redemptions": 100,
    "max_redemptions_per_account": 2,
    "first_purchase_only": True,
    "minimum_amounts": [{"amount": 500, "currency": "USD"}],
    "item_ids": ["pack-1", "plan-1"],
    "account_ids": [SOMEBODY],
}
GIFT: Body = {
    "code": "GIFT",
    "name": "For patience",
    "bonus_credits": 50,
    "credits_days": 30,
    "credits_scope": ["model:gpt-4*"],
    "redeemable_alone": True,
    "max_redemptions_per_account": None,
}


async def good_coupons(owner: Caller, plan_id: str) -> Mapping[str, Good]:
    """Create a coupon that everybody may use, and one that gives credits by itself."""
    welcome = {"code": "WELCOME", "percent_off": 25, "max_redemptions_per_account": None}
    made = await owner.post("/admin/billing/coupons", welcome)
    await owner.post("/admin/billing/coupons", GIFT)
    one = f"/admin/billing/coupons/{made.data['id']}"
    terms = {name: value for name, value in COUPON.items() if name != "code"}
    # For everybody and at once, so that what is bought after this row is bought as before.
    terms |= {"first_purchase_only": False, "item_ids": [], "percent_off": 25}
    del terms["amounts_off"]
    reason: Body = {"reason": "The campaign is over"}
    code: Body = {"code": "WELCOME", "reason": "It was posted in public"}
    check: Body = {"account_id": SOMEBODY, "code": "WELCOME", "plan_id": plan_id}
    bulk: Body = {"count": 3, "prefix": "VIP", "max_redemptions": 2}
    return {
        "GET /admin/billing/coupons": Good(path="/admin/billing/coupons"),
        "POST /admin/billing/coupons": Good(
            path="/admin/billing/coupons", body=COUPON, other={**GIFT, "code": "MORE"}
        ),
        "POST /coupons/redeem": Good(
            path="/coupons/redeem",
            body={"account_id": SOMEBODY, "code": "gift"},
            other={"code": "GI-FT"},
        ),
        "GET /admin/billing/coupons/{id}": Good(path=one),
        "PUT /admin/billing/coupons/{id}": Good(path=one, body={**terms, **reason}),
        "GET /admin/billing/coupons/{id}/redemptions": Good(path=f"{one}/redemptions"),
        "POST /admin/billing/coupons/{id}/check": Good(
            path=f"{one}/check", body={**check, "interval": "yearly"}
        ),
        "POST /admin/billing/coupons/{id}/archive": Good(path=f"{one}/archive", body=reason),
        "POST /admin/billing/coupons/{id}/unarchive": Good(path=f"{one}/unarchive", body=reason),
        "POST /admin/billing/coupons/{id}/codes": Good(
            path=f"{one}/codes", body=bulk, other={"count": 1}
        ),
        "GET /admin/billing/coupons/{id}/codes": Good(path=f"{one}/codes"),
        "GET /admin/billing/coupons/{id}/codes.csv": Good(path=f"{one}/codes.csv"),
        "POST /admin/billing/coupons/{id}/codes/disable": Good(
            path=f"{one}/codes/disable", body=code
        ),
        "POST /admin/billing/coupons/{id}/codes/enable": Good(
            path=f"{one}/codes/enable", body=code
        ),
    }
