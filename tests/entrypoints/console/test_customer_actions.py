"""Holds and subscriptions of a customer at the console, and the orders as a file."""

import csv
import io

import pytest

from application.ports.access import AuditFilter
from application.ports.paging import PageRequest
from domain.access.role import Scope
from tests.entrypoints.console.browser import Browser, signed_in
from tests.entrypoints.good_requests import World
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY


async def held(service: Service, amount: int) -> str:
    """Give credits and hold some of them; return the hold's id."""
    await service.give(100)
    backend = await service.as_backend(*Scope)
    asked = {"account_id": SOMEBODY, "amount": amount, "description": "A long answer"}
    hold_id: str = (await backend.post("/credits/holds", asked, key="h")).data["id"]
    return hold_id


@pytest.mark.parametrize(("limit", "said"), [(100, "may owe 100"), (None, "may owe any amount")])
async def test_the_page_of_a_customer_tells_what_it_may_owe_and_does(
    service: Service, owner: Browser, limit: int | None, said: str
) -> None:
    path = f"/admin/accounts/{SOMEBODY}/overdraft"
    await service.as_admin().put(path, {"limit": limit, "reason": "Pays by invoice"})
    backend = await service.as_backend(*Scope)
    await backend.post("/credits/spend", {"account_id": SOMEBODY, "amount": 30}, key="spend")

    page = await owner.get("/customer", account=SOMEBODY)

    assert said in page.text
    assert "30 are owed" in page.text


async def test_a_hold_is_given_back_by_hand_once_and_on_record(
    service: Service, owner: Browser
) -> None:
    path = f"/customer/hold?account={SOMEBODY}&id={await held(service, 40)}"
    assert "A long answer" in (await owner.get("/customer/holds", account=SOMEBODY)).text
    form = await owner.get(path)

    no_reason = await owner.post(path, {**form.hidden, "reason": ""})
    fields = {**form.hidden, "reason": "The worker died"}
    done = [await owner.post(path, fields) for _ in range(2)]

    assert no_reason.status == 400
    assert [each.status for each in done] == [303, 303]
    balance = (await service.as_user().get("/credits/balance")).data
    assert (balance["available"], balance["held"]) == (100, 0)
    async with service.store.read() as work:
        entries = (await work.audit_log.page(AuditFilter(), PageRequest(limit=10))).items
    assert [(each.action, each.reason) for each in entries] == [
        ("credits.release", "The worker died")
    ]
    assert "Give it back" not in (await owner.get(path)).text


async def test_a_hold_that_has_ended_is_not_given_back_again(
    service: Service, owner: Browser
) -> None:
    hold_id = await held(service, 40)
    path = f"/customer/hold?account={SOMEBODY}&id={hold_id}"
    form = await owner.get(path)
    backend = await service.as_backend(*Scope)
    body = {"account_id": SOMEBODY, "amount": 40}
    await backend.post(f"/credits/holds/{hold_id}/capture", body, key="c")

    late = await owner.post(path, {**form.hidden, "reason": "Too late"})

    assert late.status == 400
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 60


@pytest.mark.parametrize("state", ["", "open", "released"])
async def test_holds_are_filtered_by_their_state(
    service: Service, owner: Browser, state: str
) -> None:
    await held(service, 40)

    page = await owner.get("/customer/holds", account=SOMEBODY, state=state)

    assert ("A long answer" in page.text) is (state != "released")


async def test_a_subscription_is_paused_and_goes_on_with_reasons(world: World) -> None:
    owner = await signed_in(world.service)
    sold = (await world.service.as_admin().get("/admin/subscriptions?status=active")).data[0]
    path = f"/customer/subscription?id={sold['id']}"

    nothing = await owner.fill(path, reason="Which?")
    no_reason = await owner.fill(path, asked="cancel_at_period_end", reason="")
    cancelled = await owner.fill(path, asked="cancel_at_period_end", reason="Asked by mail")
    between = await owner.get(path)
    back = await owner.fill(path, asked="resume", reason="Changed their mind")

    assert (nothing.status, no_reason.status) == (400, 400)
    assert (cancelled.status, back.status) == (303, 303), cancelled.text
    assert "Asked by mail" in between.text
    assert "Let it go on" in between.text
    after = (await world.service.as_admin().get(f"/admin/subscriptions/{sold['id']}")).data
    assert after["cancel_at_period_end"] is False


async def test_orders_are_taken_home_as_a_file(service: Service, owner: Browser) -> None:
    paid = await service.paid()

    page = await owner.get("/orders/export", account=SOMEBODY, status="paid")
    other = await owner.get("/orders/export", status="pending")

    lines = list(csv.DictReader(io.StringIO(page.html)))
    assert [(line["id"], line["status"]) for line in lines] == [(paid.id, "paid")]
    assert lines[0]["total_minor"] == str(paid.total_minor)
    assert list(csv.DictReader(io.StringIO(other.html))) == []
