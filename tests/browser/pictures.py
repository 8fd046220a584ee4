"""Take the documentation's pictures anew: `make pictures`.

The service runs with a demo world in a folder of its own. The pictures differ from day to day,
because the demo world ends today; look at them before you commit them.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from PIL import Image
from playwright.async_api import Browser, Page

from tests.browser.chromium import chromium
from tests.browser.conftest import Running
from tests.browser.visitor import DESK, PHONE
from tests.support.command_line import billing_up

IMAGES = Path(__file__).parents[2] / "docs" / "images"
CUSTOMERS = 40
_DESK_HEIGHT, _PHONE_HEIGHT = 860, 780
_COUNTED_SECONDS = 60


@frozen
class Picture:
    """A page as it is shown: its name, its path below the service's root, and its look."""

    name: str
    path: str
    width: int = DESK
    scheme: str = "light"
    height: int | None = None


PICTURES: Sequence[Picture] = (
    Picture("console-overview", "/console"),
    Picture("console-overview-dark", "/console", scheme="dark"),
    Picture("console-overview-phone", "/console", PHONE),
    Picture("console-overview-phone-dark", "/console", PHONE, "dark"),
    Picture("console-customer", "/console/customer?account=demo-001"),
    Picture("console-customer-dark", "/console/customer?account=demo-001", scheme="dark"),
    Picture("console-customer-phone", "/console/customer?account=demo-001", PHONE),
    Picture("console-customer-phone-dark", "/console/customer?account=demo-001", PHONE, "dark"),
    Picture("console-check-in", "/console/check-in", height=1000),
    Picture("console-rates", "/console/rates"),
    Picture("console-orders-dark", "/console/orders", scheme="dark"),
    Picture("console-webhooks", "/console/webhooks"),
    Picture("console-orders-phone", "/console/orders", PHONE),
    Picture("console-check-in-phone-dark", "/console/check-in", PHONE, "dark"),
    Picture("docs-page", "/docs", height=800),
    Picture("docs-page-phone", "/docs", PHONE),
)

CUSTOMER_PICTURES: Sequence[Picture] = (
    Picture("customer-page", "/billing", 1120, height=1180),
    Picture("customer-page-phone-dark", "/billing", 390, "dark", height=844),
    Picture("customer-page-change", "/billing", 1000, height=700),
)


async def take(browser: Browser, running: Running, folder: Path) -> None:
    """Take every picture in a window of its own look."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{running.url}/console/sign-in")
    await page.fill("[name=credential]", await running.token("--admin", "--role", "owner"))
    await page.get_by_role("button", name="Sign in").click()
    await _counted(page, running.url)
    for picture in PICTURES:
        await _dressed(page, picture)
        await page.goto(running.url + picture.path, wait_until="networkidle")
        await page.screenshot(path=folder / f"{picture.name}.png")
    await _dressed(page, Picture("console-adjust", "", height=620))
    await page.goto(f"{running.url}/console/customer/adjust?account=demo-001")
    await page.fill("[name=amount]", "500")
    await page.fill("[name=reason]", "Sorry for Tuesday's outage")
    await page.get_by_role("button", name="Preview").click()
    await page.get_by_role("button", name="Give the credits").wait_for()
    await page.screenshot(path=folder / "console-adjust.png")
    await _of_customer(page, running)
    await context.close()


async def _of_customer(page: Page, running: Running) -> None:
    """Take the customer page: at a desk, on a phone, and with a change of plan quoted."""
    token = await running.token("--subject", "demo-001")
    for picture in CUSTOMER_PICTURES:
        await _dressed(page, picture)
        await page.goto(f"{running.url}{picture.path}#token={token}", wait_until="networkidle")
        if picture.name == "customer-page-change":
            await page.get_by_test_id("choose-Business").click()
            await page.get_by_test_id("quote").wait_for()
        await page.screenshot(path=running.folder / "pictures" / f"{picture.name}.png")
        await page.goto("about:blank")


async def _counted(page: Page, url: str) -> None:
    """Wait until the figures of the new world are counted."""
    async with asyncio.timeout(_COUNTED_SECONDS):
        while True:
            await page.goto(f"{url}/console")
            if not await page.get_by_text("still being counted").count():
                return
            await asyncio.sleep(1)


async def _dressed(page: Page, picture: Picture) -> None:
    height = picture.height or (_DESK_HEIGHT if picture.width == DESK else _PHONE_HEIGHT)
    await page.set_viewport_size({"width": picture.width, "height": height})
    colours: Any = picture.scheme
    await page.emulate_media(color_scheme=colours, reduced_motion="reduce")


def make_small(folder: Path) -> None:
    """Keep 256 colours of each picture: a third of its size, and nobody sees a difference."""
    for path in sorted(folder.glob("*.png")):
        with Image.open(path) as picture:
            few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
            few.save(IMAGES / path.name, optimize=True)


async def main() -> None:
    """Take the pictures beside a service of their own."""
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        async with billing_up(folder, customers=CUSTOMERS) as up, chromium() as browser:
            taken = folder / "pictures"
            taken.mkdir()
            await take(browser, Running(url=up.url, folder=folder), taken)
        make_small(taken)


if __name__ == "__main__":
    asyncio.run(main())
