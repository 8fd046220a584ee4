"""Credits that a backend gives, over HTTP."""

from domain.access.role import Scope
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY

WELCOME = {"account_id": SOMEBODY, "amount": 100, "description": "Welcome"}


async def test_a_grant_is_there_at_once_and_only_once(service: Service) -> None:
    backend = await service.as_backend(Scope.CREDITS_GRANT)

    first = await backend.post("/credits/grants", WELCOME, key="welcome")
    again = await backend.post("/credits/grants", WELCOME, key="welcome")

    assert (first.status, first.data["amount"], first.data["balance"]) == (201, 100, 100)
    assert again.data == first.data
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 100


async def test_a_grant_for_later_has_no_transaction_until_then(service: Service) -> None:
    backend = await service.as_backend(Scope.CREDITS_GRANT)
    later = {**WELCOME, "effective_at": "2026-01-13T12:00:00Z"}

    granted = await backend.post("/credits/grants", later, key="later")
    before = (await service.as_user().get("/credits/balance")).data["balance"]
    service.clock.advance(days=1)
    after = (await service.as_user().get("/credits/balance")).data["balance"]

    assert (granted.data["transaction_id"], granted.data["balance"]) == (None, 0)
    assert (before, after) == (0, 100)


async def test_a_grant_that_is_over_before_it_begins_is_refused(service: Service) -> None:
    backend = await service.as_backend(Scope.CREDITS_GRANT)
    over = {**WELCOME, "expires_at": "2026-01-01T00:00:00Z"}

    answer = await backend.post("/credits/grants", over, key="over")

    assert (answer.status, answer.code) == (400, "grant_already_over")
