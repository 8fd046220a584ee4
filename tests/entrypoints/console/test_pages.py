"""Every page, for every role, on an empty service and on one with something of everything."""

from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from domain.access.role import Right, Role, Scope
from domain.credits.ids import AccountId
from entrypoints.console.navigation import MENU
from entrypoints.console.page import Page
from tests.entrypoints.console.browser import ROOT, Browser, signed_in
from tests.entrypoints.good_plan_changes import subscribed
from tests.entrypoints.good_requests import World
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import a_dispute, an_order
from tests.support.builders.plan_changes import a_change

# Written out once more, apart from the pages: a right that is loosened by mistake fails here.
RIGHTS = {
    "GET ": Right.READ,
    "GET /customers": Right.READ,
    "GET /customers/{account}": Right.READ,
    "GET /customer": Right.READ,
    "GET /customer/balance": Right.READ,
    "GET /transaction": Right.READ,
    "GET /customer/adjust": Right.CREDIT,
    "POST /customer/adjust": Right.CREDIT,
    "GET /customer/freeze": Right.CREDIT,
    "POST /customer/freeze": Right.CREDIT,
    "GET /customer/unfreeze": Right.CREDIT,
    "POST /customer/unfreeze": Right.CREDIT,
    "GET /customer/grant": Right.CREDIT,
    "POST /customer/grant": Right.CREDIT,
    "GET /customer/plan": Right.CREDIT,
    "POST /customer/plan": Right.CREDIT,
    "GET /customer/comp": Right.CREDIT,
    "POST /customer/comp": Right.CREDIT,
    "GET /customer/holds": Right.READ,
    "GET /customer/hold": Right.READ,
    "POST /customer/hold": Right.CREDIT,
    "GET /customer/subscription": Right.READ,
    "POST /customer/subscription": Right.CREDIT,
    "GET /orders": Right.READ,
    "GET /orders/export": Right.READ,
    "GET /order": Right.READ,
    "GET /order/receipt": Right.READ,
    "GET /order/refund": Right.CREDIT,
    "POST /order/refund": Right.CREDIT,
    "GET /transactions": Right.READ,
    "GET /transactions/export": Right.READ,
    "GET /disputes": Right.READ,
    "GET /dispute": Right.CREDIT,
    "POST /dispute": Right.CREDIT,
    "GET /plans": Right.READ,
    "GET /plan": Right.READ,
    "GET /plan/versions": Right.READ,
    "GET /plan/migrate": Right.CREDIT,
    "POST /plan/migrate": Right.CREDIT,
    "GET /plan/new": Right.SELL,
    "POST /plan/new": Right.SELL,
    "POST /plan": Right.SELL,
    "GET /packs": Right.READ,
    "GET /pack": Right.READ,
    "GET /pack/new": Right.SELL,
    "POST /pack/new": Right.SELL,
    "POST /pack": Right.SELL,
    "GET /rates": Right.READ,
    "GET /rates/new": Right.CREDIT,
    "POST /rates/new": Right.CREDIT,
    "GET /coupons": Right.READ,
    "GET /coupon/new": Right.SELL,
    "POST /coupon/new": Right.SELL,
    "GET /coupon": Right.READ,
    "POST /coupon": Right.SELL,
    "GET /coupon/edit": Right.SELL,
    "POST /coupon/edit": Right.SELL,
    "GET /coupon/codes": Right.READ,
    "POST /coupon/codes": Right.SELL,
    "POST /coupon/code": Right.SELL,
    "GET /coupon/file": Right.READ,
    "GET /check-in": Right.READ,
    "POST /check-in": Right.SELL,
    "POST /check-in/try": Right.READ,
    "GET /webhooks": Right.READ,
    "GET /webhook": Right.READ,
    "POST /webhook": Right.CREDIT,
    "GET /events": Right.READ,
    "GET /event": Right.READ,
    "POST /event": Right.CREDIT,
    "GET /endpoints": Right.READ,
    "GET /endpoint/new": Right.OWN,
    "POST /endpoint/new": Right.OWN,
    "GET /endpoint": Right.READ,
    "POST /endpoint": Right.OWN,
    "POST /endpoint/switch": Right.OWN,
    "POST /endpoint/rotate": Right.OWN,
    "POST /endpoint/test": Right.OWN,
    "POST /endpoint/delete": Right.OWN,
    "GET /reconciliation": Right.READ,
    "GET /reconciliation/run": Right.READ,
    "POST /reconciliation": Right.OWN,
    "GET /audit": Right.READ,
    "GET /keys": Right.OWN,
    "GET /key/new": Right.OWN,
    "POST /key/new": Right.OWN,
    "POST /key/revoke": Right.OWN,
    "GET /health": Right.READ,
    "GET /customer/export": Right.CREDIT,
    "GET /customer/erase": Right.OWN,
    "POST /customer/erase": Right.OWN,
}

MAY = {
    Role.VIEWER: {Right.READ},
    Role.OPERATOR: {Right.READ, Right.SELL},
    Role.TREASURER: {Right.READ, Right.CREDIT},
    Role.OWNER: {Right.READ, Right.SELL, Right.CREDIT, Right.OWN},
}


def pages_of(service: Service) -> list[Page]:
    return [page for section in service.container.console().sections for page in section.pages()]


async def test_every_page_takes_the_right_that_was_promised(service: Service) -> None:
    assert {f"{page.method} {page.path}": page.right for page in pages_of(service)} == RIGHTS


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_opens_what_it_may_and_nothing_else(service: Service, role: Role) -> None:
    browser = await signed_in(service, role)
    token = (await browser.get("")).hidden["form_token"]
    before = service.kept()

    for page in pages_of(service):
        if page.method == "POST" and page.right in MAY[role]:
            continue
        if page.method == "GET":
            answer = await browser.get(page.path)
        else:
            answer = await browser.post(page.path, {"form_token": token, "once": "1"})
        assert (answer.status == 403) is (page.right not in MAY[role]), page.path

    assert service.kept() == before


@pytest.mark.parametrize("role", list(Role))
async def test_the_menu_shows_what_the_role_may_open_and_no_dead_link(
    service: Service, role: Role
) -> None:
    browser = await signed_in(service, role)
    front = await browser.get("")

    for entry in (entry for group in MENU for entry in group.entries):
        is_shown = f'href="{ROOT}{entry.path}"' in front.html
        assert is_shown is (entry.right in MAY[role]), entry.label
        if is_shown:
            page = await browser.get(entry.path)
            assert page.status == 200, entry.label
            assert f'href="{ROOT}{entry.path}" aria-current="page"' in page.html


async def test_without_a_session_no_page_opens_and_no_form_is_taken(service: Service) -> None:
    nobody = Browser(client=service.client)
    before = service.kept()

    for page in pages_of(service):
        if page.method == "GET":
            assert (await nobody.get(page.path)).location == f"{ROOT}/sign-in"
        else:
            assert (await nobody.post(page.path, {"form_token": ""})).status == 401

    assert service.kept() == before


LISTS = (
    "",
    "/customers",
    "/orders",
    "/transactions",
    "/disputes",
    "/plans",
    "/packs",
    "/rates",
    "/coupons",
    "/webhooks",
    "/events",
    "/endpoints",
    "/audit",
    "/keys",
    "/check-in",
    "/health",
    "/reconciliation",
)


async def test_pages_of_an_empty_service_say_what_to_do(owner: Browser) -> None:
    for path in LISTS:
        page = await owner.get(path)
        assert page.status == 200, path
        assert "None" not in page.text.replace("None of", ""), path
    assert "Create the first plan" in (await owner.get("/plans")).text
    assert "No customers yet" in (await owner.get("/customers")).text


async def test_pages_of_a_busy_service_show_something_of_everything(world: World) -> None:
    service = world.service
    owner = await signed_in(service)
    paid = await service.paid()
    dispute = a_dispute(paid)
    async with service.store.begin() as work:
        await work.disputes.add(dispute)
        await work.commit()
    lines = (await service.as_user().get("/credits/transactions")).data
    admin = service.as_admin()
    plan = (await admin.get("/admin/billing/plans")).data[0]["id"]
    pack = (await admin.get("/admin/billing/packs")).data[0]["id"]
    event = (await service.as_admin().get("/admin/webhooks")).data[0]["id"]

    told = (await admin.get("/admin/events")).data[0]["id"]
    sold = (await admin.get("/admin/subscriptions")).data[0]["id"]

    asked: list[tuple[str, dict[str, str]]] = [
        *((path, {}) for path in LISTS),
        ("", {"days": "90"}),
        ("", {"days": "365"}),
        ("/customers", {"q": "user"}),
        ("/customer", {"account": SOMEBODY}),
        ("/customer/balance", {"account": SOMEBODY}),
        ("/customer/adjust", {"account": SOMEBODY}),
        ("/customer/freeze", {"account": SOMEBODY}),
        ("/customer/grant", {"account": SOMEBODY}),
        ("/customer/comp", {"account": SOMEBODY}),
        ("/customer/plan", {"id": sold}),
        ("/customer/unfreeze", {"account": SOMEBODY}),
        ("/transaction", {"account": SOMEBODY, "id": lines[0]["id"]}),
        ("/order", {"id": paid.id}),
        ("/order/refund", {"id": paid.id}),
        ("/dispute", {"id": dispute.id, "order": paid.id}),
        ("/plan", {"id": plan}),
        ("/plan/versions", {"id": plan}),
        ("/plan/migrate", {"id": plan}),
        ("/pack", {"id": pack}),
        ("/webhook", {"id": event}),
        ("/event", {"id": told}),
        ("/customer/holds", {"account": SOMEBODY}),
        ("/customer/subscription", {"id": sold}),
    ]
    for path, query in asked:
        page = await owner.get(path, **query)
        assert page.status == 200, (path, page.text)


async def test_an_order_leads_to_its_receipt(service: Service, owner: Browser) -> None:
    paid = await service.paid()
    unpaid = an_order()
    async with service.store.begin() as work:
        await work.orders.add(unpaid)
        await work.commit()

    page = await owner.get("/order", id=paid.id)
    receipt = await owner.get("/order/receipt", id=paid.id)

    assert f'href="/console/order/receipt?id={paid.id}">R-000001</a>' in page.html
    assert (receipt.status, receipt.headers["Content-Type"]) == (200, "application/pdf")
    assert receipt.html.startswith("%PDF-")
    assert "Receipt" not in (await owner.get("/order", id=unpaid.id)).html
    assert (await owner.get("/order/receipt", id=unpaid.id)).status == 404


HOSTILE = AccountId('<script>alert("x")</script>\' onload=1 & %2F/..')


async def test_what_customers_choose_is_text_and_never_markup(service: Service) -> None:
    owner = await signed_in(service)
    await service.give(500, HOSTILE)
    paid = await service.paid(HOSTILE)
    backend = await service.as_backend(*Scope)
    spent = {"account_id": HOSTILE, "amount": 5, "description": "<img src=x onerror=alert(1)>"}
    assert (await backend.post("/credits/spend", spent, key="k")).status == 201

    for path, query in (
        ("/customers", {}),
        ("/customers", {"q": HOSTILE}),
        ("/customer", {"account": HOSTILE}),
        ("/customer/balance", {"account": HOSTILE}),
        ("/customer/adjust", {"account": HOSTILE}),
        ("/customer/freeze", {"account": HOSTILE}),
        ("/customer/grant", {"account": HOSTILE}),
        ("/customer/comp", {"account": HOSTILE}),
        ("/orders", {"account": HOSTILE}),
        ("/order", {"id": paid.id}),
        ("/transactions", {"account": HOSTILE}),
        ("/audit", {"target": HOSTILE}),
    ):
        page = await owner.get(path, **query)
        assert page.status == 200, (path, page.text)
        assert "<script>alert" not in page.html, path
        assert "<img" not in page.html, path
        assert "&lt;script&gt;alert" in page.html, path


async def test_links_lead_to_accounts_of_any_name(service: Service) -> None:
    owner = await signed_in(service)
    await service.give(500, HOSTILE)
    listed = await owner.get("/customers")

    link = listed.html.split('<td class="lead"><a href="/console')[1].split('"')[0]
    async with service.client.get(
        f"/console{link}", headers={"Cookie": f"billing_console={owner.cookie}"}
    ) as answer:
        assert answer.status == 200
        assert "Give credits" in await answer.text()


@pytest.mark.parametrize("account_id", ["user-1", HOSTILE], ids=["plain", "hostile"])
async def test_the_short_address_of_an_account_leads_to_it(
    service: Service, account_id: str
) -> None:
    owner = await signed_in(service)
    await service.give(500, AccountId(account_id))

    short = await owner.get(f"/customers/{quote(account_id, safe='')}")

    assert short.status == 303
    (named,) = parse_qs(urlsplit(short.location).query)["account"]
    assert (urlsplit(short.location).path, named) == (f"{ROOT}/customer", account_id)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/customer", {"account": "nobody-at-all"}, 404),
        ("/customer", {}, 400),
        ("/customer", {"account": "a\x00b"}, 400),
        ("/order", {"id": "x"}, 404),
        ("/order", {"id": "00000000-0000-7000-8000-00000000ffff"}, 404),
        ("/plan", {"id": "x"}, 404),
        ("/plan/versions", {"id": "x"}, 404),
        ("/plan/migrate", {"id": "x"}, 404),
        ("/reconciliation/run", {"id": "x"}, 404),
        ("/pack", {"id": "00000000-0000-7000-8000-00000000ffff"}, 404),
        ("/webhook", {"id": "x"}, 404),
        ("/dispute", {"id": "00000000-0000-7000-8000-00000000ffff"}, 404),
        ("/transaction", {"account": "user-1", "id": "x"}, 404),
        ("/customers/%20x", {}, 400),
        ("/orders", {"status": "nonsense"}, 400),
        ("/orders", {"from": "yesterday"}, 400),
        ("/orders", {"after": "nonsense"}, 400),
        ("/transactions", {"to": "2026-02-31"}, 400),
        ("/transactions", {"from": "0001-01-01"}, 400),
        ("/customers", {"q": "x" * 300}, 400),
        ("", {"days": "7"}, 400),
        ("/nowhere", {}, 404),
        ("/static/0/x", {}, 404),
    ],
)
async def test_what_is_not_there_or_makes_no_sense_is_said_on_a_page(
    owner: Browser, path: str, query: dict[str, str], status: int
) -> None:
    page = await owner.get(path, **query)

    assert page.status == status, page.text
    assert "went wrong" not in page.text


async def test_the_address_with_a_slash_leads_to_the_overview(owner: Browser) -> None:
    assert (await owner.get("/")).location == ROOT


async def test_a_notice_is_one_of_ours_and_never_what_the_address_says(owner: Browser) -> None:
    assert "The plan was saved." in (await owner.get("/plans", notice="plan-saved")).text
    assert "You have won" not in (await owner.get("/plans", notice="You have won")).text


async def test_a_change_of_plan_that_waits_is_shown_at_its_subscription(
    service: Service,
) -> None:
    sold, _ = await subscribed(service, "team")
    async with service.store.begin() as work:
        await work.plan_changes.add(a_change(sold))
        await work.commit()

    page = await (await signed_in(service)).get("/customer", account=SOMEBODY)

    assert "Scheduled change Max, US$29.90 monthly, from 12 Feb 2026" in page.text


async def test_a_line_of_the_audit_log_breaks_at_separators_alone(service: Service) -> None:
    owner = await signed_in(service)
    path = f"/customer/adjust?{urlencode({'account': HOSTILE})}"
    form = await owner.fill(path, direction="give", amount="9", reason="Sorry", step="preview")
    done = await owner.post(path, {**form.hidden, "step": "confirm"})
    assert done.status == 303, form.text

    page = await owner.get("/audit", target=f"account:{HOSTILE}")

    assert ">account:<wbr>&lt;script&gt;alert" in page.html
    assert "<script>alert" not in page.html
