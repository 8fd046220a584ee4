"""The page of an account that is frozen, and of one that is let free."""

import pytest

from application.credits.set_freeze import SetFreeze, SettingFreeze
from application.ports.idempotency import Caller, RequestKey
from domain.access.audit import Actor
from domain.access.role import Role, Scope
from entrypoints.console.telling import deed
from tests.entrypoints.console.audit_lines import audit_of
from tests.entrypoints.console.browser import signed_in
from tests.entrypoints.good_payments import FROZEN
from tests.entrypoints.good_requests import World
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_order
from tests.support.clock import fresh_id


async def test_an_account_is_frozen_once_with_a_reason_and_its_page_says_so(
    service: Service,
) -> None:
    await service.give(100)
    treasurer = await signed_in(service, Role.TREASURER)
    path = f"/customer/freeze?account={SOMEBODY}"
    form = await treasurer.get(path)

    refused = await treasurer.post(path, {**form.hidden, "reason": ""})
    fields = {**form.hidden, "reason": "A stolen session"}
    done = [await treasurer.post(path, fields) for _ in range(2)]
    late = await treasurer.fill(path, reason="Another reason")

    assert (refused.status, "Is required." in refused.text) == (400, True)
    assert [each.location.rpartition("=")[2] for each in done] == ["frozen", "frozen"]
    assert (late.status, "This account is frozen already." in late.text) == (400, True)
    entries = await audit_of(service)
    assert [(each.action, each.reason) for each in entries] == [
        ("account.freeze", "A stolen session")
    ]
    page = await treasurer.get("/customer", account=SOMEBODY)
    assert "Frozen" in page.text
    assert "Unfreeze" in page.text
    viewer = await signed_in(service, Role.VIEWER)
    assert "Unfreeze" not in (await viewer.get("/customer", account=SOMEBODY)).text


@pytest.mark.parametrize(
    ("does", "heading"),
    [("freeze", "Stop the account from spending"), ("unfreeze", "Let the account spend again")],
)
async def test_each_form_says_what_it_does_and_is_sent_to_its_own_page(
    service: Service, does: str, heading: str
) -> None:
    await service.give(100)
    treasurer = await signed_in(service, Role.TREASURER)

    form = await treasurer.get(f"/customer/{does}", account=SOMEBODY)

    assert f"<title>{does.capitalize()} {SOMEBODY}" in form.html
    assert f"<h1>{heading}</h1>" in form.html
    assert f'action="/console/customer/{does}?account={SOMEBODY}"' in form.html
    assert f'type="submit">{does.capitalize()}</button>' in form.html


async def test_an_account_with_an_open_checkout_is_frozen_before_it_has_any_credits(
    service: Service,
) -> None:
    async with service.store.begin() as work:
        await work.orders.add(an_order())
        await work.commit()
    treasurer = await signed_in(service, Role.TREASURER)
    path = f"/customer/freeze?account={SOMEBODY}"
    before = await treasurer.get("/customer", account=SOMEBODY)

    done = await treasurer.fill(path, reason="A fraudulent sign-up")

    assert f'href="/console{path}"' in before.html
    assert done.location.endswith("notice=frozen")
    after = await treasurer.get("/customer", account=SOMEBODY)
    assert (path in after.html, "Unfreeze" in after.text) == (False, True)


@pytest.mark.parametrize("held", [0, 30])
async def test_nothing_of_a_frozen_account_is_said_to_be_spendable(
    service: Service, held: int
) -> None:
    await service.give(100)
    if held:
        backend = await service.as_backend(*Scope)
        asked = {"account_id": SOMEBODY, "amount": held}
        assert (await backend.post("/credits/holds", asked, key="h")).status == 201
    viewer = await signed_in(service, Role.VIEWER)
    stopped = "none may be spent while the account is frozen"
    assert stopped not in (await viewer.get("/customer", account=SOMEBODY)).text

    reason = {"reason": "A stolen session"}
    await service.as_admin().post(f"/admin/accounts/{SOMEBODY}/freeze", reason)

    page = await viewer.get("/customer", account=SOMEBODY)
    assert stopped in page.text
    assert "may be spent now" not in page.text
    assert (f"{held} more are held" in page.text) is bool(held)


async def test_a_frozen_account_is_let_free_with_a_reason(world: World) -> None:
    owner = await signed_in(world.service, Role.TREASURER)
    path = f"/customer/unfreeze?account={FROZEN}"
    assert "Frozen" in (await owner.get("/customer", account=FROZEN)).text

    refused = await owner.fill(path, reason="")
    done = await owner.fill(path, reason="Settled with the customer")

    assert (refused.status, "Is required." in refused.text) == (400, True)
    assert done.location.endswith("notice=unfrozen")
    assert "Frozen" not in (await owner.get("/customer", account=FROZEN)).text


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("admin-7", "admin-7"),
        ("billing-cli", "an admin at the command line"),
        ("billing", "the service"),
        (f"account:{SOMEBODY}", "the customer"),
    ],
)
async def test_the_timeline_says_in_words_what_was_done_and_by_whom(
    service: Service, actor: str, said: str
) -> None:
    await service.give(100)
    freeze = SettingFreeze(begin=service.store.begin, clock=service.clock, new_id=fresh_id)
    owner = RequestKey(owner=actor, caller=Caller.ADMIN, key="f", fingerprint="f")
    await freeze(
        SetFreeze(
            account_id=SOMEBODY,
            is_frozen=True,
            reason="A stolen session",
            actor=Actor(id=actor),
            key=owner,
        )
    )

    page = await (await signed_in(service)).get("/customer", account=SOMEBODY)

    assert f"Account frozen by {said} A stolen session" in page.text
    assert "account.freeze" not in page.text


def test_what_has_no_words_of_its_own_is_told_without_its_marks() -> None:
    assert deed("account.some_thing") == "Account: some thing"
