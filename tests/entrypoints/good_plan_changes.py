"""Good requests for the endpoints by which plans are changed."""

from collections.abc import Mapping

from domain.payments.ids import Channel
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.subscription import Subscription
from tests.entrypoints.good_request import Body, Good
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import SANDBOX, a_first_order
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.callers import Caller


async def subscribed(
    service: Service,
    group: str,
    *,
    id: str | None = None,
    provider_id: str | None = "sub",
    channel: Channel = SANDBOX,
) -> tuple[Subscription, Plan]:
    """Let there be a subscription, and a dearer plan beside it in a group of their own."""
    provider_id = None if provider_id is None else f"{provider_id}_{group}"
    sold = a_subscription(id=id, group=group, channel=channel, provider_subscription_id=provider_id)
    dearer = a_plan(name="Max", price_monthly_minor=2990, credits_included=5000, group=group)
    async with service.store.begin() as work:
        await work.subscriptions.add(sold)
        await work.orders.add(a_first_order(sold))
        await work.plans.add(dearer)
        await work.commit()
    return sold, dearer


async def quoted(caller: Caller, sold: Subscription, plan: Plan) -> str:
    """Return the quote for a change to a plan, as an admin gets it."""
    path = f"/admin/subscriptions/{sold.id}/preview"
    answer = await caller.post(path, {"plan_id": plan.id, "interval": "monthly"})
    return str(answer.data["quote"])


async def good_plan_changes(service: Service) -> Mapping[str, Good]:
    """Let there be two subscriptions whose plans are to be changed, each quoted for."""
    admin = service.as_admin()
    own, plan = await subscribed(service, "own")
    theirs, other_plan = await subscribed(service, "theirs")
    preview: Body = {"plan_id": plan.id, "interval": "monthly"}
    change: Body = {"account_id": SOMEBODY, "quote": await quoted(admin, own, plan)}
    why: Body = {"reason": "More credits"}
    path = f"/admin/subscriptions/{theirs.id}"
    by_admin: Body = {"quote": await quoted(admin, theirs, other_plan)}
    plan_path = f"/admin/billing/plans/{plan.id}"
    return {
        "GET /admin/billing/plans/{id}/versions": Good(path=f"{plan_path}/versions"),
        "POST /admin/billing/plans/{id}/migrate": Good(
            path=f"{plan_path}/migrate", body={"dry_run": True, **why, "limit": 10}
        ),
        "POST /subscription/preview": Good(
            path="/subscription/preview",
            body={**preview, "account_id": SOMEBODY, "subscription_id": own.id},
        ),
        "POST /subscription/change": Good(
            path="/subscription/change", body={**change, **why}, other=change
        ),
        "POST /admin/subscriptions/{id}/preview": Good(
            path=f"{path}/preview", body={"plan_id": other_plan.id, "interval": "monthly"}
        ),
        "POST /admin/subscriptions/{id}/change": Good(
            path=f"{path}/change",
            body={**by_admin, **why},
            other={**by_admin, "reason": "By mail"},
        ),
    }
