"""Credits over HTTP: balance, transactions, spending."""

import asyncio
from datetime import timedelta

from domain.access.role import Scope
from domain.credits.ids import AccountId
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, grant_terms, granted
from tests.support.clock import NOON


async def give_until(service: Service, amount: int, *, days: int) -> None:
    async with service.store.begin() as work:
        wallet = await work.wallets.take(SOMEBODY)
        terms = grant_terms(amount=amount, expires_at=NOON + timedelta(days=days))
        await work.wallets.save(granted(wallet, terms))
        await work.commit()


async def test_a_new_account_has_a_balance_of_nothing(service: Service) -> None:
    answer = await service.as_user().get("/credits/balance")

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "balance": 0,
            "available": 0,
            "held": 0,
            "paid": 0,
            "free": 0,
            "overdraft": None,
            "expiring": None,
            "frozen": False,
        },
    }


async def test_a_balance_names_the_next_credits_to_expire(service: Service) -> None:
    await service.give(1000)
    await give_until(service, 500, days=7)

    answer = await service.as_user().get("/credits/balance")

    assert answer.data == {
        "balance": 1500,
        "available": 1500,
        "held": 0,
        "paid": 1500,
        "free": 0,
        "overdraft": None,
        "expiring": {"amount": 500, "at": "2026-01-19T12:00:00Z"},
        "frozen": False,
    }


async def test_expired_credits_are_out_of_the_balance_before_any_sweep(service: Service) -> None:
    await service.give(1000)
    await give_until(service, 500, days=7)

    service.clock.advance(days=7)

    answer = await service.as_user().get("/credits/balance")
    assert (answer.data["balance"], answer.data["available"]) == (1000, 1000)
    assert answer.data["expiring"] is None


async def test_a_backend_names_the_account_it_asks_about(service: Service) -> None:
    await service.give(70, SOMEBODY_ELSE)
    backend = await service.as_backend(Scope.CREDITS_READ)

    named = await backend.get("/credits/balance", account_id=SOMEBODY_ELSE)
    unnamed = await backend.get("/credits/balance")

    assert named.data["balance"] == 70
    assert (unnamed.status, unnamed.paths) == (400, ["account_id"])


async def test_a_user_may_not_name_another_account(service: Service) -> None:
    answer = await service.as_user().get("/credits/balance", account_id=SOMEBODY_ELSE)

    assert (answer.status, answer.code) == (403, "other_account")


async def test_a_spend_answers_what_it_took_and_what_is_left(service: Service) -> None:
    await service.give(200)
    backend = await service.as_backend(Scope.CREDITS_SPEND)

    answer = await backend.post(
        "/credits/spend", {"account_id": SOMEBODY, "amount": 50}, key="completion-1"
    )

    assert answer.status == 201
    assert answer.body == {
        "success": True,
        "data": {
            "transaction_id": answer.data["transaction_id"],
            "seq": 2,
            "amount": -50,
            "balance": 150,
            "available": 150,
            "created_at": "2026-01-12T12:00:00Z",
        },
    }


async def test_a_transaction_shows_what_the_backend_said_about_it(service: Service) -> None:
    await service.give(200)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    spend = await backend.post(
        "/credits/spend",
        {
            "account_id": SOMEBODY,
            "amount": 50,
            "type": "image_generation",
            "description": "Four pictures",
            "metadata": {"size": 1.50, "count": 4, "big": 10**30, "of": ["a", None, True]},
        },
        key="pictures-1",
    )

    answer = await service.as_user().get("/credits/transactions", limit=1)

    assert answer.body == {
        "success": True,
        "data": [
            {
                "id": spend.data["transaction_id"],
                "type": "image_generation",
                "amount": -50,
                "description": "Four pictures",
                "created_at": "2026-01-12T12:00:00Z",
                "balance_after": 150,
                "seq": 2,
                "metadata": {"big": 10**30, "count": 4, "of": ["a", None, True], "size": 1.5},
                "usage": None,
            }
        ],
        "meta": {"limit": 1, "offset": 0, "total": 2, "next": "2"},
    }


async def test_a_spend_beyond_what_is_available_is_refused_and_takes_nothing(
    service: Service,
) -> None:
    await service.give(49)
    backend = await service.as_backend(Scope.CREDITS_SPEND, Scope.CREDITS_READ)
    before = service.kept()

    answer = await backend.post(
        "/credits/spend", {"account_id": SOMEBODY, "amount": 50}, key="too-much"
    )

    assert answer.status == 402
    assert answer.error == {
        "code": "insufficient_credits",
        "message": "50 credits were asked for and 49 are available.",
        "details": {"requested": 50, "available": 49},
        "request_id": answer.headers["X-Request-Id"],
    }
    assert service.kept() == before


async def test_two_spends_under_one_key_at_once_take_once(service: Service) -> None:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {"account_id": SOMEBODY, "amount": 10}

    answers = await asyncio.gather(
        *(backend.post("/credits/spend", body, key="one") for _ in range(8))
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.data["transaction_id"] for answer in answers}) == 1
    assert sum(answer.is_replay for answer in answers) == 7
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 90


async def test_a_key_may_bound_one_spend_and_what_an_account_spends_a_day(
    service: Service,
) -> None:
    await service.give(1000)
    backend = await service.as_backend(Scope.CREDITS_SPEND, spend_max=40, spend_max_per_day=60)

    async def spend(amount: int) -> tuple[int, object]:
        body = {"account_id": SOMEBODY, "amount": amount}
        answer = await backend.post("/credits/spend", body, key=f"of-{amount}")
        return answer.status, answer.body.get("error", {}).get("details")

    assert await spend(41) == (403, {"limit": "each", "allowed": 40, "asked": 41})
    assert await spend(40) == (201, None)
    assert await spend(21) == (403, {"limit": "day", "allowed": 60, "asked": 61})
    assert await spend(20) == (201, None)


async def test_transactions_page_by_offset_newest_first(service: Service) -> None:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    for number in range(5):
        body = {"account_id": SOMEBODY, "amount": 1 + number}
        await backend.post("/credits/spend", body, key=str(number))

    answer = await service.as_user().get("/credits/transactions", limit=2, offset=1)

    assert [line["seq"] for line in answer.data] == [5, 4]
    assert answer.body["meta"] == {"limit": 2, "offset": 1, "total": 6, "next": "4"}


async def test_transactions_page_on_after_the_page_before(service: Service) -> None:
    for _ in range(5):
        await service.give(1)
    user = service.as_user()

    seen: list[int] = []
    after: dict[str, str | int] = {}
    while True:
        answer = await user.get("/credits/transactions", limit=2, **after)
        seen += [line["seq"] for line in answer.data]
        if answer.body["meta"]["next"] is None:
            break
        after = {"after": answer.body["meta"]["next"]}

    assert seen == [5, 4, 3, 2, 1]


async def test_transactions_of_one_type_page_by_after_alone(service: Service) -> None:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    for number in range(3):
        body = {"account_id": SOMEBODY, "amount": 1}
        await backend.post("/credits/spend", body, key=str(number))
    user = service.as_user()

    answer = await user.get("/credits/transactions", type="ai_usage", limit=2)
    refused = await user.get("/credits/transactions", type="ai_usage", offset=1)

    assert [line["seq"] for line in answer.data] == [4, 3]
    assert answer.body["meta"] == {"limit": 2, "offset": None, "total": None, "next": "3"}
    assert (refused.status, refused.paths) == (400, ["offset"])


async def test_an_account_sees_no_line_of_another(service: Service) -> None:
    await service.give(10, AccountId("user-9"))
    await service.give(20, SOMEBODY)

    answer = await service.as_user("user-9").get("/credits/transactions")

    assert [line["amount"] for line in answer.data] == [10]
    assert answer.body["meta"]["total"] == 1
