"""What an operator looks at in the night: overview, webhooks, comparisons, audit, keys, health."""

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Visitor


@pytest.mark.parametrize("days", [30, 90, 365])
async def test_the_overview_shows_how_things_go(owner: Visitor, days: int) -> None:
    await owner.open("")
    await owner.follow(f"{days} days")
    await owner.sees("Credits outstanding", "Monthly recurring revenue", "How these are counted")
    await owner.looks()


async def test_a_customer_of_a_year_is_readable(owner: Visitor) -> None:
    await owner.open("/customer?account=demo-001")
    await owner.sees("Lots, in the order they burn", "If nothing is spent", "Timeline")
    await owner.looks()


async def test_a_webhook_is_replayed_with_a_reason(owner: Visitor) -> None:
    await owner.open("/webhooks?status=applied")
    await owner.looks()
    await owner.page.get_by_role("cell").get_by_role("link").first.click()
    await owner.sees("What it caused", "Body")
    await owner.looks()
    await owner.fill(reason="To see that nothing happens twice")
    await owner.press("Replay")
    await owner.sees("The event was applied anew.")


async def test_the_providers_are_compared_with(owner: Visitor) -> None:
    await owner.open("/reconciliation")
    await owner.looks()
    await expect(owner.page.locator("#reason-about")).to_contain_text("It stands in the audit log")
    await owner.press("Compare")
    await owner.sees("compared")
    await owner.looks()


async def test_a_run_of_comparing_leads_to_what_it_found(owner: Visitor) -> None:
    await owner.open("/reconciliation")
    await owner.page.locator("main a[href*='/reconciliation/run?id=']").first.click()
    await owner.sees("What it found", "stood here as it did there")
    await owner.looks()


async def test_an_edited_plan_moves_its_subscribers_after_a_look(owner: Visitor) -> None:
    await owner.open("/plans")
    await owner.follow("Free")
    await owner.fill(credits_included="150", reason="More for all")
    await owner.press("Save")
    await owner.follow("Free")
    await owner.sees("Version 2")
    await owner.follow("Versions and subscribers")
    await owner.sees("not on today’s version", "credits")
    await owner.looks()
    await owner.page.get_by_role("link", name="to today’s version").click()
    await owner.sees("Would be moved", "version 1", "150 credits")
    await owner.looks()
    await owner.fill(reason="More for all")
    await owner.page.get_by_role("main").get_by_role("button", name="Move").click()
    await owner.sees("They are moved with their next period.")


async def test_the_audit_log_tells_who_and_why(owner: Visitor) -> None:
    await owner.open("/audit")
    await owner.looks()


async def test_a_key_is_shown_once_and_revoked(owner: Visitor) -> None:
    await owner.open("/keys")
    await owner.looks()
    await owner.follow("New key")
    await owner.looks()
    await owner.fill(name="Browser", scopes="credits:spend")
    await owner.press("Create the key")
    await owner.sees("Copy the key now.", "bk_")
    await owner.looks()
    await owner.follow("Done")
    row = owner.page.get_by_role("row", name="Browser")
    await row.get_by_text("Revoke", exact=True).click()
    await owner.press("Revoke Browser")
    await owner.sees("The API key was revoked.")


@pytest.mark.parametrize("path", ["/disputes", "/health"])
async def test_what_there_is_to_read_is_readable(owner: Visitor, path: str) -> None:
    await owner.open(path)
    await owner.looks()
