"""How each refusal about what is forgotten comes about."""

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve

from domain.payments.ids import InboxId
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, held
from tests.support.builders.payments import an_inbox_event
from tests.support.callers import Answer

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"

Details = Mapping[str, object] | None


async def replay_without_a_body(service: Service) -> Answer:
    event = an_inbox_event().applied((), service.clock.now).without_body()
    async with service.store.begin() as work:
        await work.inbox.add(evolve(event, id=InboxId(NEVER_WAS)))
        await work.commit()
    return await service.as_admin().post(f"/admin/webhooks/{NEVER_WAS}/replay", {"reason": "Test"})


async def erase_while_something_is_open(service: Service) -> Answer:
    await service.give(100)
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        await work.wallets.save(held(wallet, 10, id=NEVER_WAS, now=service.clock.now))
        await work.commit()
    path = f"/admin/accounts/{SOMEBODY}/erase"
    return await service.as_admin().post(path, {"reason": "Test"})


PRIVACY_CASES: Mapping[str, tuple[Callable[[Service], Awaitable[Answer]], int, Details]] = {
    "account_in_use": (
        erase_while_something_is_open,
        409,
        {
            "account_id": SOMEBODY,
            "live_subscriptions": [],
            "open_holds": [NEVER_WAS],
            "unpaid_orders": [],
        },
    ),
    "event_body_dropped": (replay_without_a_body, 409, {"event_id": NEVER_WAS}),
}
