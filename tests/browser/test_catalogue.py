"""What is sold and given away: packs, coupons, check-ins."""

from tests.browser.visitor import Visitor


async def test_a_pack_is_created(owner: Visitor) -> None:
    await owner.open("/packs")
    await owner.looks()
    await owner.follow("New pack")
    await owner.looks()
    await owner.fill(name="Handful", credits="500", price="4", currency="EUR")
    await owner.press("Create the pack")
    await owner.sees("The credit pack was saved.", "Handful")


async def test_a_coupon_is_created(owner: Visitor) -> None:
    await owner.open("/coupons")
    await owner.looks()
    await owner.follow("New coupon")
    await owner.looks()
    await owner.fill(code="BROWSER25", effect="amounts_off", amounts_off="five")
    await owner.press("Create the coupon")
    await owner.sees("Please look at the marked fields.", "Must be lines such as 9.99 USD")
    await owner.looks()
    await owner.fill(effect="percent_off", percent_off="25", duration="periods", periods="3")
    await owner.press("Create the coupon")
    await owner.sees("The coupon was created.", "BROWSER25", "25 % off, 3 periods")
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
    await owner.fill(base="7", reason="A kinder start")
    await owner.press("Save")
    await owner.sees("The check-in rules were saved.")
