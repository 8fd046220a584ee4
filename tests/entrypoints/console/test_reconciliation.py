"""Comparing with the providers at the console, and what past runs found."""

import re

from domain.access.role import Role
from tests.entrypoints.console.browser import Browser, signed_in
from tests.entrypoints.test_routes_admin_reconcile import lost
from tests.support.app import Service

REASON = "The endpoint was down"


async def test_a_run_is_listed_and_leads_to_what_it_found(service: Service, owner: Browser) -> None:
    order_id = await lost(service)
    page = await owner.fill("/reconciliation", step="apply", reason=REASON)
    assert (page.status, "Mended" in page.text) == (200, True)

    (run_id,) = set(re.findall(r"/console/reconciliation/run\?id=([0-9a-f-]{36})", page.html))
    run = await owner.get("/reconciliation/run", id=run_id)

    assert REASON in run.text
    assert f"order {order_id} paid, granted 500 credits" in run.text


async def test_a_look_needs_no_reason_and_mending_what_it_found_does(
    service: Service, owner: Browser
) -> None:
    order_id = await lost(service)

    look = await owner.fill("/reconciliation", step="compare")
    mending = await owner.fill("/reconciliation", step="apply")

    assert (look.status, "Mend 1 difference" in look.text) == (200, True), look.text
    assert re.search(r'id="reason"[^>]* required', look.html)
    assert (mending.status, "Is required." in mending.text) == (400, True)
    assert (await owner.get("/order", id=order_id)).text.count("Pending") == 1


async def test_what_found_nothing_can_be_left_out(service: Service, owner: Browser) -> None:
    await owner.fill("/reconciliation", step="compare", reason=REASON)

    every = await owner.get("/reconciliation")
    unclean = await owner.get("/reconciliation", only="unclean")

    assert "Agrees" in every.text
    assert "No run found a difference" in unclean.text


async def test_whoever_may_only_read_sees_runs_and_no_form(service: Service) -> None:
    viewer = await signed_in(service, Role.VIEWER)

    page = await viewer.get("/reconciliation")

    assert (page.status, "Runs" in page.text, "<textarea" in page.html) == (200, True, False)
    assert 'name="reason"' not in page.html
