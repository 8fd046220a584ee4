"""Good requests about money that goes back, and about running subscriptions."""

from collections.abc import Mapping

from attrs import evolve

from domain.credits.ids import AccountId
from tests.entrypoints.good_request import Body, Good
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, granted
from tests.support.builders.payments import a_dispute
from tests.support.builders.subscriptions import a_plan, a_subscription

FROZEN = AccountId("user-frozen")
ABUSED = AccountId("user-abused")


async def good_money_back(service: Service) -> Mapping[str, Good]:
    """Let an order be paid, another one disputed, and an account be frozen."""
    paid, disputed = await service.paid(), await service.paid()
    dispute = a_dispute(disputed)
    async with service.store.begin() as work:
        await work.disputes.add(dispute)
        wallet = await work.wallets.take(FROZEN)
        held = granted(wallet, now=service.clock.now)
        await work.wallets.save(evolve(held, wallet=evolve(held.wallet, is_frozen=True)))
        abused = await work.wallets.take(ABUSED)
        await work.wallets.save(granted(abused, now=service.clock.now))
        await work.commit()
    refund = {"amount": 250, "reason": "Half of it was not usable", "kind": "duplicate"}
    outcome = {"outcome": "won", "reason": "The dashboard says so"}
    return {
        "GET /admin/orders/{id}": Good(path=f"/admin/orders/{paid.id}"),
        "GET /admin/orders/{id}/receipt": Good(path=f"/admin/orders/{paid.id}/receipt"),
        "GET /orders/{id}/receipt": Good(path=f"/orders/{paid.id}/receipt"),
        "POST /admin/orders/{id}/refund": Good(
            path=f"/admin/orders/{paid.id}/refund", body=refund, other={**refund, "amount": 1}
        ),
        "POST /admin/orders/{id}/settle": Good(
            path=f"/admin/orders/{paid.id}/settle",
            body={"reason": "The customer keeps both"},
            other={"reason": "The customer keeps one"},
        ),
        "GET /admin/disputes": Good(path="/admin/disputes"),
        "POST /admin/disputes/{id}/resolve": Good(
            path=f"/admin/disputes/{dispute.id}/resolve",
            body=outcome,
            other={**outcome, "outcome": "lost"},
        ),
        "POST /admin/accounts/{id}/freeze": Good(
            path=f"/admin/accounts/{ABUSED}/freeze",
            body={"reason": "A stolen session"},
            other={"reason": "A session that may be stolen"},
        ),
        "POST /admin/accounts/{id}/unfreeze": Good(
            path=f"/admin/accounts/{FROZEN}/unfreeze",
            body={"reason": "It is settled"},
            other={"reason": "It is nearly settled"},
        ),
    }


async def good_subscriptions(service: Service) -> Mapping[str, Good]:
    """Let there be a subscription that a provider bills, beside what the world buys."""
    sold = a_subscription(provider_subscription_id="sub_1", group="team")
    plan = a_plan()
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.subscriptions.add(sold)
        await work.commit()
    meant: Body = {"account_id": SOMEBODY, "subscription_id": sold.id}
    why: Body = {"reason": "Too dear"}
    own, path = "/subscription", f"/admin/subscriptions/{sold.id}"
    good = {
        "POST /subscription/cancel": Good(
            path=f"{own}/cancel", body={**meant, **why, "at": "period_end"}, other=meant
        ),
        "POST /admin/subscriptions/comp": Good(
            path="/admin/subscriptions/comp",
            body={**why, "account_id": "comped", "plan_id": plan.id},
            other={**why, "account_id": "comped", "plan_id": plan.id, "interval": "yearly"},
        ),
        "GET /admin/subscriptions": Good(path="/admin/subscriptions"),
        "GET /admin/subscriptions/{id}": Good(path=path),
        "POST /admin/subscriptions/{id}/cancel": Good(
            path=f"{path}/cancel", body={**why, "at": "period_end"}, other=why
        ),
    }
    for name in ("resume", "pause"):
        good[f"POST /subscription/{name}"] = Good(
            path=f"{own}/{name}", body={**meant, **why}, other=meant
        )
        good[f"POST /admin/subscriptions/{{id}}/{name}"] = Good(
            path=f"{path}/{name}", body=why, other={"reason": "Away"}
        )
    return good
