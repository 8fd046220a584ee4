"""Endpoints and events at the console: created, switched, given a secret, tried, sent again."""

import re

from tests.entrypoints.console.browser import Browser, Shown
from tests.support.app import Service

URL = "https://shop.example/events"


async def created(owner: Browser) -> str:
    """Create an endpoint at the console; return its id."""
    page = await owner.fill("/endpoint/new", url=URL, description="Shop", types="order.paid")
    assert page.status == 200, page.text
    assert "whsec_" in page.text
    return (await endpoint_ids(owner))[0]


async def endpoint_ids(owner: Browser) -> list[str]:
    page = await owner.get("/endpoints")
    return re.findall(r"/console/endpoint\?id=([0-9a-f-]{36})", page.html)


async def at(owner: Browser, endpoint_id: str, path: str = "", **fields: str) -> Shown:
    """Fill the first form of the endpoint's page, and send it below the page."""
    return await owner.fill(
        f"/endpoint?id={endpoint_id}", form=f"/endpoint{path}?id={endpoint_id}", **fields
    )


async def test_a_secret_is_shown_once_however_often_the_form_is_sent(
    service: Service, owner: Browser
) -> None:
    form = await owner.get("/endpoint/new")
    fields = {**form.hidden, "url": URL}

    first = await owner.post("/endpoint/new", fields)
    again = await owner.post("/endpoint/new", fields)

    assert ("whsec_" in first.text, "whsec_" in again.text) == (True, False)
    assert len(await endpoint_ids(owner)) == 1


async def test_an_address_that_is_none_is_said_beside_its_field(
    service: Service, owner: Browser
) -> None:
    page = await owner.fill("/endpoint/new", url="shop")

    assert (page.status, 'class="problem"' in page.html) == (400, True)
    assert await endpoint_ids(owner) == []


async def test_an_endpoint_is_changed_switched_and_forgotten(
    service: Service, owner: Browser
) -> None:
    endpoint_id = await created(owner)

    changed = await at(owner, endpoint_id, url=f"{URL}/2", description="Shop 2")
    no_reason = await at(owner, endpoint_id, "/switch", reason="")
    off = await at(owner, endpoint_id, "/switch", reason="It moves")

    assert (changed.status, no_reason.status, off.status) == (303, 400, 303)
    kept = (await service.as_admin().get("/admin/endpoints")).data[0]
    assert (kept["url"], kept["types"], kept["status"]) == (f"{URL}/2", [], "off")
    assert "Switch on" in (await owner.get("/endpoint", id=endpoint_id)).text
    assert (await at(owner, endpoint_id, "/delete")).location.endswith("notice=endpoint-deleted")
    assert await endpoint_ids(owner) == []


async def test_a_new_secret_replaces_the_old_one(service: Service, owner: Browser) -> None:
    endpoint_id = await created(owner)

    refused = await at(owner, endpoint_id, "/rotate", overlap_hours="999")
    rotated = await at(owner, endpoint_id, "/rotate", overlap_hours="0")

    assert (refused.status, "whsec_" in rotated.text) == (400, True)


async def test_a_test_event_shows_what_became_of_it_and_is_sent_again(
    service: Service, owner: Browser
) -> None:
    endpoint_id = await created(owner)

    sent = await at(owner, endpoint_id, "/test")
    path = sent.location.removeprefix("/console").partition("&")[0]
    page = await owner.get(sent.location.removeprefix("/console"))
    no_reason = await owner.fill(path, reason="")
    again = await owner.fill(path, reason="Once more", endpoint_id=endpoint_id)

    assert "endpoint.test" in page.text
    assert (no_reason.status, again.status) == (400, 303)
