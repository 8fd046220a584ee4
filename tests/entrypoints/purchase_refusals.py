"""How each refusal about buying, orders, and money that goes back comes about."""

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve

from application.payments.steps.provider_turns import AT_ONCE
from application.payments.sweep_orders import SweepOrders
from application.ports.provider import Capability
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.subscriptions.catalogue import Pack, Plan
from tests.support.app import SHOP, Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, an_order
from tests.support.builders.subscriptions import a_pack, a_plan, a_subscription
from tests.support.callers import Answer
from tests.support.signing_provider import SIGNATURE, signature_of

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"

Details = Mapping[str, object] | None
Case = Callable[[Service], Awaitable[Answer]]


async def checkout(
    service: Service, item: Plan | Pack | None = None, *, key: str | None = None, **change: object
) -> Answer:
    """Put an item on sale, unless it is, and buy it."""
    bought = a_pack() if item is None else item
    async with service.store.begin() as work:
        if isinstance(bought, Plan):
            await work.plans.add(bought)
        else:
            await work.packs.add(bought)
        await work.commit()
    return await checkout_again(service, bought, key=key, **change)


async def checkout_again(
    service: Service, item: Plan | Pack, *, key: str | None = None, **change: object
) -> Answer:
    """Buy an item that is on sale."""
    is_plan = isinstance(item, Plan)
    body = {
        "channel": "sandbox",
        "type": "subscription" if is_plan else "credits",
        "plan_id" if is_plan else "pack_id": item.id,
        "success_url": f"{SHOP}/thanks",
        "cancel_url": f"{SHOP}/shop",
        **change,
    }
    return await service.as_user().post("/payment/create-session", body, key=key)


async def portal(service: Service, url: str = f"{SHOP}/account") -> Answer:
    return await service.as_user().post("/subscription/portal", {"return_url": url})


async def webhook(service: Service, raw: bytes, signature: str) -> Answer:
    path = "/payment/webhook/sandbox"
    headers = {SIGNATURE: signature}
    return await service.as_nobody().send("POST", path, raw=raw, headers=headers)


async def portal_once_too_often(service: Service) -> Answer:
    async with service.store.begin() as work:
        await work.customers.link(SOMEBODY, SANDBOX, "cus_1")
        await work.commit()
    for _ in range(AT_ONCE):
        await portal(service)
    return await portal(service)


async def subscription_exists(service: Service) -> Answer:
    sold = evolve(a_subscription(id=NEVER_WAS), price_minor=990)
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.commit()
    return await checkout(service, a_plan())


async def wish(
    service: Service, name: str = "cancel", *, subscriptions: int = 1, **change: object
) -> Answer:
    """Ask something of a subscription of an account that has so many, each in its group."""
    ids = [f"{NEVER_WAS[:-1]}{n}" for n in range(subscriptions)]
    async with service.store.begin() as work:
        for n, name_of_it in enumerate(ids):
            await work.subscriptions.add(a_subscription(id=name_of_it, group=f"group-{n}"))
        await work.commit()
    return await service.as_user().post(f"/subscription/{name}", dict(change))


async def capability_missing(service: Service) -> Answer:
    service.provider.capabilities = frozenset({Capability.SUBSCRIPTIONS})
    return await checkout(service)


async def not_sold_there(service: Service) -> Answer:
    service.provider.is_reference_needed = True
    return await checkout(service, a_pack(id=NEVER_WAS))


async def provider_unavailable(service: Service) -> Answer:
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)
    return await checkout(service)


async def provider_refused(service: Service) -> Answer:
    service.provider.refusal = ProviderRefused(channel=SANDBOX, reason="the item is unknown there")
    return await checkout(service)


async def checkout_over(service: Service) -> Answer:
    pack = a_pack()
    service.provider.refusal = ProviderUnavailable(channel=SANDBOX)
    await checkout(service, pack, key="k")
    service.provider.refusal = None
    service.clock.advance(days=2)
    await service.sweep_orders(SweepOrders())
    return await checkout_again(service, pack, key="k")


async def refund(service: Service, order_id: str = NEVER_WAS, amount: int | None = None) -> Answer:
    body = {"reason": "Test", "amount": amount}
    return await service.as_admin().post(f"/admin/orders/{order_id}/refund", body, key="k")


async def refund_of_an_unpaid_order(service: Service) -> Answer:
    order = an_order(id=NEVER_WAS)
    async with service.store.begin() as work:
        await work.orders.add(order)
        await work.commit()
    return await refund(service, order.id)


async def refund_beyond_what_was_paid(service: Service) -> Answer:
    order = await service.paid()
    await refund(service, order.id, 200)
    body = {"reason": "Test", "amount": 301}
    return await service.as_admin().post(f"/admin/orders/{order.id}/refund", body, key="another")


PURCHASE_CASES: Mapping[str, tuple[Case, int, Details]] = {
    "plan_not_found": (
        lambda service: checkout_again(service, a_plan(id=NEVER_WAS)),
        404,
        {"plan_id": NEVER_WAS},
    ),
    "pack_not_found": (
        lambda service: checkout_again(service, a_pack(id=NEVER_WAS)),
        404,
        {"pack_id": NEVER_WAS},
    ),
    "not_on_sale": (
        lambda service: checkout(service, a_plan(id=NEVER_WAS, is_on_sale=False)),
        409,
        {"item_id": NEVER_WAS},
    ),
    "interval_not_offered": (
        lambda service: checkout(
            service, a_plan(id=NEVER_WAS, price_yearly_minor=None), interval="yearly"
        ),
        422,
        {"plan_id": NEVER_WAS, "interval": "yearly"},
    ),
    "subscription_required": (
        lambda service: checkout(service, a_pack(id=NEVER_WAS, requires_group="team")),
        409,
        {"pack_id": NEVER_WAS, "group": "team"},
    ),
    "subscription_exists": (
        subscription_exists,
        409,
        {"subscription_id": NEVER_WAS, "plan_name": "Pro", "channel": "sandbox"},
    ),
    "subscription_not_found": (lambda service: wish(service, subscriptions=0), 404, None),
    "subscription_not_named": (
        lambda service: wish(service, subscriptions=2),
        422,
        {"subscription_ids": [f"{NEVER_WAS[:-1]}1", NEVER_WAS]},
    ),
    "subscription_state": (
        lambda service: wish(service, "pause"),
        409,
        {
            "subscription_id": NEVER_WAS,
            "status": "active",
            "problem": "nothing is paid for it, so there is nothing to pause",
        },
    ),
    "channel_not_configured": (
        lambda service: checkout(service, channel="paypal"),
        422,
        {"channel": "paypal", "configured": ["sandbox"]},
    ),
    "capability_missing": (
        capability_missing,
        422,
        {"channel": "sandbox", "capability": "one_off"},
    ),
    "not_sold_through_channel": (
        not_sold_there,
        422,
        {"channel": "sandbox", "item_id": NEVER_WAS},
    ),
    "return_url_not_allowed": (
        lambda service: portal(service, "https://evil.example/"),
        400,
        {
            "path": "return_url",
            "problem": (
                "the origin https://evil.example is not among the configured return origins"
            ),
        },
    ),
    "provider_unavailable": (provider_unavailable, 503, {"channel": "sandbox"}),
    "provider_refused": (
        provider_refused,
        422,
        {"channel": "sandbox", "reason": "the item is unknown there"},
    ),
    "checkout_over": (checkout_over, 409, None),
    "no_provider_customer": (portal, 409, None),
    "asked_too_often": (portal_once_too_often, 429, {"retry_after_s": 3}),
    "order_not_found": (
        lambda service: service.as_user().get(f"/orders/{NEVER_WAS}"),
        404,
        {"order_id": NEVER_WAS},
    ),
    "event_not_found": (
        lambda service: service.as_admin().get(f"/admin/webhooks/{NEVER_WAS}"),
        404,
        {"event_id": NEVER_WAS},
    ),
    "order_not_refundable": (
        refund_of_an_unpaid_order,
        409,
        {"order_id": NEVER_WAS, "status": "pending"},
    ),
    "refund_too_large": (
        refund_beyond_what_was_paid,
        422,
        {"asked_minor": 301, "left_minor": 300},
    ),
    "dispute_not_found": (
        lambda service: service.as_admin().post(
            f"/admin/disputes/{NEVER_WAS}/resolve", {"outcome": "won", "reason": "Test"}
        ),
        404,
        {"dispute_id": NEVER_WAS},
    ),
    "signature_refused": (
        lambda service: webhook(service, b"{}", "forged"),
        400,
        {"channel": "sandbox", "reason": "it does not match"},
    ),
    "webhook_unreadable": (
        lambda service: webhook(service, b"?", signature_of(b"?")),
        400,
        {"channel": "sandbox", "problem": "is not JSON"},
    ),
}
