"""What a customer is given at the console: a plan without payment, and credits on terms."""

from datetime import timedelta

import pytest

from tests.entrypoints.console.browser import Browser
from tests.entrypoints.good_plan_changes import subscribed
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.subscriptions import a_plan

COMP = f"/customer/comp?account={SOMEBODY}"
GRANT = f"/customer/grant?account={SOMEBODY}"


async def test_a_subscription_is_given_once_until_a_day_and_on_record(
    service: Service, owner: Browser
) -> None:
    plan = a_plan(name="Speaker", is_on_sale=False)
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.commit()
    form = await owner.get(COMP)
    assert "Speaker, US$9.90 monthly, 1,000 credits a month (off sale)" in form.text
    given = {"offer": f"{plan.id}:monthly", "until": "2026-12-31T00:00", "reason": "A speaker"}

    refused = await owner.post(COMP, {**form.hidden, **given, "offer": "", "until": "x"})
    done = [await owner.post(COMP, {**form.hidden, **given}) for _ in range(2)]

    assert refused.status == 400
    for beside in ("Choose a plan.", "Must be a day"):
        assert f'<span class="problem">{beside}' in refused.html
    assert 'role="alert">Please look at the marked fields.<' in refused.html
    assert done[0].location == done[1].location
    assert done[0].location.endswith("notice=comped")
    (sold,) = (await service.as_admin().get("/admin/subscriptions")).data
    assert (sold["plan"]["name"], sold["price"]) == ("Speaker", 0)
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 1000
    assert "A speaker" in (await owner.get("/customer/subscription", id=sold["id"])).text


async def test_nobody_is_given_what_they_pay_for(service: Service, owner: Browser) -> None:
    _, dearer = await subscribed(service, "team")
    before = service.kept()

    page = await owner.fill(COMP, offer=f"{dearer.id}:monthly", reason="A present")

    assert (page.status, 'role="alert"' in page.html) == (400, True)
    assert service.kept() == before


async def test_a_lot_is_given_once_on_the_terms_that_were_typed(
    service: Service, owner: Browser
) -> None:
    form = await owner.get(GRANT)
    terms = {
        "amount": "5,000",
        "category": "paid",
        "priority": "3",
        "effective_at": "2026-01-12T12:00",
        "expires_at": "2026-02-01",
        "scope": "model:gpt-4*\r\nfeature:images",
        "cost": "49.00 EUR",
        "rollover": "20",
        "rollover_until": "2026-03-01",
        "reason": "Paid by bank transfer",
    }

    done = [await owner.post(GRANT, {**form.hidden, **terms}) for _ in range(2)]

    assert [each.location.rpartition("=")[2] for each in done] == ["granted", "granted"]
    (lot,) = (await service.as_admin().get("/admin/credits/grants")).data
    said = {name: lot[name] for name in ("amount", "category", "priority", "scope", "cost")}
    assert said == {
        "amount": 5000,
        "category": "paid",
        "priority": 3,
        "scope": ["model:gpt-4*", "feature:images"],
        "cost": {"amount": 4900, "currency": "EUR"},
    }
    assert lot["expires_at"] == "2026-02-01T00:00:00Z"
    assert lot["rollover"] == {"max": 20, "until": "2026-03-01T00:00:00Z"}
    async with service.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"account:{SOMEBODY}", 10)
    assert (entry.action, entry.reason) == ("credits.grant", "Paid by bank transfer")


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"amount": ""}, "Is required."),
        ({"amount": "0"}, "Must be"),
        ({"category": "stolen"}, "Must be"),
        ({"priority": "soon"}, "Must be a whole number."),
        ({"expires_at": "tomorrow"}, "Must be a day"),
        ({"scope": "anything"}, "Must be"),
        ({"cost": "a lot"}, "Must be lines such as 9.99 USD"),
        ({"cost": "1.00 EUR\r\n2.00 EUR"}, "Must be one amount."),
        ({"rollover": "5"}, "Is required where credits live on."),
        ({"rollover_until": "2026-03-01"}, "Is required where there is a day it ends on."),
        ({"rollover": "5", "rollover_until": "2026-03-01"}, "Goes only with expires_at."),
        ({"reason": ""}, "Is required."),
    ],
)
async def test_terms_that_make_no_sense_are_said_beside_their_field(
    service: Service, owner: Browser, fields: dict[str, str], beside: str
) -> None:
    before, good = service.kept(), {"amount": "50", "category": "earned", "reason": "Thanks"}

    page = await owner.fill(GRANT, **{**good, **fields})

    assert page.status == 400
    assert f'<span class="problem">{beside}' in page.html, page.text
    assert service.kept() == before


async def test_a_lot_that_would_be_over_before_it_begins_is_refused(
    service: Service, owner: Browser
) -> None:
    past = (service.clock.now - timedelta(days=1)).date().isoformat()

    page = await owner.fill(GRANT, amount="5", category="earned", expires_at=past, reason="Late")

    assert (page.status, "would expire" in page.text) == (400, True)
