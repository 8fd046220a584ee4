"""Coming in and going out, with a keyboard alone where there is one."""

from playwright.async_api import expect

from tests.browser.conftest import Running
from tests.browser.visitor import HEIGHT, PHONE, Visitor


async def test_somebody_signs_in_and_out(stranger: Visitor, running: Running) -> None:
    await stranger.open("")
    await stranger.sees("Sign in to the console")
    await stranger.looks()
    await stranger.fill(credential="nothing of ours")
    await stranger.press("Sign in")
    await expect(stranger.page.get_by_role("alert")).to_be_visible()
    stranger.faults.clear()
    await stranger.looks()

    await stranger.fill(credential=await running.token("--admin", "--role", "viewer"))
    await stranger.press("Sign in")
    await stranger.sees("Overview", "Viewer")
    await expect(stranger.page.get_by_role("link", name="API keys")).to_have_count(0)

    await stranger.page.get_by_role("button", name="Sign out").click()
    await stranger.sees("You are signed out.")
    await stranger.open("/customers")
    await stranger.sees("Sign in to the console")


async def test_the_content_is_one_key_away(owner: Visitor) -> None:
    await owner.open("/customers")

    await owner.page.keyboard.press("Tab")
    await expect(owner.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await owner.page.keyboard.press("Enter")
    await owner.page.keyboard.press("Tab")

    await expect(owner.page.get_by_label("Search")).to_be_focused()


async def test_the_menu_opens_on_a_phone(owner: Visitor) -> None:
    await owner.page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    await owner.open("/customers")
    orders = owner.page.get_by_role("link", name="Orders")
    await expect(orders).to_be_hidden()

    await owner.page.get_by_role("button", name="Menu").press("Enter")
    await expect(orders).to_be_visible()
    await orders.click()

    await owner.sees("Purchases of all accounts")


async def test_the_chosen_colours_stay(owner: Visitor) -> None:
    await owner.open("")
    await owner.page.get_by_role("button", name="Dark").click()

    await owner.open("/orders")

    await expect(owner.page.locator("html")).to_have_attribute("data-theme", "dark")
