"""What support does for one customer by hand: a present, a plan, another plan, a freeze."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Product, Running
from tests.browser.visitor import Visitor

GUEST = "browser-guest"


async def rooms(running: Running, product: Product, group: str) -> str:
    """Let there be two plans that can take each other's place; return the id of the cheaper."""
    token = await running.token("--admin", "--role", "owner")
    cheaper = {
        "name": f"Desk of {group}",
        "price_monthly": 900,
        "currency": "EUR",
        "credits_included": 1000,
        "group": group,
    }
    dearer = {"name": f"Loft of {group}", "price_monthly": 2900, "credits_included": 4000}
    made = await product.call(token, "POST", "/admin/billing/plans", cheaper)
    await product.call(token, "POST", "/admin/billing/plans", {**cheaper, **dearer})
    return str(made["id"])


async def chosen(owner: Visitor, name: str) -> None:
    """Choose a plan from the list by the name that it is shown under."""
    options = owner.page.locator("main [name=offer] option")
    label = await options.filter(has_text=re.compile(f"^{name},")).first.text_content()
    await owner.page.locator("main [name=offer]").select_option(label=label)


async def test_credits_are_given_on_terms(owner: Visitor) -> None:
    await owner.open(f"/customer/adjust?account={GUEST}")
    await owner.looks()
    await owner.follow("give credits on terms")
    await owner.looks()
    await owner.fill(amount="300", priority="soon", reason="A speaker of ours")
    await owner.press("Give the credits")
    await owner.sees("Please look at the marked fields.", "Must be a whole number.")
    await owner.looks()
    await owner.fill(priority="3", category="earned", scope="model:gpt-4*")
    await owner.press("Give the credits")
    await owner.sees("The credits were given.", "300", "A speaker of ours")
    await owner.looks()


async def test_a_subscription_is_given_and_then_another_plan(
    owner: Visitor, running: Running, product: Product
) -> None:
    await rooms(running, product, "guests")
    await owner.open(f"/customer/comp?account={GUEST}-of-honour")
    await owner.looks()
    await owner.press("Give the subscription")
    await expect(owner.page.locator("#offer-about .problem")).to_have_text("Is required.")
    await owner.looks()
    await chosen(owner, "Desk of guests")
    await owner.fill(reason="They speak at our conference")
    await owner.press("Give the subscription")
    await owner.sees("The subscription was given.", "They speak at our conference")
    await owner.looks()

    await owner.follow("Change plan")
    await owner.looks()
    await chosen(owner, "Loft of guests")
    await owner.fill(reason="They bring a friend")
    await owner.press("Preview")
    await owner.sees("Change to Loft of guests?", "Nothing has been changed yet.", "Holds until")
    await owner.looks()
    await owner.press("Choose another")
    await expect(owner.page.locator("[name=reason]")).to_have_value("They bring a friend")
    await owner.press("Preview")
    await owner.page.get_by_role("main").locator("button[value=confirm]").click()
    await owner.sees("They bring a friend", "Loft of guests")


async def test_a_plan_that_is_paid_for_is_changed_once_its_price_was_seen(
    owner: Visitor, running: Running, product: Product
) -> None:
    page, payer = owner.page, "browser-payer"
    await page.goto(await product.checkout(payer, await rooms(running, product, "payers")))
    await page.get_by_role("button", name="Pay €9.00").click()
    await page.wait_for_url(re.compile(r"/healthz"))

    await owner.open(f"/customers/{payer}")
    await owner.sees("1,000", "Desk")
    await owner.follow("Change plan")
    await chosen(owner, "Loft of payers")
    await owner.fill(reason="Asked for by mail")
    await owner.press("Preview")
    await owner.sees("Change to Loft of payers?", "collected from the customer", "Credits now", "+")
    await owner.looks()
    await owner.press("Change the plan")
    await owner.sees("The plan was changed.", "Asked for by mail", "Loft of payers")


async def test_an_account_is_stopped_from_spending_and_let_go_on(
    owner: Visitor, product: Product, running: Running
) -> None:
    token = await running.token("--admin", "--role", "owner")
    gift = {"account_id": "browser-abused", "amount": 50, "reason": "To have something"}
    await product.call(token, "POST", "/admin/credits/manual", gift)

    await owner.open("/customers/browser-abused")
    await owner.follow("Freeze")
    await owner.press("Freeze")
    await expect(owner.page.locator("#reason-about .problem")).to_have_text("Is required.")
    await owner.looks()
    await owner.fill(reason="A stolen session spends from it")
    await owner.press("Freeze")
    await owner.sees("The account may spend nothing", "Frozen", "A stolen session spends from it")
    await owner.looks()
    await owner.follow("Unfreeze")
    await owner.looks()
    await owner.fill(reason="The session is closed")
    await owner.press("Unfreeze")
    await owner.sees("The account may spend again.")
