"""Accounts that an admin stops from spending, over HTTP."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from application.ports.events import EventFilter
from domain.access.role import Role, Scope
from tests.entrypoints.good_request import Body
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.payments import an_order
from tests.support.event_schemas import checked

FREEZE = f"/admin/accounts/{SOMEBODY}/freeze"
UNFREEZE = f"/admin/accounts/{SOMEBODY}/unfreeze"
WHY = {"reason": "A stolen session spends from it"}
TEN: Body = {"account_id": SOMEBODY, "amount": 10}


async def told_of_freezing(service: Service) -> Sequence[tuple[str, object]]:
    """Return what the product is told of freezing, oldest first, each by its schema."""
    async with service.store.read() as work:
        events = await work.outbox.oldest(EventFilter(account_id=SOMEBODY), None, 100)
    said = [checked(event.payload) for event in events]
    return [(each["type"], each["data"]) for each in said if each["type"].startswith("account.")]


async def test_a_frozen_account_spends_and_holds_nothing_until_it_is_freed(
    service: Service,
) -> None:
    await service.give(100)
    treasurer, backend = service.as_admin(Role.TREASURER), await service.as_backend(*Scope)
    held = (await backend.post("/credits/holds", TEN, key="hold")).data["id"]

    stopped = await treasurer.post(FREEZE, WHY)

    assert (stopped.status, stopped.data) == (
        200,
        {"account_id": SOMEBODY, "balance": 100, "available": 90},
    )
    refused = [
        await backend.post("/credits/spend", TEN, key="spend"),
        await backend.post("/credits/holds", TEN, key="another"),
        await backend.post(f"/credits/holds/{held}/extend", {**TEN, "amount": 15}, key="more"),
    ]
    assert [(each.status, each.code) for each in refused] == [(403, "account_frozen")] * 3
    assert "until an admin lifts that" in refused[0].error["message"]

    assert (await treasurer.post(UNFREEZE, {"reason": "The session is closed"})).status == 200
    assert (await backend.post("/credits/spend", TEN, key="spend")).status == 201


async def test_the_customer_reads_that_the_account_is_frozen_beside_what_it_has(
    service: Service,
) -> None:
    await service.give(100)
    user = service.as_user()
    read = [(await user.get("/credits/balance")).data]

    for path in (FREEZE, UNFREEZE):
        assert (await service.as_admin().post(path, WHY)).status == 200
        read.append((await user.get("/credits/balance")).data)

    assert [each["frozen"] for each in read] == [False, True, False]
    assert [each["available"] for each in read] == [100] * 3


async def test_work_that_was_under_way_is_still_paid_for_and_credits_still_come(
    service: Service,
) -> None:
    await service.give(100)
    backend = await service.as_backend(*Scope)
    held = (await backend.post("/credits/holds", TEN, key="hold")).data["id"]
    await service.as_admin().post(FREEZE, WHY)

    captured = await backend.post(f"/credits/holds/{held}/capture", TEN, key="capture")
    await service.give(50)

    assert captured.status in {200, 201}, captured.body
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 140


async def test_freezing_stands_in_the_audit_log_and_the_product_is_told_of_it(
    service: Service,
) -> None:
    await service.give(100)

    await service.as_admin().post(FREEZE, WHY)
    await service.as_admin().post(UNFREEZE, {"reason": "It was a test"})

    async with service.store.read() as work:
        entries = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert [(each.action, each.before, each.after, each.reason) for each in entries] == [
        ("account.unfreeze", "frozen", "free to spend", "It was a test"),
        ("account.freeze", "free to spend", "frozen", WHY["reason"]),
    ]
    stands = {"balance": 100, "available": 100}
    assert await told_of_freezing(service) == [
        ("account.frozen", stands),
        ("account.unfrozen", stands),
    ]


async def test_freezing_happens_once_for_a_key_and_is_refused_where_it_is_done(
    service: Service,
) -> None:
    await service.give(100)
    admin = service.as_admin()

    first = await admin.post(FREEZE, WHY, key="k")
    again = await admin.post(FREEZE, WHY, key="k")
    other = await admin.post(FREEZE, {"reason": "For another reason"})

    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.code) == (409, "account_already_frozen")
    assert len(await told_of_freezing(service)) == 1


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}])
async def test_nobody_is_frozen_without_a_reason(service: Service, body: Body) -> None:
    await service.give(100)
    before = service.kept()

    answer = await service.as_admin().post(FREEZE, body)

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert service.kept() == before


async def by_profile(service: Service) -> None:
    backend = await service.as_backend(Scope.ACCOUNTS_WRITE)
    assert (await backend.put(f"/accounts/{SOMEBODY}", {"email": "a@example.com"})).status == 200


async def by_open_order(service: Service) -> None:
    async with service.store.begin() as work:
        await work.orders.add(an_order())
        await work.commit()


@pytest.mark.parametrize("becomes_known", [by_profile, by_open_order])
async def test_an_account_is_frozen_before_its_first_credits_and_spends_none_of_them(
    service: Service, becomes_known: Callable[[Service], Awaitable[None]]
) -> None:
    await becomes_known(service)

    stopped = await service.as_admin().post(FREEZE, WHY)
    await service.paid()

    assert (stopped.status, stopped.data) == (
        200,
        {"account_id": SOMEBODY, "balance": 0, "available": 0},
    )
    backend = await service.as_backend(*Scope)
    refused = await backend.post("/credits/spend", TEN, key="spend")
    assert (refused.status, refused.code) == (403, "account_frozen")
    read = (await service.as_user().get("/credits/balance")).data
    assert (read["balance"], read["frozen"]) == (500, True)
    stands = {"balance": 0, "available": 0}
    assert await told_of_freezing(service) == [("account.frozen", stands)]


async def test_an_account_that_has_no_credits_yet_is_not_frozen_and_can_be_freed_again(
    service: Service,
) -> None:
    await by_profile(service)
    admin = service.as_admin()

    early = await admin.post(UNFREEZE, WHY)
    answers = [await admin.post(path, WHY) for path in (FREEZE, UNFREEZE)]

    assert (early.status, early.code) == (409, "account_not_frozen")
    assert [each.status for each in answers] == [200, 200]
    assert (await service.as_user().get("/credits/balance")).data["frozen"] is False


async def test_an_account_nobody_knows_cannot_be_frozen(service: Service) -> None:
    path = f"/admin/accounts/{SOMEBODY_ELSE}/freeze"

    answer = await service.as_admin().post(path, WHY)

    assert (answer.status, answer.code) == (404, "account_not_found")
