"""Events in the shape of an endpoint made years ago: each moved field in its old place."""

from collections.abc import Callable, Mapping
from copy import deepcopy

from tests.support.fake_stripe.objects import Thing

OLD_VERSION = "2024-06-20"

InvoiceIntent = Callable[[str], str | None]
"""Return the payment intent that paid an invoice."""


def older(event: Mapping[str, object], intent_of: InvoiceIntent) -> Thing:
    """Return an event as an endpoint with an old version gets it."""
    old: Thing = deepcopy(dict(event))
    thing = old["data"]["object"]
    old["api_version"] = OLD_VERSION
    match thing["object"]:
        case "subscription":
            _subscription(thing)
        case "invoice":
            _invoice(thing, intent_of)
        case _:
            pass
    return old


def _subscription(thing: Thing) -> None:
    for item in thing["items"]["data"]:
        thing["current_period_start"] = item.pop("current_period_start")
        thing["current_period_end"] = item.pop("current_period_end")
    thing["discount"] = None
    del thing["discounts"]
    del thing["billing_mode"]


def _invoice(thing: Thing, intent_of: InvoiceIntent) -> None:
    details = thing.pop("parent")["subscription_details"]
    thing["subscription"] = details["subscription"]
    thing["subscription_details"] = {"metadata": details["metadata"]}
    taxes = thing.pop("total_taxes")
    # The oldest versions know the tax alone.
    del thing["total_excluding_tax"]
    thing["tax"] = sum(each["amount"] for each in taxes) if taxes else None
    thing["total_tax_amounts"] = [
        {"amount": each["amount"], "inclusive": each["tax_behavior"] == "inclusive"}
        for each in taxes
    ]
    thing["payment_intent"] = intent_of(thing["id"])
    thing["paid"] = thing["status"] == "paid"
    for line in thing["lines"]["data"]:
        parent = line.pop("parent")["subscription_item_details"]
        line["type"] = "subscription"
        line["proration"] = parent["proration"]
        line["subscription_item"] = parent["subscription_item"]
        line["price"] = {"id": line.pop("pricing")["price_details"]["price"], "object": "price"}
