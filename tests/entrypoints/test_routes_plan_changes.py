"""Changing plans over HTTP: a preview, its quote taken up, and what is seen of it."""

from domain.subscriptions.comp import COMP
from tests.entrypoints.good_plan_changes import quoted, subscribed
from tests.support.app import Service
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.subscriptions import a_plan

PREVIEW, CHANGE = "/subscription/preview", "/subscription/change"


async def test_a_preview_says_what_a_change_would_mean(service: Service) -> None:
    sold, plan = await subscribed(service, "team")
    service.clock.advance(days=15, hours=12)

    answer = await service.as_user().post(PREVIEW, {"plan_id": plan.id, "interval": "monthly"})

    shown = answer.data
    assert shown.pop("quote")
    assert shown.pop("change_id")
    assert shown == {
        "direction": "upgrade",
        "when": "now",
        "effective_at": "2026-01-28T00:00:00Z",
        "current": {
            "plan": {"id": sold.plan_id, "name": "Pro"},
            "interval": "monthly",
            "price": 990,
            "currency": "USD",
            "credits_per_month": 1000,
        },
        "new": {
            "plan": {"id": plan.id, "name": "Max"},
            "interval": "monthly",
            "price": 2990,
            "currency": "USD",
            "credits_per_month": 5000,
        },
        "amount_due_now": 0,
        "amount_from_balance": 0,
        "currency": "USD",
        "credits_now": 2000,
        "calculation": {
            "at": "2026-01-28T00:00:00Z",
            "period_start": "2026-01-12T12:00:00Z",
            "period_end": "2026-02-12T12:00:00Z",
            "unused": 495,
            "new": 1495,
            # This provider says that nothing is due.
            "other": -1000,
            "month_start": "2026-01-12T12:00:00Z",
            "month_end": "2026-02-12T12:00:00Z",
            "credits_unused": 500,
            "credits_new": 2500,
        },
        "fraction": "1/2",
        "begins_period": False,
        "next_payment_at": "2026-02-12T12:00:00Z",
        "exact": True,
        "expires_at": "2026-01-28T00:15:00Z",
    }


async def test_a_quote_is_taken_up_and_seen_at_once(service: Service) -> None:
    _, plan = await subscribed(service, "team")
    user = service.as_user()
    preview = await user.post(PREVIEW, {"plan_id": plan.id, "interval": "monthly"})

    changed = await user.post(CHANGE, {"quote": preview.data["quote"]})

    assert changed.data["change"] == {
        "id": preview.data["change_id"],
        "status": "applied",
        "effective_at": "2026-01-12T12:00:00Z",
        "new": preview.data["new"],
        "amount_due": 0,
        "currency": "USD",
        "credits": 4000,
    }
    read = (await user.get("/subscription")).data
    assert {**read, **changed.data["subscription"]} == read
    assert read["plan"]["name"] == "Max"
    assert (await user.get("/credits/balance")).data["balance"] == 4000


async def test_a_waiting_change_is_shown_and_taken_back_by_resume(service: Service) -> None:
    sold, _ = await subscribed(service, "team")
    cheaper = a_plan(name="Mini", price_monthly_minor=290, credits_included=100, group="team")
    async with service.store.begin() as work:
        await work.plans.add(cheaper)
        await work.commit()
    user = service.as_user()
    preview = await user.post(PREVIEW, {"plan_id": cheaper.id, "interval": "monthly"})

    changed = await user.post(CHANGE, {"quote": preview.data["quote"]})

    waiting = changed.data["subscription"]["scheduled_change"]
    assert waiting == {
        "id": preview.data["change_id"],
        "plan": {"id": cheaper.id, "name": "Mini"},
        "interval": "monthly",
        "price": 290,
        "currency": "USD",
        "credits_per_month": 100,
        "effective_at": "2026-02-12T12:00:00Z",
    }
    assert (await user.get("/subscription")).data["scheduled_change"] == waiting
    inspected = await service.as_admin().get(f"/admin/subscriptions/{sold.id}")
    assert inspected.data["scheduled_change"] == waiting
    resumed = await user.post("/subscription/resume", {})
    assert resumed.data["scheduled_change"] is None
    assert service.provider.acted == []


async def test_an_admin_changes_a_plan_and_stands_in_the_history(service: Service) -> None:
    sold, plan = await subscribed(service, "team")
    admin = service.as_admin()
    quote = await quoted(admin, sold, plan)

    body = {"quote": quote, "reason": "By mail"}
    answer = await admin.post(f"/admin/subscriptions/{sold.id}/change", body)

    assert answer.data["change"]["status"] == "applied"
    inspected = await admin.get(f"/admin/subscriptions/{sold.id}")
    asked = inspected.data["history"][-1]
    assert (asked["actor"], asked["reason"]) == ("admin-1", "By mail")
    assert (asked["before"], asked["after"]) == ("Pro monthly", "Max monthly: requested")


async def test_a_quote_is_for_its_own_account_and_subscription_alone(service: Service) -> None:
    sold, plan = await subscribed(service, "team")
    other, _ = await subscribed(service, "other")
    quote = await quoted(service.as_admin(), sold, plan)
    before = service.kept()

    theirs = await service.as_user(SOMEBODY_ELSE).post(CHANGE, {"quote": quote})
    body = {"quote": quote, "reason": "By mail"}
    elsewhere = await service.as_admin().post(f"/admin/subscriptions/{other.id}/change", body)

    assert (theirs.status, theirs.code) == (422, "quote_invalid")
    assert (elsewhere.status, elsewhere.code) == (422, "quote_invalid")
    assert service.kept() == before


async def test_somebody_else_s_subscription_cannot_be_previewed(service: Service) -> None:
    sold, plan = await subscribed(service, "team")

    body = {"plan_id": plan.id, "interval": "monthly", "subscription_id": sold.id}
    answer = await service.as_user(SOMEBODY_ELSE).post(PREVIEW, body)

    assert (answer.status, answer.code) == (404, "subscription_not_found")


async def test_a_repeat_is_the_first_answer_again(service: Service) -> None:
    _, plan = await subscribed(service, "team")
    user = service.as_user(SOMEBODY)
    preview = await user.post(PREVIEW, {"plan_id": plan.id, "interval": "monthly"})
    body = {"quote": preview.data["quote"]}

    first = await user.post(CHANGE, body, key="change")
    again = await user.post(CHANGE, body, key="change")
    without_key = await user.post(CHANGE, body)

    assert (first.is_replay, again.is_replay, without_key.is_replay) == (False, True, True)
    assert first.data == again.data == without_key.data


async def test_what_was_given_away_is_moved_by_an_admin_and_costs_nothing(service: Service) -> None:
    sold, plan = await subscribed(service, "team", provider_id=None, channel=COMP)
    admin = service.as_admin()

    quote = await quoted(admin, sold, plan)
    body = {"quote": quote, "reason": "They test it for us"}
    answer = await admin.post(f"/admin/subscriptions/{sold.id}/change", body)

    assert answer.data["change"]["status"] == "applied"
    assert answer.data["change"]["new"]["price"] == 0
    assert answer.data["subscription"]["plan"]["name"] == "Max"
    assert (await service.as_user().get("/credits/balance")).data["balance"] == 4000
