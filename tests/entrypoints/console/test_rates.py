"""Rate cards at the console: one rate a line, seen before they are published, never overwritten."""

import pytest

from tests.entrypoints.console.browser import Browser
from tests.support.app import Service

CARD = "chat-*  input   2.5  1000\n\nchat-*  output  10   1000\n"


async def versions(service: Service) -> list[int]:
    found = (await service.as_admin().get("/admin/rates")).data
    return [each["version"] for each in found]


async def test_what_changes_is_shown_before_it_is_published_and_published_once(
    service: Service, owner: Browser
) -> None:
    preview = await owner.fill("/rates/new", rates=CARD, rounding="up", note="First")
    assert (preview.status, await versions(service)) == (200, [])
    assert "2.5 per 1,000" in preview.text

    done = [await owner.post("/rates/new", {**preview.hidden, "step": "publish"}) for _ in range(2)]

    assert [each.status for each in done] == [303, 303]
    assert await versions(service) == [1]
    page = await owner.get("/rates")
    assert "Rates, version 1" in page.text
    assert "chat-*" in (await owner.get("/rates/new")).text


async def test_whoever_published_meanwhile_is_not_overwritten(
    service: Service, owner: Browser
) -> None:
    mine = await owner.fill("/rates/new", rates=CARD, rounding="up")
    body = {"rates": [{"model": "*", "kind": "input", "credits": "1", "per": 1000}]}
    await service.as_admin().post("/admin/rates", body)

    late = await owner.post("/rates/new", {**mine.hidden, "step": "publish"})

    assert late.status == 400
    assert await versions(service) == [1]


@pytest.mark.parametrize(
    ("rates", "beside"),
    [
        ("", "Rates"),
        ("chat input 2.5", "Line 1 must be"),
        ("chat input 2.5 1000\nchat output ten 1000", "Rate 2"),
        ("chat smell 2.5 1000", "Rate 1, kind"),
        ("chat input 2.5 999", "Rate 1, per"),
        ("chat input 1 1\nchat input 2 1", "Have two for"),
    ],
)
async def test_a_card_that_makes_no_sense_is_said_by_its_line(
    service: Service, owner: Browser, rates: str, beside: str
) -> None:
    page = await owner.fill("/rates/new", rates=rates, rounding="up")

    assert page.status == 400
    assert beside in page.text, page.text
    assert await versions(service) == []


async def test_a_version_that_never_was_is_not_found(service: Service, owner: Browser) -> None:
    assert (await owner.get("/rates", version="7")).status == 404
    assert (await owner.get("/rates", version="x")).status == 404
