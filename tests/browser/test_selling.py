"""A founder's first sale, from the plan to the refund, as it looks on every page on its way."""

import csv
import re
from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Product
from tests.browser.visitor import Visitor

BUYER = "browser-buyer"


async def plan_created(owner: Visitor) -> str:
    """Create a plan at the console; return its id."""
    await owner.open("/plans")
    await owner.follow("New plan")
    await owner.fill(name="Studio", price_monthly="nine", currency="EUR", credits_included="2000")
    await owner.press("Create the plan")
    await owner.sees("Please look at the marked fields.")
    await expect(owner.page.locator("[name=price_monthly]")).to_have_attribute(
        "aria-invalid", "true"
    )
    await owner.looks()
    await owner.fill(price_monthly="12.50", features="Chat\nImages", reason="A first plan")
    await owner.press("Create the plan")
    await owner.sees("The plan was saved.", "Studio")
    await owner.looks()
    await owner.follow("Studio")
    await owner.sees("Orders and subscriptions keep the price they were sold at.")
    await owner.looks()
    return owner.page.url.partition("id=")[2]


async def test_a_plan_is_sold_in_the_sandbox_its_buyer_adjusted_and_refunded(
    owner: Visitor, product: Product, tmp_path: Path
) -> None:
    page = owner.page
    plan_id = await plan_created(owner)

    await page.goto(await product.checkout(BUYER, plan_id))
    await owner.sees("Studio", "€12.50")
    await owner.looks()
    await page.get_by_role("button", name="Pay €12.50").click()
    await page.wait_for_url(re.compile(r"/healthz"))

    await owner.open("/customers")
    await owner.looks()
    await owner.fill(q=BUYER)
    await owner.press("Search")
    await owner.sees("Studio")
    await owner.follow(BUYER)
    await owner.sees("2,000", "Burns next", "Order: Studio")
    await owner.looks()

    await adjusted(owner)
    await explained(owner)
    await refunded(owner)
    await exported(owner, tmp_path)


async def adjusted(owner: Visitor) -> None:
    """Give credits by hand: seen first, then done, with the reason on record."""
    await owner.follow("Give credits")
    await owner.looks()
    await owner.fill(amount="250", reason="Sorry for the wait")
    await owner.press("Preview")
    await owner.sees("Give 250 credits?", "2,250")
    await owner.looks()
    await owner.press("Give the credits")
    await owner.sees("The credits were adjusted.", "2,250", "Sorry for the wait")


async def explained(owner: Visitor) -> None:
    """Ask why the balance is what it is, and about one line of it."""
    await owner.follow("explain")
    await owner.sees("Why the balance is 2,250")
    await owner.looks()
    await owner.follow(BUYER)
    await owner.follow("all transactions")
    await owner.sees("Sorry for the wait")
    await owner.looks()
    await owner.page.get_by_role("cell").get_by_role("link").first.click()
    await owner.sees("Where these credits went")
    await owner.looks()


async def refunded(owner: Visitor) -> None:
    """Give the money back; the order's credits go with it."""
    await owner.open(f"/orders?account={BUYER}")
    await owner.looks()
    await owner.follow("Studio")
    await owner.sees("Nobody disputed it.")
    await owner.follow("Refund")
    await owner.looks()
    await owner.fill(reason="The customer changed their mind")
    await owner.press("Refund")
    await owner.sees("The refund was written down", "The customer changed their mind")
    await owner.looks()
    await owner.open(f"/customer?account={BUYER}")
    await owner.sees("250")


async def exported(owner: Visitor, folder: Path) -> None:
    """Take the account's ledger home as a file."""
    await owner.open(f"/transactions?account={BUYER}")
    async with owner.page.expect_download() as coming:
        await owner.follow("Export as CSV")
    await (await coming.value).save_as(folder / "ledger.csv")
    with (folder / "ledger.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["account_id"] for line in lines} == {BUYER}
    assert sum(int(line["amount"]) for line in lines) == 250
