"""The ledger for admins over HTTP: all transactions, adjustments, the proof."""

import attrs
import pytest

from domain.access.role import Role, Scope
from domain.amount import AMOUNT_MAX
from domain.credits.transaction import COUPON
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE


async def test_credits_given_by_hand_are_there_and_on_record(service: Service) -> None:
    treasurer = service.as_admin(Role.TREASURER, "admin-7")
    body = {
        "account_id": SOMEBODY,
        "amount": 500,
        "reason": "Credit for the outage",
        "expires_at": "2026-02-01T02:00:00+02:00",
    }

    answer = await treasurer.post("/admin/credits/manual", body, key="outage-1")

    assert answer.status == 201
    assert answer.body == {
        "success": True,
        "data": {
            "transaction_id": answer.data["transaction_id"],
            "account_id": SOMEBODY,
            "seq": 1,
            "amount": 500,
            "balance": 500,
            "available": 500,
            "grant_id": answer.data["grant_id"],
            "created_at": "2026-01-12T12:00:00Z",
        },
    }
    balance = await service.as_user().get("/credits/balance")
    assert balance.data["expiring"] == {"amount": 500, "at": "2026-02-01T00:00:00Z"}
    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert (entry.action, entry.actor.id) == ("credits.adjust", "admin-7")
    assert entry.actor.request_id == answer.headers["X-Request-Id"]
    assert (entry.before, entry.after) == ("balance 0", "balance 500 (+500)")
    assert entry.reason == "Credit for the outage"


async def test_credits_taken_by_hand(service: Service) -> None:
    await service.give(300)
    body = {"account_id": SOMEBODY, "amount": -100, "reason": "Granted twice"}

    answer = await service.as_admin().post("/admin/credits/manual", body, key="k")

    assert (answer.data["amount"], answer.data["balance"]) == (-100, 200)
    assert answer.data["grant_id"] is None
    (line, _) = (await service.as_user().get("/credits/transactions")).data
    assert (line["type"], line["description"]) == ("manual", "Granted twice")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"amount": 0}, "amount"),
        ({"reason": "   "}, "reason"),
        ({"amount": -1, "expires_at": "2026-06-01T00:00:00Z"}, "expires_at"),
        ({"account_id": " user-1"}, "account_id"),
    ],
)
async def test_an_adjustment_that_makes_no_sense_is_refused(
    service: Service, change: dict[str, object], path: str
) -> None:
    await service.give(10)
    body = {"account_id": SOMEBODY, "amount": 1, "reason": "Why not", **change}
    before = service.kept()

    answer = await service.as_admin().post("/admin/credits/manual", body, key="k")

    assert (answer.status, answer.code, answer.paths) == (400, "invalid_request", [path])
    assert service.kept() == before


async def test_more_than_there_is_cannot_be_taken_by_hand(service: Service) -> None:
    await service.give(99)
    body = {"account_id": SOMEBODY, "amount": -100, "reason": "Granted twice"}
    before = service.kept()

    answer = await service.as_admin().post("/admin/credits/manual", body, key="k")

    assert (answer.status, answer.code) == (402, "insufficient_credits")
    assert service.kept() == before


async def test_credits_cannot_be_given_until_a_past_day(service: Service) -> None:
    body = {"account_id": SOMEBODY, "amount": 1, "reason": "Late"}
    body |= {"expires_at": "2026-01-12T12:00:00Z"}

    answer = await service.as_admin().post("/admin/credits/manual", body, key="k")

    assert (answer.status, answer.code) == (400, "grant_already_over")


async def test_a_balance_stays_within_what_can_be_counted(service: Service) -> None:
    await service.give(1)
    body = {"account_id": SOMEBODY, "amount": AMOUNT_MAX, "reason": "All there is"}

    answer = await service.as_admin().post("/admin/credits/manual", body, key="k")

    assert (answer.status, answer.code) == (422, "balance_too_large")


async def test_all_transactions_show_whose_they_are_and_both_sides(service: Service) -> None:
    await service.give(100)
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    body = {"account_id": SOMEBODY, "amount": 5, "metadata": {"model": "gpt-4"}}
    spend = await backend.post("/credits/spend", body, key="k")

    answer = await service.as_admin(Role.VIEWER).get("/admin/credits/transactions", limit=1)

    assert answer.body == {
        "success": True,
        "data": [
            {
                "id": spend.data["transaction_id"],
                "type": "ai_usage",
                "amount": -5,
                "description": "",
                "created_at": "2026-01-12T12:00:00Z",
                "balance_after": 95,
                "seq": 2,
                "metadata": {"model": "gpt-4"},
                "usage": None,
                "account_id": SOMEBODY,
                "debit": "wallet",
                "credit": "usage",
                "cause": None,
            }
        ],
        "meta": {
            "limit": 1,
            "offset": None,
            "total": None,
            "next": spend.data["transaction_id"],
        },
    }


async def some_history(service: Service) -> None:
    """Give and spend for two accounts on three days."""
    owner = service.as_admin()
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    for day in range(3):
        for account_id in (SOMEBODY, SOMEBODY_ELSE):
            given = {"account_id": account_id, "amount": 10 + day, "reason": "Daily"}
            await owner.post("/admin/credits/manual", given, key=f"give-{day}")
            spent = {"account_id": account_id, "amount": 1 + day}
            await backend.post("/credits/spend", spent, key=f"spend-{day}")
        service.clock.advance(days=1)


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ({"type": "manual", "account_id": SOMEBODY}, [12, 11, 10]),
        ({"type": "ai_usage", "account_id": SOMEBODY_ELSE}, [-3, -2, -1]),
        (
            {"from": "2026-01-13T12:00:00Z", "to": "2026-01-14T12:00:00Z", "type": "manual"},
            [11, 11],
        ),
        ({"from": "2026-01-14T12:00:00Z", "account_id": SOMEBODY}, [-3, 12]),
        ({"to": "2026-01-13T12:00:00Z", "account_id": SOMEBODY}, [-1, 10]),
        ({"account_id": "nobody"}, []),
        ({"type": "clawback"}, []),
    ],
)
async def test_all_transactions_filtered(
    service: Service, query: dict[str, str], amounts: list[int]
) -> None:
    await some_history(service)

    answer = await service.as_admin().get("/admin/credits/transactions", **query)

    assert [line["amount"] for line in answer.data] == amounts


async def test_all_transactions_page_on_while_new_ones_come_in(service: Service) -> None:
    await some_history(service)
    owner = service.as_admin()

    seen: list[str] = []
    after: dict[str, str | int] = {}
    while True:
        answer = await owner.get("/admin/credits/transactions", limit=5, **after)
        seen += [line["id"] for line in answer.data]
        given = {"account_id": "newcomer", "amount": 1, "reason": "Welcome"}
        await owner.post("/admin/credits/manual", given, key=f"k{len(seen)}")
        if answer.body["meta"]["next"] is None:
            break
        after = {"after": answer.body["meta"]["next"]}

    assert len(seen) == len(set(seen)) == 12


async def test_a_span_ends_after_it_begins(service: Service) -> None:
    answer = await service.as_admin().get(
        "/admin/credits/transactions",
        **{"from": "2026-01-12T12:00:00Z", "to": "2026-01-12T12:00:00Z"},
    )

    assert (answer.status, answer.paths) == (400, ["to"])


@pytest.mark.parametrize("path", ["/admin/credits/transactions", "/admin/orders"])
async def test_lists_of_all_accounts_take_no_offset(service: Service, path: str) -> None:
    answer = await service.as_admin().get(path, offset=1)

    assert (answer.status, answer.paths) == (400, ["offset"])


async def test_a_ledger_nobody_touched_is_clean(service: Service) -> None:
    await some_history(service)

    answer = await service.as_admin().post("/admin/verify")

    assert answer.status == 200
    assert answer.body == {
        "success": True,
        "data": {
            "is_clean": True,
            "accounts": 2,
            "lines": 12,
            "credits_outstanding": 54,
            "counters": 0,
            "breaches": [],
            "miscounts": [],
        },
    }


async def test_a_counter_somebody_altered_is_shown_to_be(service: Service) -> None:
    owner = service.as_admin()
    made = await owner.post("/admin/billing/coupons", {"code": "SPRING", "percent_off": 5})
    kept = service.store.tables.coupons.main.values
    (key,) = kept
    kept[key] = attrs.evolve(kept[key], taken=3)

    answer = await owner.post("/admin/verify")

    assert (answer.data["is_clean"], answer.data["counters"]) == (False, 1)
    assert answer.data["miscounts"] == [
        {
            "counter": f"coupon {made.data['id']}",
            "rule": "coupon_counts_its_uses",
            "found": "keeps 3, counted 0",
        }
    ]


async def test_a_ledger_somebody_altered_is_shown_to_be(service: Service) -> None:
    await service.give(100)
    lines = service.store.tables.transactions.main.values
    (key,) = lines
    lines[key] = attrs.evolve(lines[key], type=COUPON)

    answer = await service.as_admin().post("/admin/verify")

    assert answer.status == 200
    assert answer.data["is_clean"] is False
    assert {(b["account_id"], b["seq"], b["rule"]) for b in answer.data["breaches"]} == {
        (SOMEBODY, 1, "hash_chain_is_whole")
    }
