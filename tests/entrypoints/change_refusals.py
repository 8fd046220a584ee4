"""How each refusal about changes of plan comes about."""

from collections.abc import Awaitable, Callable, Mapping

from adapters.quote_seal import SignedQuotes
from domain.subscriptions.change import ChangeStatus
from entrypoints.container import Container
from tests.entrypoints.good_plan_changes import subscribed
from tests.support.app import Service, a_service
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_plan
from tests.support.callers import Answer

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"

Details = Mapping[str, object] | None


async def preview(service: Service, plan_id: str) -> Answer:
    body = {"plan_id": plan_id, "interval": "monthly"}
    return await service.as_user().post("/subscription/preview", body)


async def change(service: Service, quote: str) -> Answer:
    return await service.as_user().post("/subscription/change", {"quote": quote})


async def a_quote(service: Service) -> str:
    _, plan = await subscribed(service, "team", id=NEVER_WAS)
    return str((await preview(service, plan.id)).data["quote"])


async def quote_expired(service: Service) -> Answer:
    quote = await a_quote(service)
    service.clock.advance(minutes=15)
    return await change(service, quote)


async def quote_outdated(service: Service) -> Answer:
    quote = await a_quote(service)
    await service.as_user().post("/subscription/cancel", {})
    return await change(service, quote)


async def quotes_not_configured(service: Service) -> Answer:
    def without_secret(made: Container) -> None:
        made.quote_seal.override(SignedQuotes(None))

    async with a_service(prepare=without_secret) as bare:
        _, plan = await subscribed(bare, "team")
        return await preview(bare, plan.id)


async def already_on_plan(service: Service) -> Answer:
    sold, _ = await subscribed(service, "team")
    async with service.store.begin() as work:
        await work.plans.add(a_plan(id=sold.plan_id, group="team"))
        await work.commit()
    return await preview(service, sold.plan_id)


async def change_under_way(service: Service) -> Answer:
    sold, plan = await subscribed(service, "team", id=NEVER_WAS)
    async with service.store.begin() as work:
        await work.plan_changes.add(a_change(sold, status=ChangeStatus.REQUESTED))
        await work.commit()
    return await preview(service, plan.id)


async def change_not_offered(service: Service) -> Answer:
    _, plan = await subscribed(service, "team", provider_id=None)
    return await preview(service, plan.id)


CHANGE_CASES: Mapping[str, tuple[Callable[[Service], Awaitable[Answer]], int, Details]] = {
    "quote_invalid": (lambda service: change(service, "quote"), 422, None),
    "quote_expired": (quote_expired, 409, {"expired_at": "2026-01-12T12:15:00Z"}),
    "quote_outdated": (quote_outdated, 409, {"subscription_id": NEVER_WAS}),
    "quotes_not_configured": (quotes_not_configured, 422, None),
    "already_on_plan": (already_on_plan, 409, None),
    "change_under_way": (change_under_way, 409, {"subscription_id": NEVER_WAS}),
    "change_not_offered": (change_not_offered, 422, None),
}
