"""A customer at their own page: what they have, what they buy, and what they change."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Product, Running
from tests.browser.visitor import Visitor

# A refusal is shown where it was met, and the browser says beside it that there was one.
_WHOLE_ORDER = re.compile(r"order [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EXACT_REST = re.compile(r"\d+ days( \d+ hours?)?( \d+ minutes?)? of \d+ days")
_REFUSED = re.compile(r"Failed to load resource: .* status of 4(01|09|22)")


@pytest.fixture
async def customer(stranger: Visitor) -> AsyncIterator[Visitor]:
    """A customer with a browser, who may be refused something."""
    yield stranger
    forgive(stranger)


def forgive(customer: Visitor) -> None:
    """Forget what the browser said about refusals that the page has shown."""
    customer.faults[:] = [each for each in customer.faults if not _REFUSED.search(each)]


async def at_home(customer: Visitor, running: Running, account: str) -> None:
    """Open the page with a token of the account's, and see that the address keeps nothing of it."""
    token = await running.token("--subject", account)
    await customer.page.goto(f"{customer.url}/billing#token={token}")
    await expect(customer.page.get_by_test_id("account")).to_have_text(account)
    await expect(customer.page).to_have_url(f"{customer.url}/billing")


async def pay(customer: Visitor) -> None:
    """Go on to the payment page, and pay there."""
    page = customer.page
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/sandbox/checkout/**")
    await page.get_by_role("button", name="Pay").first.click()


async def subscribe(customer: Visitor) -> None:
    """Choose the smallest plan, and pay for it."""
    await customer.page.get_by_test_id("choose-Starter").click()
    await pay(customer)
    await customer.sees("Thank you. Starter is yours.")


async def test_a_customer_sees_what_they_have_and_why(customer: Visitor, running: Running) -> None:
    page = customer.page
    await at_home(customer, running, "demo-001")

    await customer.sees("spent next", "Your plan", "Daily check-in", "Orders and receipts")
    await customer.looks()
    await page.get_by_role("button", name="Why").first.click()
    await expect(page.get_by_test_id("explained")).to_contain_text("credit")
    await customer.looks()
    await page.get_by_test_id("older").click()
    await customer.sees("11–20 of")


async def test_a_customer_whose_account_is_frozen_is_told_that_and_whom_to_ask(
    customer: Visitor, running: Running, product: Product
) -> None:
    owner = await running.token("--admin", "--role", "owner")
    account = "/admin/accounts/page-frozen"
    coupon = {"code": "PAGE-FROZEN", "redeemable_alone": True, "bonus_credits": 250}
    await product.call(owner, "POST", "/admin/billing/coupons", coupon)
    buyer = await running.token("--subject", "page-frozen")
    await product.call(buyer, "POST", "/coupons/redeem", {"code": "PAGE-FROZEN"})
    await product.call(owner, "POST", f"{account}/freeze", {"reason": "A stolen session"})

    await at_home(customer, running, "page-frozen")

    page = customer.page
    await expect(page.get_by_test_id("available")).to_have_text("250 credits")
    await expect(page.get_by_test_id("stopped")).to_contain_text("Ask support")
    await expect(page.get_by_test_id("balance")).not_to_contain_text("ready to spend")
    await customer.looks()

    await product.call(owner, "POST", f"{account}/unfreeze", {"reason": "It is closed"})
    await page.reload()
    await customer.sees("ready to spend")
    await expect(page.get_by_test_id("stopped")).to_have_count(0)


async def test_a_newcomer_buys_credits_and_takes_the_receipt_home(
    customer: Visitor, running: Running
) -> None:
    page = customer.page
    await at_home(customer, running, "page-newcomer")
    await customer.sees("No credits yet", "You have no plan", "You have not ordered anything yet")
    await customer.looks()

    await page.get_by_test_id("buy-5000").click()
    await page.get_by_label("Code, if you have one").fill("NO-SUCH-CODE")
    await page.get_by_test_id("apply").click()
    await customer.sees("This code is not valid")
    forgive(customer)
    await customer.looks()
    await page.get_by_label("Code, if you have one").fill("")
    await pay(customer)

    await customer.sees("Thank you. 5,000 credits are yours.")
    await expect(page.get_by_test_id("available")).to_have_text("5,000 credits")
    async with page.expect_download() as coming:
        await page.get_by_test_id("receipt").first.click()
    assert re.fullmatch(r"receipt-R-\d{6}\.pdf", (await coming.value).suggested_filename)
    await page.get_by_role("button", name="Why").first.click()
    await expect(page.get_by_test_id("explained")).to_contain_text(_WHOLE_ORDER)
    await customer.looks()


async def test_who_leaves_the_payment_page_is_told_that_nothing_was_charged(
    customer: Visitor, running: Running
) -> None:
    page = customer.page
    await at_home(customer, running, "page-leaver")
    await page.get_by_test_id("buy-1000").click()
    await page.get_by_test_id("pay").click()
    await page.wait_for_url("**/sandbox/checkout/**")

    await page.get_by_role("button", name=re.compile("without|cancel|back", re.IGNORECASE)).click()

    await customer.sees("You left the payment page. Nothing was charged.")
    await expect(page).to_have_url(f"{customer.url}/billing")


async def test_a_plan_is_bought_changed_paused_and_cancelled(
    customer: Visitor, running: Running
) -> None:
    page = customer.page
    await at_home(customer, running, "page-subscriber")
    await page.get_by_label("Yearly").check()
    await customer.sees("a year", "% less")
    await page.get_by_label("Monthly").check()
    await subscribe(customer)

    await page.get_by_test_id("choose-Pro").click()
    for said in ("Starter, paid and not used", "To pay now", "You get at once", "Next payment"):
        await expect(page.get_by_test_id("quote")).to_contain_text(said)
    await expect(page.get_by_test_id("quote")).to_contain_text(_EXACT_REST)
    await customer.looks()
    await page.get_by_test_id("confirm-change").click()
    await customer.sees("You are on Pro now.")
    # The change's own order comes a moment later, and shows without a reload.
    await expect(page.get_by_test_id("order-list").get_by_test_id("receipt")).to_have_count(2)
    await page.get_by_test_id("choose-Starter").click()
    await page.get_by_test_id("confirm-change").click()
    await expect(page.get_by_test_id("begins-Starter")).to_contain_text("Begins on")
    await page.get_by_test_id("resume").click()
    await page.get_by_test_id("after-Free").click()
    await customer.sees("Cancel Pro?", "It stays yours until")
    await page.get_by_role("button", name="Keep it").click()

    await page.get_by_test_id("pause").click()
    await page.get_by_test_id("confirm-pause").click()
    await customer.sees("Nothing is collected and no credits come until you resume it.")
    await customer.sees("Pro is paused. Resume it first, then switch.")
    await page.get_by_test_id("resume").click()
    await page.get_by_test_id("cancel").click()
    await customer.looks()
    await page.get_by_test_id("confirm-cancel").click()
    await expect(page.get_by_test_id("what-next")).to_contain_text("is not renewed")
    await expect(page.get_by_test_id("later-Starter")).to_contain_text("keep it first")
    await expect(page.get_by_test_id("choose-Starter")).to_have_count(0)
    await customer.looks()
    await page.get_by_test_id("keep-for-Starter").click()
    await expect(page.get_by_test_id("choose-Starter")).to_be_visible()
    await expect(page.get_by_test_id("what-next")).to_contain_text(
        "The next payment of $19.00 is due"
    )


async def test_a_change_is_asked_for_though_the_order_before_it_cannot_be_read(
    customer: Visitor, running: Running
) -> None:
    page, unread = customer.page, list[str]()
    await at_home(customer, running, "page-unread")
    await subscribe(customer)
    await page.get_by_test_id("choose-Pro").click()
    await expect(page.get_by_test_id("quote")).to_contain_text("To pay now")

    async def lost(route: Route) -> None:
        unread.append(route.request.url)
        await route.abort()

    await page.route(re.compile(r"/orders\?limit=1$"), lost)
    await page.get_by_test_id("confirm-change").click()

    await customer.sees("You are on Pro now.")
    # Without the order before it nobody can tell which is the change's own, so none is looked for.
    await page.wait_for_timeout(1500)
    assert len(unread) == 1
    customer.faults.clear()


async def test_who_goes_over_to_a_year_is_told_that_a_new_one_begins(
    customer: Visitor, running: Running
) -> None:
    page = customer.page
    await at_home(customer, running, "page-yearly")
    await subscribe(customer)

    await page.get_by_label("Yearly").check()
    await page.get_by_test_id("choose-Starter").click()

    await customer.sees("Pay yearly for Starter", "A new year begins at once.", "as now")
    for said in ("a whole year", "To pay now", "Next payment"):
        await expect(page.get_by_test_id("quote")).to_contain_text(said)
    await customer.looks()
    await page.get_by_test_id("confirm-change").click()
    await customer.sees("You pay yearly for Starter now.", "Paid yearly.")


async def test_credits_for_some_usage_are_not_said_to_be_disputed(
    customer: Visitor, running: Running, product: Product
) -> None:
    page = customer.page
    owner = await running.token("--admin", "--role", "owner")
    lot = {"account_id": "page-painter", "reason": "For pictures"}
    images = {**lot, "amount": 1500, "scope": ["feature:images"]}
    await product.call(owner, "POST", "/admin/credits/grants", images)
    await product.call(owner, "POST", "/admin/credits/grants", {**lot, "amount": 700})
    await at_home(customer, running, "page-painter")
    figure = page.locator("#balance .figure")

    await expect(figure).to_contain_text(
        "700 creditsready to spend; 1,500 more are only for images"
    )
    await expect(figure).not_to_contain_text("disputed")
    await customer.looks()
    chats = {**lot, "amount": 300, "scope": ["feature:images", "model:gpt-4*"]}
    await product.call(owner, "POST", "/admin/credits/grants", chats)
    await page.reload()
    await expect(figure).to_contain_text("1,800 more are only for some uses")

    await page.route("**/credits/grants?*", _disputed_lots)
    await page.route("**/credits/balance", _disputed_balance)
    await page.reload()
    await expect(figure).to_contain_text(
        "0 creditsnone for general use; you have 1,800 credits that are only for some uses; "
        "700 credits are on hold while a payment is disputed"
    )
    await expect(page.get_by_text("spent next")).to_have_count(0)
    await customer.looks()


async def test_what_is_said_to_be_spent_next_pays_for_any_usage(
    customer: Visitor, running: Running, product: Product
) -> None:
    page = customer.page
    owner = await running.token("--admin", "--role", "owner")
    lot = {"account_id": "page-first", "reason": "For pictures"}
    images = {**lot, "amount": 1500, "scope": ["feature:images"], "priority": 1}
    await product.call(owner, "POST", "/admin/credits/grants", images)
    await at_home(customer, running, "page-first")
    rows = page.get_by_test_id("lots").get_by_role("listitem")

    await expect(rows).to_have_count(1)
    await expect(page.get_by_text("spent next")).to_have_count(0)

    await product.call(owner, "POST", "/admin/credits/grants", {**lot, "amount": 700})
    await page.reload()

    await expect(rows).to_have_count(2)
    await expect(rows.nth(0)).not_to_contain_text("spent next")
    await expect(rows.nth(1)).to_contain_text("700 credits")
    await expect(rows.nth(1)).to_contain_text("spent next")


async def _disputed_lots(route: Route) -> None:
    """Answer with the lots as they are, those for any usage as if their payment were disputed."""
    answered = await route.fetch()
    body = await answered.json()
    for lot in body["data"]:
        lot["frozen"] = not lot["scope"]
    await route.fulfill(response=answered, json=body)


async def _disputed_balance(route: Route) -> None:
    """Answer with the balance as it is, of which nothing is available."""
    answered = await route.fetch()
    body = await answered.json()
    body["data"]["available"] = 0
    await route.fulfill(response=answered, json=body)


async def test_a_code_for_credits_is_redeemed_once(
    customer: Visitor, running: Running, product: Product
) -> None:
    page = customer.page
    owner = await running.token("--admin", "--role", "owner")
    coupon = {"code": "PAGE-GIFT", "redeemable_alone": True, "bonus_credits": 250}
    await product.call(owner, "POST", "/admin/billing/coupons", coupon)
    await at_home(customer, running, "page-gifted")

    await page.get_by_label("A code for credits").fill("page-gift")
    await page.get_by_test_id("redeem").click()

    await customer.sees("250 credits are yours.", "Credits from a code")
    await page.get_by_label("A code for credits").fill("page-gift")
    await page.get_by_test_id("redeem").click()
    await customer.sees("You have used this code already.", "look at the history below")
    await page.get_by_label("A code for credits").fill("page-gone")
    await page.get_by_test_id("redeem").click()
    await customer.sees("Check that it is typed", "A code that lowers a price is entered")
    forgive(customer)
    await customer.looks()


async def test_a_check_in_brings_its_credits_once_a_day(
    customer: Visitor, running: Running
) -> None:
    page = customer.page
    await at_home(customer, running, "page-regular")

    await page.get_by_test_id("check-in-now").click()

    await customer.sees("Checked in:", "Done for today.")
    await expect(page.get_by_test_id("streak")).to_have_text("1 day")
    await customer.looks()


async def test_a_token_that_counts_no_more_leads_to_what_to_do(customer: Visitor) -> None:
    await customer.page.goto(f"{customer.url}/billing")
    await customer.sees("Open billing from the product")
    await customer.looks()

    await customer.page.goto(f"{customer.url}/billing#token=of.another.day")

    await customer.sees("Your session has ended", "Go back to the product")
    await expect(customer.page).to_have_url(f"{customer.url}/billing")
    # The first refusal ends the session; the others are on their way, and are reported, too.
    await customer.page.wait_for_load_state("networkidle")
    forgive(customer)
    await customer.looks()


async def test_nothing_of_a_token_is_left_when_it_was_refused(
    customer: Visitor, product: Product
) -> None:
    await customer.page.goto(f"{customer.url}/billing#token=of.another.day")
    await customer.sees("Your session has ended")

    assert await customer.page.evaluate("() => JSON.stringify(sessionStorage)") == "{}"
    assert await customer.page.evaluate("() => document.cookie") == ""
