"""The customer page inside a product's own page: where that is allowed it sells, elsewhere not."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from attrs import frozen
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.browser.conftest import Running
from tests.support.command_line import billing_up, free_port

_WAIT_MS = 30_000

# As docs/customer-page.md tells a product to do it. `bare` is a frame and nothing else.
_SCRIPT = """
addEventListener("message", (event) => {
  const frame = document.querySelector("iframe");
  if (event.source !== frame.contentWindow || event.origin !== frame.dataset.origin) return;
  const { type, height, order_id } = event.data;
  if (type === "billing:ready") {
    const session = { token: frame.dataset.token, return_url: location.href };
    const said = { type: "billing:session", ...session, order_id: sessionStorage.order };
    frame.contentWindow.postMessage(said, event.origin);
  }
  if (type === "billing:height") frame.style.height = `${height}px`;
  if (type === "billing:leaving" && order_id) sessionStorage.order = order_id;
});
"""


@frozen(kw_only=True)
class Framed:
    """The service, and two products that show its page in a frame: one is allowed to."""

    running: Running
    allowed: str
    stranger: str


def _product(billing: str) -> web.Application:
    async def page(request: web.Request) -> web.Response:
        token = html.escape(request.query["token"])
        script = "" if "bare" in request.query else f"<script>{_SCRIPT}</script>"
        text = (
            f"<!doctype html><html lang=en><title>Product</title><h1>The product</h1>{script}"
            f'<iframe title="Billing" width="900" height="700" data-origin="{billing}"'
            f' data-token="{token}" src="{billing}/billing#token={token}"></iframe>'
        )
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    return app


@asynccontextmanager
async def _served(app: web.Application, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


@pytest.fixture
async def framed(tmp_path: Path) -> AsyncIterator[Framed]:
    """A service that lets one product frame its page; `localhost` is another site than it is."""
    ports = free_port(), free_port()
    allowed, stranger = (f"http://localhost:{port}" for port in ports)
    named = {"BILLING_FRAME_ORIGINS": allowed, "BILLING_RETURN_ORIGINS": allowed}
    async with (
        billing_up(tmp_path, customers=1, variables=named) as up,
        _served(_product(up.url), ports[0]),
        _served(_product(up.url), ports[1]),
    ):
        yield Framed(
            running=Running(url=up.url, folder=tmp_path), allowed=allowed, stranger=stranger
        )


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A window of a browser that knows nothing yet."""
    context = await browser.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(_WAIT_MS)
    yield context
    await context.close()


async def _opened(
    window: BrowserContext, framed: Framed, origin: str, account: str, more: str = ""
) -> tuple[Page, FrameLocator]:
    """Open a product's page with a token of the account's; return it and the frame in it."""
    token = await framed.running.token("--subject", account)
    page = await window.new_page()
    await page.goto(f"{origin}/?token={token}{more}")
    return page, page.frame_locator("iframe")


async def test_in_an_allowed_page_the_token_in_the_address_opens_it_and_is_gone(
    framed: Framed, window: BrowserContext
) -> None:
    page, billing = await _opened(window, framed, framed.allowed, "demo-001", "&bare=1")

    await expect(billing.get_by_test_id("account")).to_have_text("demo-001")
    await expect(billing.locator("body")).to_contain_text("Your plan")
    (frame,) = page.main_frame.child_frames
    assert await frame.evaluate("location.href") == f"{framed.running.url}/billing"


async def test_in_an_allowed_page_a_customer_buys_and_comes_back_to_the_product(
    framed: Framed, window: BrowserContext
) -> None:
    page, billing = await _opened(window, framed, framed.allowed, "framed-newcomer")
    await expect(billing.locator("body")).to_contain_text("No credits yet")

    await billing.get_by_test_id("buy-1000").click()
    await billing.get_by_test_id("pay").click()
    # Payment pages refuse to be framed: the whole window goes there.
    await page.wait_for_url(f"{framed.running.url}/sandbox/checkout/**")
    await page.get_by_role("button", name="Pay").first.click()

    await page.wait_for_url(f"{framed.allowed}/**")
    await expect(billing.locator("body")).to_contain_text("Thank you. 1,000 credits are yours.")
    await expect(billing.get_by_test_id("available")).to_have_text("1,000 credits")


async def test_in_any_other_page_the_browser_refuses_to_show_it(
    framed: Framed, window: BrowserContext
) -> None:
    said: list[str] = []
    asked: list[str] = []
    window.on("console", lambda message: said.append(message.text))
    window.on("request", lambda request: asked.append(request.url))

    page, billing = await _opened(window, framed, framed.stranger, "demo-001")

    await expect(page.locator("iframe")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    (frame,) = page.main_frame.child_frames
    assert frame.url.startswith("chrome-error://")
    assert await billing.get_by_test_id("account").count() == 0
    assert any("frame-ancestors" in text for text in said), said
    # Nothing of the page ran: not even its script was asked for, so no token was used.
    url = framed.running.url
    assert [each for each in asked if each.startswith(url)] == [f"{url}/billing"]


async def test_without_origins_no_page_may_frame_it(
    running: Running, window: BrowserContext
) -> None:
    port = free_port()
    async with _served(_product(running.url), port):
        token = await running.token("--subject", "demo-001")
        page = await window.new_page()
        await page.goto(f"http://localhost:{port}/?token={token}")
        await page.wait_for_load_state("networkidle")

        (frame,) = page.main_frame.child_frames
        assert frame.url.startswith("chrome-error://")
