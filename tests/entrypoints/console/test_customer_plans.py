"""A customer's plan changed at the console as it was quoted, and what is told of its beginning."""

import re
from datetime import timedelta

import pytest
from attrs import evolve

from domain.access.role import Role
from domain.payments.ids import OrderId
from domain.period import Period
from domain.subscriptions.catalogue import Plan
from tests.entrypoints.console.browser import Browser, Shown, signed_in
from tests.entrypoints.good_plan_changes import subscribed
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import a_first_order
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.clock import fresh_id


async def cheaper_plan(service: Service) -> Plan:
    """Let there be a plan of the group “team” that costs less than the one sold."""
    plan = a_plan(name="Mini", price_monthly_minor=290, credits_included=100, group="team")
    async with service.store.begin() as work:
        await work.plans.add(plan)
        await work.commit()
    return plan


async def quoted(browser: Browser, path: str, plan: Plan, reason: str = "By mail") -> Shown:
    """Ask at the console what a change to a plan would mean."""
    return await browser.fill(path, step="preview", offer=f"{plan.id}:monthly", reason=reason)


async def began(browser: Browser) -> list[str]:
    """Return as what and for how much the one subscription began, by its customer's timeline."""
    page = await browser.get("/customer", account=SOMEBODY)
    (line,) = re.findall(r"<li[^>]*>(?:(?!</li>).)*>Subscribed.*?</li>", page.html, re.DOTALL)
    what = re.search(r">Subscribed(?: to ([^<]+))?</a>.*<p class=\"number\">(.*?)</p>", line)
    assert what is not None
    return [each for each in what.groups() if each]


async def test_a_change_of_plan_is_shown_with_its_price_and_credits_before_it_happens(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    path = f"/customer/plan?id={sold.id}"
    before = service.kept()

    form = await owner.get(path)
    page = await quoted(owner, path, dearer)

    assert "Max, US$29.90 monthly, 5,000 credits a month" in form.text
    assert (page.status, "Change to Max?" in page.text) == (200, True), page.text
    for said in ("Pro , US$9.90 monthly, 1,000", "When At once", "Due now Nothing", "+4,000"):
        assert said in page.text, said
    assert "12 Jan 2026, 12:15 UTC" in page.text
    assert service.kept() == before


async def test_a_change_of_plan_says_how_its_sum_comes_about_and_what_is_paid_next(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    service.clock.advance(days=15, hours=11, minutes=40)
    owner = await signed_in(service)

    page = await quoted(owner, f"/customer/plan?id={sold.id}", dearer)

    for said in (
        "Max US$14.96 For 15 days 12 hours 20 minutes of 31 days, 2,502 credits",
        "Pro −US$4.95 Unused, 15 days 12 hours 20 minutes of 31 days, −501 credits",
        # This provider says that nothing is due.
        "Tax, and what the payment provider reckons otherwise −US$10.01",
        "Next payment US$29.90 on 12 Feb 2026",
    ):
        assert said in page.text, page.text


async def test_a_change_of_plan_happens_once_when_it_was_confirmed(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    path = f"/customer/plan?id={sold.id}"
    page = await quoted(owner, path, dearer)

    done = [await owner.post(path, {**page.hidden, "step": "confirm"}) for _ in range(2)]

    where = f"/console/customer/subscription?id={sold.id}&notice=plan-changed"
    assert [each.location for each in done] == [where, where]
    after = await owner.get("/customer/subscription", id=sold.id)
    assert "By mail" in after.text
    read = (await service.as_admin().get(f"/admin/subscriptions/{sold.id}")).data
    assert read["plan"]["name"] == "Max"
    assert [each["reason"] for each in read["history"]].count("By mail") == 1


async def test_a_plan_that_is_ending_is_not_offered_a_change_but_told_what_comes_first(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    paths = (
        f"/customer?account={SOMEBODY}",
        f"/customer/subscription?id={sold.id}",
        f"/customer/plan?id={sold.id}",
    )
    before = [await owner.get(path) for path in paths]

    path = f"/customer/subscription?id={sold.id}"
    await owner.fill(path, asked="cancel_at_period_end", reason="They asked us to")

    after = [await owner.get(path) for path in paths]
    why = "Its plan cannot be changed now: it is to end with its period: take that back first."
    assert [page.text.count(why) for page in before] == [0, 0, 0]
    assert [page.text.count(why) for page in after] == [1, 1, 1]
    offered = (f'customer/plan?id={sold.id}">Change plan', f"{dearer.id}:monthly")
    for page, was in zip(after, before, strict=True):
        assert any(each in was.html for each in offered)
        assert not any(each in page.html for each in offered)


async def test_the_timeline_tells_what_a_subscription_was_when_it_began_and_who_changed_it(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    before = await owner.get("/customer", account=SOMEBODY)
    page = await quoted(owner, f"/customer/plan?id={sold.id}", dearer)
    await owner.post(f"/customer/plan?id={sold.id}", {**page.hidden, "step": "confirm"})
    path = f"/customer/subscription?id={sold.id}"
    await owner.fill(path, asked="cancel_at_period_end", reason="They asked us to")

    after = await owner.get("/customer", account=SOMEBODY)

    timeline = after.text.partition("Timeline")[2].partition("Credits a month")[0]
    begun, changed = "Subscribed to Pro monthly", "Change of plan by"
    assert "Subscribed to Pro monthly" in before.text
    assert "US$9.90" in before.text.partition(begun)[2][:60]
    assert "US$9.90" in timeline.partition(begun)[2][:60]
    assert "Subscribed to Max" not in timeline
    for said in (changed, "By mail", "Pro monthly → Max monthly", "They asked us to"):
        assert said in timeline, said
    assert "active → active, ends with its period" in timeline
    assert timeline.index("They asked us to") < timeline.index(changed) < timeline.index(begun)


async def test_a_change_that_waits_or_is_taken_back_leaves_what_the_subscription_began_as(
    service: Service, owner: Browser
) -> None:
    sold, _ = await subscribed(service, "team")
    cheaper = await cheaper_plan(service)
    page = await quoted(owner, f"/customer/plan?id={sold.id}", cheaper)
    waits = await owner.post(f"/customer/plan?id={sold.id}", {**page.hidden, "step": "confirm"})
    scheduled = await began(owner)
    asked = {"reason": "They stay"}
    back = await service.as_admin().post(f"/admin/subscriptions/{sold.id}/resume", asked)

    assert (waits.location.rpartition("=")[2], back.status) == ("plan-change-scheduled", 200)
    assert scheduled == await began(owner) == ["Pro monthly", "US$9.90"]


async def test_what_a_subscription_began_as_is_what_its_first_order_says(
    service: Service, owner: Browser
) -> None:
    sold = a_subscription(provider_subscription_id="sub_1")
    renewed = evolve(sold, plan_name="Max", price_minor=2990, order_id=OrderId(fresh_id()))
    period = Period(sold.period.end_at, sold.period.end_at + timedelta(days=30))
    renewal = evolve(a_first_order(renewed), period=period)
    async with service.store.begin() as work:
        await work.subscriptions.add(renewed)
        await work.orders.add(a_first_order(sold))
        await work.orders.add(renewal)
        await work.commit()

    assert await began(owner) == ["Pro monthly", "US$9.90"]


@pytest.mark.parametrize("given", [True, False])
async def test_what_was_given_began_at_nothing_and_without_an_order_nothing_is_said_of_it(
    service: Service, owner: Browser, given: bool
) -> None:
    if given:
        plan = a_plan(name="Speaker")
        async with service.store.begin() as work:
            await work.plans.add(plan)
            await work.commit()
        comp = f"/customer/comp?account={SOMEBODY}"
        done = await owner.fill(comp, offer=f"{plan.id}:monthly", reason="A speaker")
        assert done.location.endswith("notice=comped")
    else:
        async with service.store.begin() as work:
            await work.subscriptions.add(a_subscription())
            await work.commit()

    assert await began(owner) == (["Speaker monthly", "US$0.00"] if given else [])


async def test_a_cheaper_plan_waits_and_choosing_the_present_one_takes_it_back(
    service: Service, owner: Browser
) -> None:
    sold, _ = await subscribed(service, "team")
    present = a_plan(id=sold.plan_id, name="Pro", group="team")
    async with service.store.begin() as work:
        await work.plans.add(present)
        await work.commit()
    cheaper, path = await cheaper_plan(service), f"/customer/plan?id={sold.id}"
    assert f'value="{present.id}:monthly"' not in (await owner.get(path)).html

    page = await quoted(owner, path, cheaper)
    waits = await owner.post(path, {**page.hidden, "step": "confirm"})
    form = await owner.get(path)
    back = await quoted(owner, path, present)
    stays = await owner.post(path, {**back.hidden, "step": "confirm"})

    assert "When the paid period ends" in page.text
    assert waits.location.endswith("notice=plan-change-scheduled")
    assert "is scheduled for 12 Feb 2026" in form.text
    assert "Stay on Pro?" in back.text
    assert stays.location.endswith("notice=plan-change-withdrawn")


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"offer": "", "reason": "Why not"}, "Choose a plan."),
        ({"offer": "nonsense", "reason": "Why not"}, "Choose a plan."),
        ({"reason": ""}, "Is required."),
    ],
)
async def test_what_is_missing_for_a_change_is_said_beside_its_field(
    service: Service, owner: Browser, fields: dict[str, str], beside: str
) -> None:
    sold, dearer = await subscribed(service, "team")
    before, chosen = service.kept(), {"offer": f"{dearer.id}:monthly"}

    path = f"/customer/plan?id={sold.id}"
    page = await owner.fill(path, step="preview", **{**chosen, **fields})

    assert page.status == 400
    assert f'<span class="problem">{beside}</span>' in page.html
    assert service.kept() == before


async def test_a_quote_that_has_run_out_changes_nothing_and_keeps_what_was_chosen(
    service: Service, owner: Browser
) -> None:
    sold, dearer = await subscribed(service, "team")
    path = f"/customer/plan?id={sold.id}"
    page = await quoted(owner, path, dearer)
    service.clock.advance(minutes=16)
    owner = await signed_in(service)

    late = await owner.post(path, {**(await owner.get("")).hidden, **_said(page)})

    assert (late.status, 'role="alert"' in late.html) == (400, True)
    assert f'value="{dearer.id}:monthly" selected' in late.html
    read = (await service.as_admin().get(f"/admin/subscriptions/{sold.id}")).data
    assert read["plan"]["name"] == "Pro"


def _said(page: Shown) -> dict[str, str]:
    """Return what the page would send, but for the token of the session that it came from."""
    kept = {name: value for name, value in page.hidden.items() if name != "form_token"}
    return {**kept, "step": "confirm"}


async def test_another_plan_can_be_chosen_after_a_look(service: Service, owner: Browser) -> None:
    sold, dearer = await subscribed(service, "team")
    path = f"/customer/plan?id={sold.id}"
    page = await quoted(owner, path, dearer)

    again = await owner.post(path, {**page.hidden, "step": "change"})

    assert f'value="{dearer.id}:monthly" selected' in again.html
    assert 'value="By mail"' in again.html


async def test_what_cannot_be_changed_to_is_not_offered(service: Service, owner: Browser) -> None:
    sold, dearer = await subscribed(service, "team")
    others = [
        a_plan(name="Elsewhere", group="another"),
        a_plan(name="Gone", group="team", is_on_sale=False),
        a_plan(name="Pounds", group="team", currency="GBP"),
        a_plan(name="Gratis", group="team", price_monthly_minor=0, price_yearly_minor=None),
    ]
    async with service.store.begin() as work:
        for each in others:
            await work.plans.add(each)
        await work.commit()

    form = await owner.get("/customer/plan", id=sold.id)

    assert f'value="{dearer.id}:monthly"' in form.html
    assert not any(each.name in form.text for each in others)


async def test_whoever_may_not_move_credits_is_offered_none_of_it(service: Service) -> None:
    sold, _ = await subscribed(service, "team")
    await service.give(100)
    operator = await signed_in(service, Role.OPERATOR)

    customer = await operator.get("/customer", account=SOMEBODY)
    subscription = await operator.get("/customer/subscription", id=sold.id)

    for page in (customer, subscription):
        assert page.status == 200
        assert "/customer/plan" not in page.html
        assert "/customer/comp" not in page.html
