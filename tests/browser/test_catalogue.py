"""What is sold and given away: packs, coupons, check-ins."""

from playwright.async_api import expect

from tests.browser.visitor import Visitor


async def test_a_pack_is_created(owner: Visitor) -> None:
    await owner.open("/packs")
    await owner.looks()
    await owner.follow("New pack")
    await owner.looks()
    await owner.fill(name="Handful", credits="500", price="4", currency="EUR")
    await owner.press("Create the pack")
    await owner.sees("The credit pack was saved.", "Handful")


async def test_rates_are_published_after_a_look_at_what_changes(owner: Visitor) -> None:
    await owner.open("/rates")
    await owner.sees("a spend is rounded")
    await owner.looks()
    await owner.follow("New version")
    await owner.looks()
    await owner.fill(rates="chat-*  input  2.5  1000\nchat-*  output  10  1000", note="Simpler")
    await owner.press("Preview")
    await owner.sees("changes in version 2", "2.5 per 1,000")
    await owner.looks()
    await owner.press("Publish version 2")
    await owner.sees("The rates were published.", "Rates, version 2")


async def test_a_coupon_is_created(owner: Visitor) -> None:
    await owner.open("/coupons")
    await owner.looks()
    await owner.follow("New coupon")
    await owner.looks()
    await owner.fill(effect="trial_days")
    await expect(owner.page.get_by_label("Days of trial")).to_be_visible()
    await expect(owner.page.get_by_label("Share off, in %")).to_be_hidden()
    await owner.fill(code="BROWSER25", effect="amounts_off", amounts_off="five")
    await owner.press("Create the coupon")
    await owner.sees("Please look at the marked fields.", "Must be lines such as 9.99 USD")
    await owner.looks()
    await owner.fill(effect="percent_off", percent_off="25", duration="periods", periods="3")
    await owner.page.get_by_role("checkbox", name="Business plan").check()
    await owner.press("Create the coupon")
    await owner.sees("The coupon was created.", "BROWSER25", "25 % off, for 3 periods", "Business")
    await owner.looks()

    await owner.follow("Edit")
    await owner.looks()
    await owner.fill(max_redemptions="500", minimum_amounts="5.00 USD", reason="A first limit")
    await owner.press("Save the coupon")
    await owner.sees("The coupon was saved.", "of 500")

    await owner.follow("Codes")
    await owner.fill(count="30", prefix="VIP")
    await owner.press("Make the codes")
    await owner.sees("The codes were made.", "VIP-", "There are more.")
    await owner.looks()
    await owner.follow("BROWSER25")
    await owner.press("Archive the coupon")
    await owner.sees("The coupon counts for nothing new from now on.", "Archived")
    await owner.looks()


async def test_what_a_check_in_earns_is_changed(owner: Visitor) -> None:
    await owner.open("/check-in")
    await owner.looks()
    await owner.fill(accounts="5000", share_percent="40", budgets_day="2000")
    await owner.press("Try it")
    await owner.sees("5,000 accounts, these days", "At most, whatever they do")
    await owner.looks()
    await owner.fill(base="7", milestones="30: 100 once", reason="A kinder start")
    await owner.press("Save")
    await owner.sees("The check-in rules were saved.")
