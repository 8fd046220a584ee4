"""Stripe's API for what sells: checkout sessions, coupons, prices, portal sessions."""

from collections.abc import Mapping
from typing import Any

from tests.support.fake_stripe.data import fixture
from tests.support.fake_stripe.faults import StripeFault, invalid, missing
from tests.support.fake_stripe.objects import Thing, a_session
from tests.support.fake_stripe.world import StripeWorld

Params = Mapping[str, Any]

_ONLY_IN = {
    "payment_intent_data": "payment",
    "customer_creation": "payment",
    "subscription_data": "subscription",
}


def create_session(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Open a checkout page."""
    _check_session(world, params)
    subtotal, currency = _priced(world, params)
    session = a_session(world.new_id("cs_test"), params, created=world.now, subtotal=subtotal)
    discount = _discount(world, params, currency)
    session["currency"] = currency
    session["amount_total"] = subtotal - discount
    session["automatic_tax"] = {
        **session["automatic_tax"],
        "enabled": params.get("automatic_tax", {}).get("enabled", False),
    }
    session["total_details"] = {
        "amount_discount": discount,
        "amount_shipping": None,
        "amount_tax": 0,
    }
    world.remember(session["id"], params)
    return world.add(session)


def get_session(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a checkout session."""
    return world.get(ids[0], "checkout.session", "session")


def list_sessions(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List checkout sessions."""
    status = params.get("status")
    found = [
        each
        for each in world.all_of("checkout.session")
        if status is None or each["status"] == status
    ]
    return page(found, params)


def expire_session(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Close an open checkout page."""
    if world.get(ids[0], "checkout.session", "session")["status"] != "open":
        raise invalid("session")
    return world.expire(ids[0])


def create_coupon(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Make a coupon."""
    coupon_id = params.get("id") or world.new_id("coupon")
    if coupon_id in world.things:
        raise invalid("id", "resource_already_exists")
    if ("amount_off" in params) == ("percent_off" in params):
        raise invalid("percent_off")
    if (params.get("duration") == "repeating") != ("duration_in_months" in params):
        raise invalid("duration_in_months")
    if len(params.get("name", "")) > 40:
        raise invalid("name")
    return world.add(
        {
            **fixture("coupon"),
            "id": coupon_id,
            "amount_off": params.get("amount_off"),
            "percent_off": params.get("percent_off"),
            "currency": params.get("currency"),
            "duration": params.get("duration", "once"),
            "duration_in_months": params.get("duration_in_months"),
            "max_redemptions": params.get("max_redemptions"),
            "metadata": params.get("metadata", {}),
            "name": params.get("name"),
            "redeem_by": None,
            "created": world.now,
        }
    )


def get_price(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a price."""
    return world.get(ids[0], "price", "price")


def create_portal(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Open a portal page."""
    customer = world.get(params.get("customer", ""), "customer", "customer")
    portal_id = world.new_id("bps")
    return {
        **fixture("billing_portal.session"),
        "id": portal_id,
        "customer": customer["id"],
        "livemode": False,
        "return_url": params.get("return_url"),
        "url": f"https://billing.stripe.com/p/session/{portal_id}",
        "flow": None,
    }


def page(found: list[Thing], params: Params) -> Thing:
    """Return the part of a list, newest first, that was asked for."""
    after = params.get("starting_after")
    if after is not None:
        ids = [each["id"] for each in found]
        if after not in ids:
            raise missing("starting_after")
        found = found[ids.index(after) + 1 :]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("limit")
    return {
        "object": "list",
        "data": found[:limit],
        "has_more": len(found) > limit,
        "url": "/v1/list",
    }


def _check_session(world: StripeWorld, params: Params) -> None:
    """Refuse what the schema allows and Stripe does not."""
    mode = params.get("mode")
    if mode not in {"payment", "subscription"}:
        raise invalid("mode")
    for name, its_mode in _ONLY_IN.items():
        if name in params and mode != its_mode:
            raise invalid(name)
    if "success_url" not in params:
        raise invalid("success_url")
    if "customer" in params and ("customer_email" in params or "customer_creation" in params):
        raise invalid("customer_email")
    if "customer_update" in params and "customer" not in params:
        raise invalid("customer_update")
    if "customer" in params:
        world.get(params["customer"], "customer", "customer")
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("client_reference_id")
    if "discounts" in params and "allow_promotion_codes" in params:
        raise invalid("discounts")


def _priced(world: StripeWorld, params: Params) -> tuple[int, str]:
    line = params["line_items"][0]
    if "price" not in line:
        data = line["price_data"]
        if params["mode"] == "subscription" and "recurring" not in data:
            raise invalid("line_items[0][price_data][recurring]")
        return data["unit_amount"] * line["quantity"], data["currency"]
    price = world.get(line["price"], "price", "line_items[0][price]")
    if (price["recurring"] is not None) != (params["mode"] == "subscription"):
        raise invalid("line_items[0][price]")
    if not price["active"]:
        raise invalid("line_items[0][price]", "resource_missing")
    return price["unit_amount"] * line["quantity"], price["currency"]


def _discount(world: StripeWorld, params: Params, currency: str) -> int:
    discounts = params.get("discounts", [])
    if len(discounts) > 1:
        raise invalid("discounts")
    if not discounts:
        return 0
    coupon = world.get(discounts[0]["coupon"], "coupon", "discounts[0][coupon]")
    if coupon["currency"] != currency:
        raise StripeFault(400, "coupon_currency_mismatch", "discounts[0][coupon]")
    return int(coupon["amount_off"])
