"""How each refusal about holds, lots and refunds of usage comes about."""

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve
from dependency_injector import providers

from domain.access.role import Scope
from domain.credits.posting import Posting
from domain.credits.wallet import HOLDS_MAX
from entrypoints.container import Container
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY, held
from tests.support.callers import Answer

NEVER_WAS = "0199ffff-0000-7000-8000-000000000000"
OWN = {"account_id": SOMEBODY}

Details = Mapping[str, object] | None


async def capture(service: Service, hold_id: str = NEVER_WAS) -> Answer:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {**OWN, "amount": 1}
    return await backend.post(f"/credits/holds/{hold_id}/capture", body, key="capture")


async def capture_once_more(service: Service) -> Answer:
    await service.give(100)
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        posting = held(wallet, 10, id=NEVER_WAS, now=service.clock.now)
        await work.wallets.save(posting)
        await work.commit()
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    await backend.post(f"/credits/holds/{NEVER_WAS}/release", OWN, key="release")
    return await capture(service)


async def one_hold_more(service: Service) -> Answer:
    await service.give(2 * HOLDS_MAX)
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        posting = Posting(wallet=wallet)
        for _ in range(HOLDS_MAX):
            one = held(evolve(posting.wallet, grants=posting.wallet.grants), 1)
            posting = posting.then(one)
        await work.wallets.save(posting)
        await work.commit()
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    return await backend.post("/credits/holds", {**OWN, "amount": 1}, key="one-more")


async def void(service: Service, grant_id: str = NEVER_WAS) -> Answer:
    path = f"/admin/credits/grants/{grant_id}/void"
    return await service.as_admin().post(path, {**OWN, "reason": "Test"}, key=f"void-{grant_id}")


async def void_twice(service: Service) -> Answer:
    given = {**OWN, "amount": 5, "reason": "Test"}
    lot = (await service.as_admin().post("/admin/credits/grants", given, key="give")).data
    await void(service, lot["grant_id"])
    path = f"/admin/credits/grants/{lot['grant_id']}/void"
    answer = await service.as_admin().post(path, {**OWN, "reason": "Test"}, key="again")
    assert answer.body["error"]["details"]["grant_id"] == lot["grant_id"]
    return answer


async def refund_of(service: Service, transaction_id: str, amount: int | None = None) -> Answer:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    path = f"/credits/transactions/{transaction_id}/refund"
    return await backend.post(path, {**OWN, "amount": amount}, key=f"refund-{amount}")


async def refund_of_a_grant(service: Service) -> Answer:
    given = {**OWN, "amount": 5, "reason": "Test"}
    lot = (await service.as_admin().post("/admin/credits/grants", given, key="give")).data
    return await refund_of(service, lot["transaction_id"])


async def refund_beyond_the_charge(service: Service) -> Answer:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    spent = await backend.post("/credits/spend", {**OWN, "amount": 30}, key="spend")
    await refund_of(service, spent.data["transaction_id"], 20)
    return await refund_of(service, spent.data["transaction_id"], 11)


async def explained_too_long(service: Service) -> Answer:
    def few(container: Container) -> None:
        whole = container.explain_balance()
        container.explain_balance.override(
            providers.Object(evolve(whole, stretch_lines=2, stretches_max=1))
        )

    async with a_service(prepare=few) as hasty:
        for _ in range(5):
            await hasty.give(10)
        return await hasty.as_user().get("/credits/explain")


ENDED = {
    "hold_id": NEVER_WAS,
    "state": "released",
    "ended_at": "2026-01-12T12:00:00Z",
    "captured": 0,
    "shortfall": 0,
    "transaction_id": None,
}

CREDIT_CASES: Mapping[str, tuple[Callable[[Service], Awaitable[Answer]], int, Details]] = {
    "hold_not_found": (capture, 404, {"hold_id": NEVER_WAS}),
    "hold_not_open": (capture_once_more, 409, ENDED),
    "too_many_holds": (one_hold_more, 422, {"most": HOLDS_MAX}),
    "grant_not_found": (void, 404, {"grant_id": NEVER_WAS}),
    "ledger_being_read": (explained_too_long, 503, {"read_lines": 2, "lines": 5}),
    "grant_ended": (void_twice, 409, {"grant_id": "00000001-0000-7000-8000-000000000001"}),
    "not_usage": (
        refund_of_a_grant,
        409,
        {"transaction_id": "00000001-0000-7000-8000-000000000003"},
    ),
    "usage_refund_too_large": (refund_beyond_the_charge, 409, {"asked": 11, "left": 10}),
}
