"""Files that are taken home, with what has come of them so far."""

import asyncio
import csv
from pathlib import Path

from playwright.async_api import Browser, Route, StorageState, expect

from tests.browser.conftest import Running
from tests.browser.visitor import Visitor

EXPORT = "Export as CSV"
GATHERED_MAX = "64 * 1024 * 1024"
# Everything that the line below the head has ever said, one after the other.
_LISTEN = """() => {
  window.said = [];
  new MutationObserver((changes) => changes.forEach((change) =>
    change.addedNodes.forEach((node) => window.said.push(node.textContent))
  )).observe(document.querySelector("main"), { childList: true, subtree: true });
}"""


def rows_of(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return len(list(csv.DictReader(file)))


async def test_the_page_says_how_much_of_a_file_has_come(owner: Visitor, tmp_path: Path) -> None:
    await owner.open("/transactions")
    await owner.page.evaluate(_LISTEN)

    async with owner.page.expect_download() as coming:
        await owner.follow(EXPORT)
    await (await coming.value).save_as(tmp_path / "ledger.csv")

    rows = rows_of(tmp_path / "ledger.csv")
    assert rows > 100
    assert (await coming.value).suggested_filename == "transactions.csv"
    await owner.sees(f"Saved transactions.csv: {rows:,} rows, ")
    said = await owner.page.evaluate("window.said")
    assert any(each.endswith(" so far") and " rows, " in each for each in said), said
    await owner.looks()


async def test_a_file_that_is_larger_than_is_gathered_is_saved_by_the_browser_itself(
    owner: Visitor, tmp_path: Path
) -> None:
    async def soon_too_large(route: Route) -> None:
        answered = await route.fetch()
        script = await answered.text()
        assert GATHERED_MAX in script
        await route.fulfill(response=answered, body=script.replace(GATHERED_MAX, "1024"))

    await owner.page.route("**/export.js*", soon_too_large)
    await owner.open("/transactions")

    async with owner.page.expect_download() as coming:
        await owner.follow(EXPORT)
    await owner.sees("This file is larger than 1.0 kB. Your browser saves it now")
    download = await coming.value
    await download.save_as(tmp_path / "ledger.csv")

    assert download.url.startswith(f"{owner.url}/console/transactions/export")
    assert download.suggested_filename == "transactions.csv"
    assert rows_of(tmp_path / "ledger.csv") > 100
    await owner.looks()


async def test_a_file_is_stopped_and_one_that_breaks_off_is_not_saved(owner: Visitor) -> None:
    page, goes_on = owner.page, asyncio.Event()

    async def held(route: Route) -> None:
        await goes_on.wait()
        await route.abort()

    await page.route("**/orders/export**", held)
    await owner.open("/orders")
    await owner.follow(EXPORT)
    await owner.sees("The file is being made…")
    await owner.looks()
    await owner.press("Stop")
    await owner.sees("Stopped; nothing was saved.")

    goes_on.set()
    await owner.follow(EXPORT)

    await expect(page.locator("main .say")).to_have_count(1)
    await owner.sees("The file broke off, and nothing was saved.")
    owner.faults.clear()
    await owner.looks()


async def test_without_scripts_the_link_downloads_by_itself(
    browser: Browser, signed_in: StorageState, running: Running, tmp_path: Path
) -> None:
    context = await browser.new_context(storage_state=signed_in, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{running.url}/console/orders")

    async with page.expect_download() as coming:
        await page.get_by_role("link", name=EXPORT).click()
    await (await coming.value).save_as(tmp_path / "orders.csv")

    await context.close()
    assert rows_of(tmp_path / "orders.csv") > 0
