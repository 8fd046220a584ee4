"""Exporting and erasing a customer at the console."""

import json

from domain.access.role import Role
from domain.credits.ids import AccountId
from entrypoints.http.account_export import export_name
from tests.entrypoints.console.browser import Browser, signed_in
from tests.support.app import Service
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_order

CUSTOMER = f"/customer?account={SOMEBODY}"
ERASE = f"/customer/erase?account={SOMEBODY}"


async def with_a_profile(service: Service) -> None:
    await service.give(100)
    async with service.store.begin() as work:
        await work.accounts.save(an_account(email="ada@example.com"))
        await work.commit()


async def test_a_customer_is_downloaded_as_a_whole(service: Service, owner: Browser) -> None:
    await with_a_profile(service)

    file = await owner.get(f"/customer/export?account={SOMEBODY}")

    named = file.headers["Content-Disposition"]
    assert named == f'attachment; filename="account-{SOMEBODY}.json"'
    assert json.loads(file.html)["data"]["profile"][0]["email"] == "ada@example.com"


def test_a_file_about_an_account_is_named_in_letters_that_every_system_takes() -> None:
    assert export_name(AccountId("user_7-a")) == "account-user_7-a.json"
    assert export_name(AccountId('../a:"b@c.d')) == "account--a-b-c-d.json"


async def test_erasing_asks_why_and_says_that_it_was_done(service: Service, owner: Browser) -> None:
    await with_a_profile(service)

    refused = await owner.fill(ERASE, reason="")
    done = await owner.fill(ERASE, reason="Asked for")

    assert refused.status == 400
    assert "notice=erased" in done.location
    page = await owner.get(CUSTOMER)
    assert "ada@example.com" not in page.html


async def test_what_is_still_open_is_told_and_passed_over_by_force(
    service: Service, owner: Browser
) -> None:
    await with_a_profile(service)
    async with service.store.begin() as work:
        await work.orders.add(an_order())
        await work.commit()

    refused = await owner.fill(ERASE, reason="Asked for")
    forced = await owner.fill(ERASE, reason="Asked for", force="yes")

    assert refused.status == 400
    assert "let its unpaid orders lapse" in refused.text
    assert "notice=erased" in forced.location


async def test_who_may_not_erase_is_not_offered_it(service: Service) -> None:
    await with_a_profile(service)

    shown = {role: (await (await signed_in(service, role)).get(CUSTOMER)).text for role in Role}

    assert {role for role, text in shown.items() if "Export everything" in text} == {
        Role.TREASURER,
        Role.OWNER,
    }
    assert {role for role, text in shown.items() if "Erase personal texts" in text} == {Role.OWNER}
