"""The customer page: what is served to whom, under which policy, and how it may be coloured."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.customer_page import app as served
from entrypoints.customer_page.theme import Theme, contrast, theme_of
from entrypoints.environment import SettingsError
from entrypoints.settings import load_settings
from tests.support.app import Service, a_service

STATIC = Path(served.__file__).parent / "static"
FRAMING = ("https://app.example", "http://localhost:3000")


ON = {"BILLING_CUSTOMER_PAGE": "on", "BILLING_FRAME_ORIGINS": ", ".join(FRAMING)}


@pytest.fixture
async def paged() -> AsyncIterator[Service]:
    async with a_service(settings=ON) as service:
        yield service


async def text_of(service: Service, path: str) -> tuple[int, str, dict[str, str]]:
    async with service.client.get(path) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def test_without_being_switched_on_there_is_no_page(service: Service) -> None:
    answer = await service.as_nobody().get("/billing")

    assert (answer.status, answer.code) == (404, "route_not_found")


@pytest.mark.parametrize("path", ["/billing", "/billing/", "/billing?checkout=done"])
async def test_the_page_is_the_same_for_everybody_and_kept_by_nobody(
    paged: Service, path: str
) -> None:
    status, page, headers = await text_of(paged, path)

    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert 'content="https://app.example http://localhost:3000"' in page
    assert 'name="billing-mode" content="live"' in page


async def test_its_policy_runs_nothing_inline_and_names_who_may_frame_it(paged: Service) -> None:
    _, page, headers = await text_of(paged, "/billing")

    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
        "frame-ancestors": "https://app.example http://localhost:3000",
    }
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(
        r"<script(?![^>]*\ssrc=)|<style|\son[a-z]+=|\sstyle=|https?://(?!app\.|localhost)", page
    )


async def test_without_origins_nobody_may_frame_it() -> None:
    async with a_service(settings={"BILLING_CUSTOMER_PAGE": "on"}) as service:
        _, _, headers = await text_of(service, "/billing")

    assert headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("path", ["/billing", "/billing/"])
async def test_every_file_the_page_names_is_served_for_a_year_under_its_digest(
    paged: Service, path: str
) -> None:
    _, page, _ = await text_of(paged, path)
    root = "/billing/" if path.endswith("/") else "/"

    named = re.findall(r'(?:href|src)="((?:billing/)?static/[^"]+)"', page)

    assert len(named) == 3
    for address in named:
        status, body, headers = await text_of(paged, root + address)
        assert (status, headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert body
        assert headers["Content-Type"].startswith(("text/css", "text/javascript"))
    digest = named[0].split("/")[-2]
    for name in (path.name for path in STATIC.iterdir()):
        assert (await text_of(paged, f"/billing/static/{digest}/{name}"))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/billing/static/{digest}/app.py",
        "/billing/static/{digest}/..%2Fapp.py",
        "/billing/static/0/page.js",
    ],
)
async def test_no_other_file_is_served(paged: Service, path: str) -> None:
    _, page, _ = await text_of(paged, "/billing")
    found = re.search(r"static/([0-9a-f]+)/", page)
    assert found is not None

    answer = await paged.as_nobody().get(path.format(digest=found[1]))

    assert answer.status == 404


def test_the_scripts_import_only_each_other_and_ask_no_other_host() -> None:
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8")
        imported = re.findall(r'^import .+ from "([^"]+)";$', text, re.MULTILINE)
        assert all((STATIC / name).is_file() for name in imported), path.name
        assert re.findall(r"https?://[^\s\"'`)]+", text) in ([], ["http://www.w3.org/2000/svg"])


def test_no_text_is_ever_read_as_markup() -> None:
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
        r"localStorage|document\.cookie"
    )

    for path in STATIC.glob("*.js"):
        assert not re.search(ways, path.read_text(encoding="utf-8")), path.name


@given(accent=st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_whatever_the_accent_its_texts_can_be_read(accent: str) -> None:
    css = theme_of(f"accent={accent}").css()
    light, dark = css.split("\n")[:2]

    for line, sheet in ((light, "#ffffff"), (dark, "#161d25")):
        named = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", line))
        assert contrast(named["accent-text"], sheet) >= 4.5
        assert contrast(named["on-accent"], named["accent"]) >= 4.5


def test_a_theme_sets_what_it_names_and_leaves_the_rest() -> None:
    assert theme_of("radius=4") == Theme(radius=4)
    assert theme_of("accent=#7C3AED, accent-dark=#a78bfa") == Theme(
        accent="#7c3aed", accent_dark="#a78bfa"
    )
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    "theme",
    [
        "accent=red",
        "accent=#7c3aed;} body{display:none",
        "accent=#7c3aed, accent=#7c3aed",
        "font=url(//x)",
        "radius=25",
        "radius=-1",
        "radius",
        "",
    ],
)
def test_a_theme_that_is_more_than_values_stops_the_start(theme: str) -> None:
    if theme == "":
        assert load_settings({"BILLING_PAGE_THEME": theme}).customers.theme == Theme()
        return
    with pytest.raises(SettingsError) as refused:
        load_settings({"BILLING_PAGE_THEME": theme})

    assert refused.value.name == "BILLING_PAGE_THEME"


def test_a_page_is_where_buyers_may_come_back_to() -> None:
    on = {"BILLING_CUSTOMER_PAGE": "on", "BILLING_RETURN_ORIGINS": "https://shop.example"}

    safe = load_settings({**on, "BILLING_PUBLIC_URL": "https://billing.example/below"})
    overheard = load_settings({**on, "BILLING_PUBLIC_URL": "http://billing.example"})
    off = load_settings({"BILLING_PUBLIC_URL": "https://billing.example"})

    assert safe.return_origins == ("https://shop.example", "https://billing.example")
    assert overheard.return_origins == ("https://shop.example",)
    assert off.return_origins == ()
    assert not off.customers.has_page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BILLING_CUSTOMER_PAGE", "yes"),
        ("BILLING_FRAME_ORIGINS", "https://app.example/path"),
        ("BILLING_FRAME_ORIGINS", "https://*.example"),
        ("BILLING_FRAME_ORIGINS", "http://app.example"),
        ("BILLING_RECEIPT_FONTS", "/nowhere/font.ttf"),
    ],
)
def test_a_setting_for_customers_that_is_wrong_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({name: value})

    assert refused.value.name == name


def test_who_sells_is_set_line_by_line() -> None:
    settings = load_settings(
        {
            "BILLING_SELLER_NAME": "Lantern Ltd",
            "BILLING_SELLER_ADDRESS": "1 Harbour Street; Bristol ;",
            "BILLING_SELLER_TAX_ID": "VAT GB 1",
        }
    )

    seller = settings.customers.seller
    assert (seller.name, seller.address) == ("Lantern Ltd", ("1 Harbour Street", "Bristol"))
    assert (seller.tax_id, seller.email) == ("VAT GB 1", None)
