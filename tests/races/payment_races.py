"""Races of what providers tell: every payment is credited once. Each returns what went wrong."""

import asyncio

from tests.races.configuration import user_token
from tests.races.told import Purchase, paid, webhook
from tests.races.world import (
    PACK_CREDITS,
    PLAN_CREDITS,
    Violations,
    World,
    an_account,
    purchase_of,
    unexpected,
)
from tests.support.load import Reply, Request

_BUYERS_AT_ONCE = 8
_LOOKS_MAX = 100


async def race_of_one_webhook(world: World) -> Violations:
    """Deliver one event many times at once."""
    purchase = await world.buy(an_account())
    event = webhook(paid(purchase))

    replies = await world.all([event] * world.racers)

    return [*unexpected(replies, {"200": world.racers}), *await _credited_once(world, purchase)]


async def race_of_events_about_one_payment(world: World) -> Violations:
    """Deliver many events at once, each with an id of its own, about one payment."""
    purchase = await world.buy(an_account())

    replies = await world.all(webhook(paid(purchase)) for _ in range(world.racers))

    return [*unexpected(replies, {"200": world.racers}), *await _credited_once(world, purchase)]


async def race_of_page_and_webhooks(world: World) -> Violations:
    """Pay on the page, hear of that payment from elsewhere, and come back, all at once."""
    account_id = an_account()
    started = await world.send(world.buying(account_id))
    purchase = purchase_of(started, account_id)
    page = "/sandbox" + started.data["url"].partition("/sandbox")[2]
    pay = Request(method="POST", path=f"{page}/pay")
    returned: list[Request] = []
    if await world.has_route("/payment/confirm"):
        body = {"order_id": purchase.order_id}
        token = user_token(account_id)
        returned = [
            Request(method="POST", path="/payment/confirm", body=body, credential=token)
        ] * world.racers

    heard, paid_on_page, confirmed = await asyncio.gather(
        world.all(webhook(paid(purchase)) for _ in range(world.racers)),
        world.all([pay] * 4),
        world.all(returned),
    )

    return [
        *unexpected(heard, {"200": world.racers}),
        *unexpected(paid_on_page, {"303": 4}),
        *unexpected(confirmed, {"200": len(returned)}),
        *await _credited_once(world, purchase),
    ]


async def race_of_plan_purchases(world: World) -> Violations:
    """Buy a plan several times at once and pay every time: one subscription lives, all count."""
    account_id = an_account()
    started = await world.all(
        world.buying(account_id, is_plan=True) for _ in range(_BUYERS_AT_ONCE)
    )
    purchases = [purchase_of(reply, account_id, is_plan=True) for reply in started]

    replies = await world.all(webhook(paid(purchase)) for purchase in purchases * 4)

    another = await world.send(world.buying(account_id, is_plan=True))
    subscription = await world.subscription(account_id)
    expected = PLAN_CREDITS * _BUYERS_AT_ONCE
    return [
        *unexpected(replies, {"200": len(replies)}),
        *unexpected([another], {"409 subscription_exists": 1}),
        *([] if subscription is not None else ["nothing lives after all was paid"]),
        *await _all_paid(world, account_id, len(purchases)),
        *await world.wrong_in_the_end(account_id, expected),
        *await world.broken_rules(),
    ]


async def race_of_checkouts_under_one_key(world: World) -> Violations:
    """Start one checkout many times at once under one key: one order is made."""
    account_id = an_account()
    request = world.buying(account_id)

    replies: list[Reply] = await world.all([request] * world.racers)

    made = {reply.data["order_id"] for reply in replies if reply.is_done}
    orders = await world.orders(account_id)
    return [
        *unexpected(replies, {"201": world.racers}),
        *([] if len(made) == len(orders) == 1 else [f"{made} were answered, {orders} are there"]),
    ]


async def race_of_checkouts_of_one_buyer(world: World) -> Violations:
    """Ask for one purchase many times at once, under many keys: one order, one page, one slot."""
    account_id = an_account()
    code = await world.issue_coupon(max_redemptions_per_account=world.racers)

    replies: list[Reply] = await world.all(
        world.buying(account_id, coupon=code, page="prices") for _ in range(world.racers)
    )

    made = {(reply.data["order_id"], reply.data["url"]) for reply in replies if reply.is_done}
    orders = await world.orders(account_id)
    redeemed = (await world.coupon(code))["redeemed"]
    return [
        *unexpected(replies, {"201": world.racers}),
        *([] if len(made) == len(orders) == 1 else [f"{made} were answered, {orders} are there"]),
        *([] if redeemed == 1 else [f"{redeemed} slots are taken"]),
    ]


async def _credited_once(world: World, purchase: Purchase) -> Violations:
    lines = await world.lines(purchase.account_id)
    return [
        *await _all_paid(world, purchase.account_id, 1),
        *([] if len(lines) == 1 else [f"{len(lines)} lines for one payment: {lines}"]),
        *await world.wrong_in_the_end(purchase.account_id, PACK_CREDITS),
        *await world.broken_rules(),
    ]


async def _all_paid(world: World, account_id: str, expected: int) -> Violations:
    """Say so if an order stays unpaid: what could not be applied at once, the worker retries."""
    for _ in range(_LOOKS_MAX):
        statuses = [order["status"] for order in await world.orders(account_id)]
        if statuses.count("paid") >= expected:
            break
        await asyncio.sleep(0.1)
    found = [order["status"] for order in await world.orders(account_id)].count("paid")
    return [] if found == expected else [f"{found} orders are paid, not {expected}"]
