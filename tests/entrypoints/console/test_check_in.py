"""The whole of the check-in's rules in a form, and what they would cost beside it."""

import pytest

from domain.access.role import Role
from tests.entrypoints.console.browser import Browser, signed_in
from tests.support.app import Service

RULES = {
    "enabled": "yes",
    "base": "10",
    "zone": "Europe/Berlin",
    "award_days": "30",
    "milestones": "7: 50\n30 100 once\n",
    "freezes_at_start": "1",
    "freezes_every": "7",
    "freezes_most": "2",
    "grace_hours": "3",
    "budgets_account_day": "150",
    "budgets_day": "20000",
    "budgets_month": "400 000",
    "eligibility_account_days": "1",
    "eligibility_paid_plan_percent": "200",
}


async def test_every_rule_can_be_said_and_is_shown_again(service: Service, owner: Browser) -> None:
    done = await owner.fill("/check-in", **RULES)

    assert done.status == 303, done.text
    config = (await service.as_admin().get("/admin/checkin/config")).data
    assert config["milestones"] == [
        {"day": 7, "credits": 50, "repeats": True},
        {"day": 30, "credits": 100, "repeats": False},
    ]
    assert config["freezes"] == {"at_start": 1, "every": 7, "most": 2}
    assert config["budgets"] == {"account_day": 150, "day": 20000, "month": 400000}
    assert config["eligibility"] == {"account_days": 1, "paid_plan_percent": 200}
    assert config["grace_hours"] == 3
    page = await owner.get("/check-in")
    assert "30: 100 once" in page.text
    assert 'name="budgets_month" type="text" value="400000"' in page.html


@pytest.mark.parametrize(
    ("field", "value", "beside"),
    [
        ("freezes_at_start", "5", "Must be"),
        ("budgets_day", "many", "Must be a whole number."),
        ("eligibility_paid_plan_percent", "50", "Must be"),
        ("milestones", "thirty", "Each line is a day"),
        ("milestones", "7: 5\n7: 6", "Must not name a day twice."),
        ("grace_hours", "99", "Must be"),
    ],
)
async def test_what_makes_no_sense_is_said_beside_its_field(
    service: Service, owner: Browser, field: str, value: str, beside: str
) -> None:
    page = await owner.fill("/check-in", **{**RULES, field: value})

    assert page.status == 400
    assert f'aria-describedby="{field}-about" aria-invalid="true"' in page.html
    assert beside in page.text
    assert (await service.as_admin().get("/admin/checkin/config")).data["version"] == 0


async def test_whoever_may_read_may_ask_what_rules_would_cost(service: Service) -> None:
    viewer = await signed_in(service, Role.VIEWER)
    tried = {**RULES, "days": "30", "accounts": "1000", "share_percent": "50"}

    page = await viewer.fill("/check-in", form="/check-in/try", **tried)
    odd = await viewer.fill("/check-in", form="/check-in/try", **{**tried, "share_percent": "500"})

    assert page.status == 200, page.text
    assert "1,000 accounts, these days" in page.text
    assert (odd.status, 'id="share_percent-about"' in odd.html) == (400, True)
    assert (await service.as_admin().get("/admin/checkin/config")).data["version"] == 0
