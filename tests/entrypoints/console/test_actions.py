"""What admins do at the console: each action once, by the API's own rules, and on record."""

import csv
import io

import pytest

from domain.payments.order import OrderStatus
from domain.payments.provider_event import DisputeStatus
from tests.entrypoints.console.audit_lines import audit_of
from tests.entrypoints.console.browser import Browser, signed_in
from tests.entrypoints.good_requests import World
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import a_dispute

ADJUST = f"/customer/adjust?account={SOMEBODY}"


async def balance_of(service: Service) -> int:
    balance: int = (await service.as_user().get("/credits/balance")).data["balance"]
    return balance


async def test_an_adjustment_is_shown_before_it_happens(service: Service, owner: Browser) -> None:
    await service.give(100)
    before = service.kept()

    page = await owner.fill(
        ADJUST, direction="take", amount="30", reason="Entered twice", step="preview"
    )

    assert page.status == 200
    assert "Balance now 100" in page.text
    assert "Balance after 70" in page.text
    assert "Entered twice" in page.text
    assert service.kept() == before


async def test_a_refused_adjustment_says_its_numbers_as_people_write_them(
    service: Service, owner: Browser
) -> None:
    await service.give(1200)
    wanted = {"direction": "take", "amount": "1500", "reason": "Goodwill"}

    taken = await owner.fill(ADJUST, step="preview", **wanted)
    beyond = {**wanted, "direction": "give", "amount": str(2**53)}
    given = await owner.fill(ADJUST, step="preview", **beyond)

    assert "1,500 credits were asked for and 1,200 are available." in taken.text
    assert "Must be at most 9,007,199,254,740,991." in given.text


async def test_an_adjustment_happens_once_however_often_its_form_is_sent(
    service: Service, owner: Browser
) -> None:
    await service.give(100)
    preview = await owner.fill(
        ADJUST,
        direction="give",
        amount="1,000",
        reason="Goodwill",
        expires_at="2026-03-01T10:00",
        step="preview",
    )

    for _ in range(3):
        done = await owner.post(ADJUST, {**preview.hidden, "step": "confirm"})
        assert done.location == "/console/customer?account=user-1&notice=adjusted"

    assert await balance_of(service) == 1100
    entries = await audit_of(service)
    assert [(each.action, each.reason) for each in entries] == [("credits.adjust", "Goodwill")]
    assert entries[0].actor.id == "admin-1"
    assert entries[0].actor.request_id != ""
    customer = await owner.get("/customer", account=SOMEBODY)
    assert "1 Mar 2026, 10:00 UTC" in customer.text


async def test_a_confirmed_form_that_was_changed_is_another_request(
    service: Service, owner: Browser
) -> None:
    await service.give(100)
    preview = await owner.fill(
        ADJUST, direction="give", amount="10", reason="Goodwill", step="preview"
    )
    await owner.post(ADJUST, {**preview.hidden, "step": "confirm"})

    again = await owner.post(ADJUST, {**preview.hidden, "amount": "99", "step": "confirm"})

    assert again.status == 400
    assert await balance_of(service) == 110


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"amount": "", "reason": "x"}, "Is required."),
        ({"amount": "1.5", "reason": "x"}, "Must be a whole number."),
        ({"amount": "-5", "reason": "x"}, "Must be above zero."),
        ({"amount": "5", "reason": ""}, "Is required."),
        ({"amount": "5", "reason": "x", "direction": "sell"}, "Choose whether to give"),
        ({"amount": "5", "reason": "x", "expires_at": "tomorrow"}, "Must be a day"),
        ({"amount": "5", "reason": "x", "expires_at": "2020-01-01T00:00"}, "would expire"),
        ({"amount": "500", "reason": "x", "direction": "take"}, "100"),
    ],
)
async def test_what_makes_no_sense_is_said_beside_its_field(
    service: Service, owner: Browser, fields: dict[str, str], beside: str
) -> None:
    await service.give(100)
    before = service.kept()

    page = await owner.fill(ADJUST, **{"direction": "give", "step": "preview", **fields})

    assert (page.status, beside in page.text) == (400, True), page.text
    assert 'role="alert"' in page.html
    assert service.kept() == before


async def test_an_order_is_refunded_in_part_and_then_the_rest(
    service: Service, owner: Browser
) -> None:
    paid = await service.paid()
    path = f"/order/refund?id={paid.id}"

    first = await owner.fill(path, amount="2.50", kind="requested", reason="Half was unusable")
    too_much = await owner.fill(path, amount="9.00", kind="requested", reason="More")
    odd = await owner.fill(path, amount="1.005", kind="requested", reason="More")
    rest = await owner.fill(path, amount="", kind="fraudulent", reason="The rest")

    assert first.location == f"/console/order?id={paid.id}&notice=refunded"
    assert too_much.status == 400
    assert "decimals" in odd.text
    assert rest.status == 303
    async with service.store.read() as work:
        order = await work.orders.find(paid.id)
        refunds = await work.refunds.of_order(paid.id)
    assert order.status is OrderStatus.REFUNDED
    assert [refund.amount_minor for refund in refunds] == [250, 250]
    assert [each.action for each in await audit_of(service)] == ["order.refund", "order.refund"]
    assert await balance_of(service) == 0


async def test_a_plan_is_created_and_replaced_with_prices_as_people_write_them(
    service: Service, owner: Browser
) -> None:
    fields = {
        "name": "Pro",
        "price_monthly": "9.99",
        "price_yearly": "99.9",
        "currency": "eur",
        "credits_included": "10 000",
        "features": "Chat\n\n Support ",
        "group": "default",
        "on_sale": "yes",
        "stripe_price_id_monthly": "price_1",
    }
    created = await owner.fill("/plan/new", **fields)
    assert created.location == "/console/plans?notice=plan-saved", created.text
    plan = (await service.as_admin().get("/admin/billing/plans")).data[0]
    assert (plan["price_monthly"], plan["price_yearly"], plan["currency"]) == (999, 9990, "EUR")
    assert (plan["features"], plan["credits_included"]) == (["Chat", "Support"], 10000)
    shown = await owner.get("/plan", id=plan["id"])
    assert 'value="9.99"' in shown.html
    assert 'value="99.90"' in shown.html

    del fields["on_sale"]
    await owner.fill(f"/plan?id={plan['id']}", **{**fields, "price_yearly": "", "reason": "old"})

    after = (await service.as_admin().get("/admin/billing/plans")).data[0]
    assert (after["on_sale"], after["price_yearly"], after["id"]) == (False, None, plan["id"])
    assert [each.action for each in await audit_of(service)] == ["plan.replace", "plan.create"]


async def test_a_plans_faults_are_all_named_at_once(service: Service, owner: Browser) -> None:
    page = await owner.fill(
        "/plan/new", name="", price_monthly="nine", currency="XXQ", credits_included="many"
    )

    assert page.status == 400
    assert page.html.count('class="problem"') >= 3
    assert 'value="nine"' in page.html
    assert (await service.as_admin().get("/admin/billing/plans")).data == []


async def test_a_pack_is_created_and_replaced(service: Service, owner: Browser) -> None:
    fields = {"name": "Small", "credits": "500", "price": "500", "currency": "JPY", "on_sale": "y"}
    assert (await owner.fill("/pack/new", **fields)).status == 303
    pack = (await service.as_admin().get("/admin/billing/packs")).data[0]
    assert pack["price"] == 500

    await owner.fill(f"/pack?id={pack['id']}", **{**fields, "price": "600"})
    free = await owner.fill("/pack/new", **{**fields, "price": "0"})

    after = (await service.as_admin().get("/admin/billing/packs")).data
    assert [each["price"] for each in after] == [600]
    assert free.status == 400


async def test_check_in_rules_are_changed_unless_somebody_was_quicker(
    service: Service, owner: Browser
) -> None:
    form = await owner.get("/check-in")
    week = {f"day{number}": "10" for number in range(1, 8)}
    rules = {**form.hidden, "enabled": "yes", "base": "10", "zone": "Europe/Berlin", **week}

    half = await owner.post("/check-in", {**rules, "day3": ""})
    lost = await owner.post("/check-in", {**rules, "zone": "Mars/North"})
    first = await owner.post("/check-in", rules)
    second = await owner.post("/check-in", {**rules, "base": "99"})

    assert (half.status, lost.status, first.status, second.status) == (400, 400, 303, 400)
    assert "all seven days" in half.text
    assert "version 1" in second.text
    config = (await service.as_admin().get("/admin/checkin/config")).data
    assert (config["base"], config["week"], config["version"]) == (10, [10] * 7, 1)


async def test_an_event_is_replayed_with_a_reason(world: World) -> None:
    owner = await signed_in(world.service)
    event = (await world.service.as_admin().get("/admin/webhooks")).data[0]
    path = f"/webhook?id={event['id']}"

    assert (await owner.fill(path, reason="")).status == 400
    assert (await owner.fill(path, reason="The plan is there now")).status == 303

    assert (await audit_of(world.service))[0].action == "webhook.replay"


async def test_an_inquiry_is_shown_as_one(service: Service, owner: Browser) -> None:
    paid = await service.paid()
    async with service.store.begin() as work:
        await work.disputes.add(a_dispute(paid, status=DisputeStatus.INQUIRY))
        await work.commit()

    disputes = (await owner.get("/disputes", status="inquiry")).text
    assert "Inquiry" in disputes
    assert "takes nothing and freezes nothing" in disputes
    assert "Inquiry" in (await owner.get("/customer", account=paid.account_id)).text


async def test_a_dispute_is_resolved_with_a_reason(service: Service, owner: Browser) -> None:
    paid = await service.paid()
    dispute = a_dispute(paid)
    async with service.store.begin() as work:
        await work.disputes.add(dispute)
        await work.commit()
    path = f"/dispute?id={dispute.id}&order={paid.id}"

    assert (await owner.fill(path, outcome="maybe", reason="x")).status == 400
    assert (await owner.fill(path, outcome="lost", reason="Their dashboard says so")).status == 303

    assert "Lost" in (await owner.get("/disputes")).text
    assert (await audit_of(service))[0].action == "dispute.resolve"


async def test_reconciling_shows_what_differs_and_mends_only_when_told(
    service: Service, owner: Browser
) -> None:
    page = await owner.fill("/reconciliation", reason="The endpoint was down", step="compare")

    assert (page.status, "Everything agrees" in page.text) == (200, True)
    assert (await owner.fill("/reconciliation", reason="", step="apply")).status == 400


async def test_a_key_is_shown_once_and_revoked(service: Service, owner: Browser) -> None:
    form = {**(await owner.get("/key/new")).hidden, "name": "backend", "kind": "backend"}
    fields = [*form.items(), ("scopes", "credits:read"), ("scopes", "credits:spend")]

    issued = await owner.post("/key/new", fields)
    again = await owner.post("/key/new", fields)

    secret = issued.html.split('<code id="secret">')[1].split("<")[0]
    assert secret not in again.html
    assert "cannot be shown again" in again.text
    backend = service.bearing(secret)
    assert (await backend.get("/credits/balance", account_id=SOMEBODY)).status == 200
    await owner.fill("/keys", form=f"/key/revoke?id={secret.split('_')[1]}")
    assert (await backend.get("/credits/balance", account_id=SOMEBODY)).status == 401
    assert "Revoked" in (await owner.get("/keys")).text


async def test_an_admins_key_carries_its_role_and_no_scope(
    service: Service, owner: Browser
) -> None:
    issued = await owner.fill("/key/new", name="night shift", kind="admin", role="viewer")
    nothing = await owner.fill("/key/new", name="nothing", kind="backend")

    secret = issued.html.split('<code id="secret">')[1].split("<")[0]
    assert (await service.bearing(secret).get("/admin/orders")).status == 200
    assert nothing.status == 400


async def test_the_whole_ledger_is_sent_as_a_file(service: Service, owner: Browser) -> None:
    await service.give(5000)
    backend = service.as_admin()
    for number in range(3):
        taken = {"account_id": SOMEBODY, "amount": -1, "reason": f'=1+{number}, "quoted"'}
        await backend.post("/admin/credits/manual", taken, key=f"k{number}")

    file = await owner.get("/transactions/export", account=SOMEBODY)

    rows = list(csv.DictReader(io.StringIO(file.html)))
    assert [row["amount"] for row in rows] == ["-1", "-1", "-1", "5000"]
    assert rows[0]["description"] == '\'=1+2, "quoted"'
    assert file.headers["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    assert file.headers["Cache-Control"] == "no-store"
    none = await owner.get("/transactions/export", account="nobody")
    assert len(none.html.splitlines()) == 1


async def test_customers_are_found_by_whatever_is_at_hand(world: World) -> None:
    service = world.service
    owner = await signed_in(service)
    paid = await service.paid()

    for text, found_by in (
        ("user-1", "Account"),
        ("somebody@example.com", "Email"),
        ("SOMEBODY@example.com", "Email"),
        (paid.id, "Order"),
        (paid.provider_payment_id or "", "Payment"),
        ("cus_1", "Customer"),
    ):
        page = await owner.get("/customers", q=text)
        assert f"customer?account={SOMEBODY}" in page.html, text
        assert found_by in page.text, text
    assert "Nobody was found" in (await owner.get("/customers", q="nothing like it")).text


async def test_a_form_that_cannot_be_read_is_refused_and_breaks_nothing(
    service: Service, owner: Browser
) -> None:
    hidden = (await owner.get("/check-in")).hidden
    kept = {"Cookie": f"billing_console={owner.cookie}"}
    for kind, body in (
        ("application/x-www-form-urlencoded", b"form_token=\xff\xfe"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("application/json", b"{}"),
    ):
        async with service.client.post(
            "/console/check-in", data=body, headers={**kept, "Content-Type": kind}
        ) as answer:
            assert answer.status in {400, 403}, (kind, answer.status)

    named = {
        **hidden,
        "name": "a\x00b",
        "reason": "a\x00b",
        "features": "\x00",
        "price_monthly": "1",
    }
    odd = await owner.post("/plan/new", {**named, "currency": "EUR", "credits_included": "1"})
    assert odd.status == 400
    assert (await service.as_admin().get("/admin/billing/plans")).data == []
