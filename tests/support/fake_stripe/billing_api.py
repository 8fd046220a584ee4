"""Stripe's API for what was sold: subscriptions, invoices, refunds, disputes, events."""

from tests.support.fake_stripe.checkout_api import Params, page
from tests.support.fake_stripe.faults import StripeFault, invalid, missing
from tests.support.fake_stripe.objects import Thing, a_line, an_invoice, as_sent
from tests.support.fake_stripe.world import StripeWorld, after

_ENDED = {"canceled", "incomplete_expired"}


def get_subscription(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a subscription, ended or not."""
    return world.get(ids[0], "subscription", "id")


def list_subscriptions(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List subscriptions, newest first, without those that were cancelled."""
    live = [each for each in world.all_of("subscription") if each["status"] != "canceled"]
    return page(live, params)


def update_subscription(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Change a subscription: its price, or whether and when it ends."""
    subscription = _running(world, ids[0])
    if "items" in params:
        _change_price(world, subscription, params)
    if "cancel_at_period_end" in params:
        ending = params["cancel_at_period_end"]
        end = subscription["items"]["data"][0]["current_period_end"]
        subscription |= {
            "cancel_at_period_end": ending,
            "cancel_at": end if ending else None,
            "canceled_at": world.now if ending else None,
        }
    if params.get("cancel_at") == "":
        subscription |= {"cancel_at": None, "canceled_at": None}
    world.emit("customer.subscription.updated", subscription, {})
    return subscription


def cancel_subscription(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """End a subscription now."""
    _running(world, ids[0])
    return world.end(ids[0])


def pause_subscription(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Pause a subscription."""
    subscription = _running(world, ids[0])
    if subscription["status"] == "paused":
        raise invalid("subscription")
    subscription["status"] = "paused"
    world.emit("customer.subscription.paused", subscription, {"status": "active"})
    return subscription


def resume_subscription(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Resume a paused subscription; with a new anchor a period begins and is paid."""
    subscription = _running(world, ids[0])
    if subscription["status"] != "paused":
        raise invalid("subscription")
    subscription["status"] = "active"
    if params.get("billing_cycle_anchor", {"type": "now"})["type"] == "now":
        item = subscription["items"]["data"][0]
        end = after(world.now, item["price"])
        item |= {"current_period_start": world.now, "current_period_end": end}
        line = _line(world, subscription, item["price"], (world.now, end))
        world.bill(subscription, [line], "subscription_update")
    world.emit("customer.subscription.resumed", subscription, {"status": "paused"})
    return subscription


def get_intent(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a payment intent."""
    return world.get(ids[0], "payment_intent", "intent")


def get_invoice(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return an invoice."""
    return as_sent(world.get(ids[0], "invoice", "invoice"))


def list_lines(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List the lines of an invoice, or of one that was previewed."""
    invoice = world.previews.get(ids[0]) or world.get(ids[0], "invoice", "invoice")
    return page(invoice["lines"]["data"], params)


def preview_invoice(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return the invoice that a change would lead to; nothing is changed."""
    subscription = _running(world, params["subscription"])
    details = params["subscription_details"]
    price = _new_price(world, subscription, details)
    lines = world.with_pending(subscription, _lines_of_change(world, subscription, price, details))
    is_at_once = _resets(subscription, price)
    if details.get("proration_behavior") != "always_invoice" and not is_at_once:
        start = subscription["items"]["data"][0]["current_period_end"]
        lines = [*lines, _line(world, subscription, price, (start, after(start, price)))]
    preview = an_invoice(
        world.new_id("upcoming_in"),
        subscription=subscription,
        lines=lines,
        reason="upcoming",
        tax=world.tax_on(subscription, sum(line["amount"] for line in lines)),
        created=world.now,
        is_tax_in_price=world.is_tax_in_price,
        balance=world.balances.get(subscription["customer"], 0),
    )
    world.previews[preview["id"]] = preview
    return as_sent(preview)


def list_invoice_payments(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List what invoices were paid with."""
    intent = params.get("payment", {}).get("payment_intent")
    found = [
        each
        for each in world.all_of("invoice_payment")
        if params.get("invoice") in {None, each["invoice"]}
        and intent in {None, each["payment"]["payment_intent"]}
    ]
    return page(found, params)


def create_refund(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Refund a charge, all that is left of it or a part."""
    if "charge" in params:
        charge = world.get(params["charge"], "charge", "charge")
    elif "payment_intent" in params:
        charge = world.charge_of(params["payment_intent"])
    else:
        raise invalid("payment_intent")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise invalid("charge", "charge_already_refunded")
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        raise invalid("amount")
    if charge["disputed"]:
        raise invalid("charge", "charge_disputed")
    return world.refund(charge, amount, params)


def get_refund(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a refund."""
    return world.get(ids[0], "refund", "refund")


def list_refunds(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List refunds of a payment."""
    return page(_of_payment(world, "refund", params), params)


def get_dispute(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """Return a dispute."""
    return world.get(ids[0], "dispute", "dispute")


def list_disputes(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List disputes of a payment."""
    return page(_of_payment(world, "dispute", params), params)


def list_events(world: StripeWorld, ids: tuple[str, ...], params: Params) -> Thing:
    """List events, newest first."""
    types = params.get("types")
    if types is not None and len(types) > 20:
        raise invalid("types")
    since = params.get("created", {}).get("gte", 0)
    found = [
        each
        for each in reversed(world.events)
        if each["created"] >= since and (types is None or each["type"] in types)
    ]
    return page(found, params)


def _running(world: StripeWorld, id: str) -> Thing:
    subscription = world.get(id, "subscription", "id")
    if subscription["status"] in _ENDED:
        raise missing("id")
    return subscription


def _of_payment(world: StripeWorld, kind: str, params: Params) -> list[Thing]:
    return [
        each
        for each in world.all_of(kind)
        if params.get("payment_intent") in {None, each["payment_intent"]}
        and params.get("charge") in {None, each["charge"]}
    ]


def _change_price(world: StripeWorld, subscription: Thing, params: Params) -> None:
    price = _new_price(world, subscription, params)
    lines = _lines_of_change(world, subscription, price, params)
    is_now = params.get("proration_behavior") == "always_invoice"
    is_reset = _resets(subscription, price)
    total = sum(line["amount"] for line in lines)
    if world.declines and total > 0 and (is_now or is_reset):
        raise StripeFault(402, "card_declined", type="card_error")
    item = subscription["items"]["data"][0]
    item["price"] = price
    if is_reset:
        end = after(world.now, price)
        item |= {"current_period_start": world.now, "current_period_end": end}
    lines = world.with_pending(subscription, lines)
    if lines and (is_now or is_reset):
        tax = world.tax_on(subscription, sum(line["amount"] for line in lines))
        world.pending.pop(subscription["id"], None)
        world.bill(subscription, lines, "subscription_update", tax)
    elif lines:
        world.pending[subscription["id"]] = lines


def _new_price(world: StripeWorld, subscription: Thing, params: Params) -> Thing:
    [wanted] = params["items"]
    item = subscription["items"]["data"][0]
    # Without the item's id Stripe would add a second item beside it.
    if wanted.get("id") != item["id"]:
        raise invalid("items[0][id]")
    return world.get(wanted["price"], "price", "items[0][price]")


def _resets(subscription: Thing, price: Thing) -> bool:
    before = subscription["items"]["data"][0]["price"]["recurring"]
    return bool(before["interval"] != price["recurring"]["interval"])


def _lines_of_change(
    world: StripeWorld, subscription: Thing, price: Thing, params: Params
) -> list[Thing]:
    item = subscription["items"]["data"][0]
    start, end = item["current_period_start"], item["current_period_end"]
    at = params.get("proration_date", world.now)
    lines: list[Thing] = []
    if params.get("proration_behavior", "create_prorations") != "none":
        unused = _part(item["price"], start, end, at)
        lines.append(_line(world, subscription, item["price"], (at, end), -unused, True))
        if not _resets(subscription, price):
            rest = _part(price, start, end, at)
            lines.append(_line(world, subscription, price, (at, end), rest, True))
    if _resets(subscription, price):
        lines.append(_line(world, subscription, price, (at, after(at, price))))
    return lines


def _part(price: Thing, start: int, end: int, at: int) -> int:
    return int(price["unit_amount"] * (end - at) // (end - start))


def _line(
    world: StripeWorld,
    subscription: Thing,
    price: Thing,
    span: tuple[int, int],
    amount: int | None = None,
    proration: bool = False,
) -> Thing:
    return a_line(
        world.new_id("il"),
        amount=price["unit_amount"] if amount is None else amount,
        start=span[0],
        end=span[1],
        subscription=subscription,
        price=price,
        proration=proration,
    )
