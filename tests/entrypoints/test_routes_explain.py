"""Why a balance is what it is, over HTTP."""

from datetime import timedelta

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.clock import NOON


async def spend(service: Service, amount: int) -> str:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {"account_id": SOMEBODY, "amount": amount, "description": "A chat"}
    answer = await backend.post("/credits/spend", body, key=f"spend-{amount}")
    return str(answer.data["transaction_id"])


async def test_a_balance_is_explained_lot_by_lot(service: Service) -> None:
    await service.give(100)
    await spend(service, 30)

    explained = (await service.as_user().get("/credits/explain")).data

    assert (explained["balance"], explained["owed"], explained["transactions"]) == (70, 0, 2)
    (lot,) = explained["lots"]
    assert (lot["amount"], lot["given"], lot["remaining"]) == (100, {"ai_usage": 30}, 70)
    assert (lot["state"], explained["lots_left_out"]) == ("active", 0)


async def test_a_past_instant_is_explained_as_it_was(service: Service) -> None:
    await service.give(100)
    service.clock.advance(days=1)
    await spend(service, 30)

    then = (NOON + timedelta(hours=1)).isoformat()
    explained = (await service.as_user().get("/credits/explain", at=then)).data

    assert (explained["balance"], explained["transactions"]) == (100, 1)


async def test_an_instant_still_to_come_is_refused(service: Service) -> None:
    answer = await service.as_user().get("/credits/explain", at="2999-01-01T00:00:00Z")

    assert (answer.status, answer.paths) == (400, ["at"])


async def test_support_sees_what_the_account_sees(service: Service) -> None:
    await service.give(100)

    own = (await service.as_user().get("/credits/explain")).data
    seen = (await service.as_admin().get(f"/admin/accounts/{SOMEBODY}/explain")).data

    assert own == seen


async def test_a_transaction_names_the_lots_that_paid_for_it(service: Service) -> None:
    await service.give(20)
    await service.give(100)
    transaction_id = await spend(service, 30)

    path = f"/credits/transactions/{transaction_id}/explain"
    explained = (await service.as_user().get(path)).data

    assert explained["transaction"]["id"] == transaction_id
    assert [part["amount"] for part in explained["parts"]] == [20, 10]
    assert explained["owed"] == 0


async def test_anothers_transaction_is_not_found(service: Service) -> None:
    await service.give(100)
    transaction_id = await spend(service, 30)

    path = f"/credits/transactions/{transaction_id}/explain"
    answer = await service.as_user(SOMEBODY_ELSE).get(path)

    assert (answer.status, answer.code) == (404, "transaction_not_found")
