"""The sandbox's pages, as a browser without scripts meets them."""

import html
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urljoin

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from attrs import evolve

from adapters.providers.sandbox.records import customer_id_of
from application.ports.provider_calls import SubscriptionAction
from application.ports.sandbox import SandboxCheckout
from domain.credits.ids import AccountId
from domain.period import Interval
from entrypoints.http.app import build_app
from entrypoints.http.sandbox import SandboxApi
from entrypoints.http.sandbox_pages import CheckoutPage, money
from tests.entrypoints.http.sample import Sample
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_order_line
from tests.support.sandbox import SHOP, SandboxWorld, a_plan_line, a_sale

Client = TestClient[web.Request, web.Application]

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture
def world() -> SandboxWorld:
    """A sandbox that nobody has bought anything in."""
    return SandboxWorld()


@pytest.fixture
async def client(
    aiohttp_client: Callable[[web.Application], Awaitable[Client]], world: SandboxWorld
) -> Client:
    """A browser on the sandbox's pages, behind the same edge as everything else."""
    sample = Sample()
    app = build_app(
        [SandboxApi(sandbox=world.sandbox)],
        gate=sample.gate(),
        readiness=sample.readiness,
        public_url="http://127.0.0.1:8080",
        version="1.2.3",
    )
    return await aiohttp_client(app)


async def shown(client: Client, path: str, status: int = 200) -> str:
    """Load a page and return it."""
    answer = await client.get(path)
    assert answer.status == status
    return await answer.text()


async def sent(client: Client, page_path: str, button: str) -> ClientResponse:
    """Press a button of a page: send the form it belongs to, and do not follow its answer."""
    page = await shown(client, page_path)
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    (action,) = (action for action, inside in forms if button in inside)
    path = urljoin(page_path, html.unescape(action))
    return await client.post(path, allow_redirects=False)


async def pressed(client: Client, page_path: str, button: str) -> str:
    """Press a button of a page, and return the address the browser goes to then."""
    answer = await sent(client, page_path, button)
    assert answer.status == 303
    assert await answer.read() == b""
    return urljoin(answer.url.path, answer.headers["Location"])


async def test_the_page_shows_what_is_bought_and_what_it_costs(
    client: Client, world: SandboxWorld
) -> None:
    order = a_sale(line=a_plan_line(), discount_minor=190, coupon_code="WELCOME")
    ticket = await world.opened(order, email="buyer@example.com")

    page = await shown(client, f"/sandbox/checkout/{ticket}")

    for text in (
        "no real money",
        "Subscribe to",
        "Small, billed monthly",
        "US$9.90",
        "per month",
        "1,000 credits every month",
        "Coupon WELCOME",
        "−US$1.90",
        "Pay US$8.00",
        "Then US$9.90 every month, until cancelled.",
        "buyer@example.com",
    ):
        assert text in page


async def test_a_pack_has_no_word_of_renewal(client: Client, world: SandboxWorld) -> None:
    page = await shown(client, f"/sandbox/checkout/{await world.opened()}")

    assert "500 credits" in page
    for text in ("every month", "per month", "until cancelled", "Coupon", "Discount"):
        assert text not in page


async def test_paying_leads_back_to_the_shop(client: Client, world: SandboxWorld) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"

    goes_to = await pressed(client, path, "Pay US$5.00")
    answer = await client.get(goes_to)

    assert goes_to == f"{path}/return"
    assert answer.headers["Refresh"] == f"0; url={SHOP}/thanks"
    assert f'href="{SHOP}/thanks"' in await answer.text()
    assert world.told_types == ["checkout.paid"]


async def test_a_paid_page_says_so_and_leads_on(client: Client, world: SandboxWorld) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"
    await pressed(client, path, "Pay")

    answer = await client.get(path)
    page = await answer.text()

    assert "Paid. Thank you!" in page
    assert f'href="{SHOP}/thanks"' in page
    assert "<form" not in page
    # Who comes back by the browser's history is not sent away again.
    assert "Refresh" not in answer.headers


async def test_paying_again_from_a_page_left_open_pays_nothing_more(
    client: Client, world: SandboxWorld
) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"

    answers = [await client.post(f"{path}/pay", allow_redirects=False) for _ in range(3)]

    assert [answer.status for answer in answers] == [303] * 3
    assert world.told_types == ["checkout.paid"]


async def test_after_a_declined_card_the_page_says_so_and_can_still_be_paid(
    client: Client, world: SandboxWorld
) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"

    goes_to = await pressed(client, path, "declined")
    page = await shown(client, goes_to)
    await pressed(client, goes_to, "Pay")

    assert 'role="alert"' in page
    assert "The card was declined." in page
    assert "declined." not in await shown(client, path)
    assert world.told_types == ["checkout.failed", "checkout.paid"]


async def test_leaving_leads_back_to_the_shop_and_closes_the_page(
    client: Client, world: SandboxWorld
) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"

    goes_to = await pressed(client, path, "Cancel")
    answer = await client.get(goes_to)
    closed = await shown(client, path, status=404)

    assert answer.headers["Refresh"] == f"0; url={SHOP}/prices"
    assert "This checkout is closed" in closed
    assert f'href="{SHOP}/prices"' in closed
    assert world.told_types == ["checkout.expired"]


async def test_an_open_page_does_not_lead_back_by_itself(
    client: Client, world: SandboxWorld
) -> None:
    path = f"/sandbox/checkout/{await world.opened()}"

    answer = await client.get(f"{path}/return", allow_redirects=False)

    assert answer.status == 303
    assert urljoin(f"{path}/return", answer.headers["Location"]) == path


async def test_a_page_that_ran_out_is_closed(client: Client, world: SandboxWorld) -> None:
    ticket = await world.opened()
    world.clock.advance(days=2)

    page = await shown(client, f"/sandbox/checkout/{ticket}", status=404)
    late = await client.post(f"/sandbox/checkout/{ticket}/pay", allow_redirects=False)

    assert "This checkout is closed" in page
    assert late.status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sandbox/checkout/unknown"),
        ("GET", "/sandbox/checkout/%00"),
        ("GET", "/sandbox/checkout/%ff%fe"),
        ("GET", "/sandbox/checkout/unknown/return"),
        ("POST", "/sandbox/checkout/unknown/pay"),
        ("POST", "/sandbox/checkout/unknown/decline"),
        ("POST", "/sandbox/checkout/unknown/cancel"),
        ("GET", "/sandbox/portal/unknown"),
        ("POST", "/sandbox/portal/unknown/subscriptions/sub_1/cancel"),
        ("POST", "/sandbox/portal/unknown/subscriptions/sub_1/resume"),
    ],
)
async def test_an_address_nobody_gave_out_is_a_friendly_404(
    client: Client, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    page = await answer.text()

    assert answer.status == 404
    assert answer.content_type == "text/html"
    assert "This link leads nowhere" in page
    style = re.search(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert style is not None
    assert urljoin(answer.url.path, style[1]) == "/sandbox/style.css"


async def test_a_portal_cancels_and_resumes(client: Client, world: SandboxWorld) -> None:
    await world.sandbox.pay(await world.opened(a_sale(line=a_plan_line())))
    path = f"/sandbox/portal/{await world.portal_of(customer_id_of(SOMEBODY))}"

    before = await shown(client, path)
    after_cancelling = await shown(client, await pressed(client, path, "Cancel"))
    after_resuming = await shown(client, await pressed(client, path, "Keep"))

    assert "Renews on 12 February 2026." in before
    assert "US$9.90 per month" in before
    assert f'href="{SHOP}/account"' in before
    assert "Ends on 12 February 2026, and is not renewed." in after_cancelling
    assert "Renews on 12 February 2026." in after_resuming
    assert world.told_types == ["checkout.paid", "subscription.updated", "subscription.updated"]


async def test_an_ended_subscription_offers_nothing(client: Client, world: SandboxWorld) -> None:
    await world.sandbox.pay(await world.opened(a_sale(line=a_plan_line())))
    path = f"/sandbox/portal/{await world.portal_of(customer_id_of(SOMEBODY))}"
    await pressed(client, path, "Cancel")
    world.clock.advance(days=31)
    await world.pass_all_time()

    page = await shown(client, path)

    assert "Ended on 12 February 2026." in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        (["pause"], "Nothing is collected."),
        (
            ["pause", "cancel_at_period_end"],
            "Nothing is collected, ends on 12 February 2026.",
        ),
        (["cancel_now"], "Ended."),
        (["cancel_at_period_end", "cancel_now"], "Ended."),
    ],
)
async def test_what_the_service_did_to_a_subscription_shows_and_offers_nothing(
    client: Client, world: SandboxWorld, actions: list[str], sentence: str
) -> None:
    order = a_sale(line=a_plan_line())
    await world.sandbox.pay(await world.opened(order))
    for action in actions:
        await world.provider.act(f"sub_{order.id}", SubscriptionAction(action), "key")

    page = await shown(client, f"/sandbox/portal/{await world.portal_of(customer_id_of(SOMEBODY))}")

    assert sentence in page
    assert "<form" not in page


async def test_a_portal_with_nothing_to_manage_says_so(client: Client, world: SandboxWorld) -> None:
    await world.sandbox.pay(await world.opened())

    page = await shown(client, f"/sandbox/portal/{await world.portal_of(customer_id_of(SOMEBODY))}")

    assert "No subscriptions yet" in page


async def test_another_customers_subscription_is_a_404(client: Client, world: SandboxWorld) -> None:
    theirs = a_sale(line=a_plan_line())
    mine = evolve(a_sale(line=a_plan_line()), account_id=AccountId("another"))
    for order in (theirs, mine):
        await world.sandbox.pay(await world.opened(order))
    ticket = await world.portal_of(customer_id_of(AccountId("another")))

    answer = await client.post(f"/sandbox/portal/{ticket}/subscriptions/sub_{theirs.id}/cancel")

    assert answer.status == 404
    assert world.told_types == ["checkout.paid", "checkout.paid"]


async def test_hostile_names_are_shown_and_never_run(client: Client, world: SandboxWorld) -> None:
    line = evolve(a_plan_line(), name=HOSTILE)
    order = a_sale(line=line, discount_minor=1, coupon_code=HOSTILE)
    ticket = await world.opened(order, email=HOSTILE)
    checkout_path = f"/sandbox/checkout/{ticket}"

    pages = [await shown(client, checkout_path)]
    await pressed(client, checkout_path, "Pay")
    pages.append(await shown(client, checkout_path))
    portal_path = f"/sandbox/portal/{await world.portal_of(customer_id_of(SOMEBODY))}"
    pages.append(await shown(client, portal_path))

    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7*7 }}" in page


async def test_every_page_is_strict_about_what_it_loads_and_who_frames_it(
    client: Client, world: SandboxWorld
) -> None:
    answer = await client.get(f"/sandbox/checkout/{await world.opened()}")

    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = await answer.text()
    assert "<script" not in page
    assert " style=" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!shop\.example)', page)


async def test_the_style_is_a_file_that_browsers_may_ask_for_again(client: Client) -> None:
    first = await client.get("/sandbox/style.css")
    again = await client.get("/sandbox/style.css", headers={"If-None-Match": first.headers["ETag"]})

    assert first.content_type == "text/css"
    assert "url(" not in await first.text()
    assert "@import" not in await first.text()
    assert again.status == 304


AMOUNTS = [
    (990, "USD", "US$9.90"),
    (0, "EUR", "€0.00"),
    (5, "GBP", "£0.05"),
    (123456789, "USD", "US$1,234,567.89"),
    (990, "JPY", "JP¥990"),
    (1500, "KWD", "KWD1.500"),
    (123456, "HUF", "HUF1,234.56"),
    (2**53 - 1, "USD", "US$90,071,992,547,409.91"),
]


@pytest.mark.parametrize(("minor", "currency", "text"), AMOUNTS)
def test_an_amount_shows_its_currency_and_exactly_its_decimals(
    minor: int, currency: str, text: str
) -> None:
    assert money(minor, currency).replace("\u00a0", "") == text


@pytest.mark.parametrize(
    ("interval", "credits", "text"),
    [
        (None, 1, "1 credit"),
        (None, 1500, "1,500 credits"),
        (Interval.MONTHLY, 1500, "1,500 credits every month"),
        (Interval.YEARLY, 1500, "1,500 credits every month"),
        (Interval.MONTHLY, 0, None),
    ],
)
async def test_credits_come_monthly_on_a_yearly_plan_too(
    world: SandboxWorld, interval: Interval | None, credits: int, text: str | None
) -> None:
    line = evolve(an_order_line(credits=credits), interval=interval)
    checkout: SandboxCheckout = await world.sandbox.checkout(await world.opened(a_sale(line=line)))

    assert CheckoutPage.of(checkout).credits == text
