"""What the product is told: endpoints, events, and what customers hold and subscribe to."""

from tests.browser.conftest import Product, Running
from tests.browser.visitor import Visitor

HOLDER = "demo-001"


async def test_an_endpoint_is_created_tried_and_given_a_new_secret(
    owner: Visitor, running: Running
) -> None:
    await owner.open("/endpoints")
    await owner.looks()
    await owner.follow("New endpoint")
    await owner.looks()
    await owner.fill(url=f"{running.url}/healthz", description="The shop")
    await owner.press("Create the endpoint")
    await owner.sees("Copy the secret now", "whsec_")
    await owner.looks()
    await owner.follow("Done")
    await owner.looks()
    await owner.press("Make a new secret")
    await owner.sees("What it is signed with")
    await owner.follow("Done")
    await owner.press("Send a test")
    await owner.sees("The test is on its way", "endpoint.test")
    await owner.looks()


async def test_an_event_is_sent_again_with_a_reason(owner: Visitor) -> None:
    await owner.open("/events")
    await owner.looks()
    await owner.page.get_by_role("cell").get_by_role("link").first.click()
    await owner.sees("Body", "as it is delivered")
    await owner.looks()


async def test_a_hold_is_given_back(owner: Visitor, product: Product, running: Running) -> None:
    key = (running.folder / ".billing" / "api-key").read_text().strip()
    asked = {"account_id": HOLDER, "amount": 25, "description": "A long answer"}
    await product.call(key, "POST", "/credits/holds", asked)

    await owner.open(f"/customer?account={HOLDER}")
    await owner.follow("25 more are held")
    await owner.sees("A long answer")
    await owner.looks()
    await owner.follow("A long answer")
    await owner.looks()
    await owner.fill(reason="The worker died")
    await owner.press("Release the hold")
    await owner.sees("The hold was released", "Released")


async def test_a_subscription_is_cancelled_and_taken_back(owner: Visitor) -> None:
    await owner.open(f"/customer?account={HOLDER}")
    await owner.page.locator("main a[href*='/customer/subscription']").first.click()
    await owner.looks()
    await owner.fill(asked="cancel_at_period_end", reason="Asked by mail")
    await owner.press("Do it")
    await owner.sees("It is done; the history says so.", "Asked by mail")
    await owner.looks()
    await owner.fill(asked="resume", reason="Changed their mind")
    await owner.press("Do it")
    await owner.sees("Changed their mind")
