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
    await owner.fill(code="BROWSER25", percent_off="25")
    await owner.press("Create the coupon")
    await owner.sees("The coupon was created.", "BROWSER25", "25 % off")


async def test_what_a_check_in_earns_is_changed(owner: Visitor) -> None:
    await owner.open("/check-in")
    await owner.looks()
    await owner.fill(base="7", reason="A kinder start")
    await owner.press("Save")
    await owner.sees("The check-in rules were saved.")
