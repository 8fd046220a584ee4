"""The numbers of the page on check-ins, recomputed with the rules themselves."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from application.promotions.simulate_check_in import ACCOUNTS_READ_MAX
from domain.credits.ids import GrantId
from domain.promotions.check_in import CheckIn, check_in
from domain.promotions.check_in_calendar import DayState
from domain.promotions.check_in_rules import (
    GRACE_HOURS_MAX,
    Budgets,
    CheckInRules,
    CheckInTerms,
    Eligibility,
    Freezes,
)
from domain.promotions.check_in_simulation import (
    MODEL_ACCOUNTS,
    awards_by_day,
    ceiling,
    model_account,
    projected,
    replayed,
)
from entrypoints.http.check_in_rules import CheckInRulesBody
from entrypoints.http.structure import into
from tests.docs.pages import Row, page, plain
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON, fresh_id

PAGE = page("check-in")
BERLIN = ZoneInfo("Europe/Berlin")
APRIL = [date(2026, 4, 1) + timedelta(days=at) for at in range(30)]


def rules() -> CheckInRules:
    (block,) = [each for each in PAGE.blocks if each.marker == "the rules of this page"]
    body = into(CheckInRulesBody, json.loads(block.text))
    return body.terms.in_force(version=1, changed_at=NOON)


def comes(now: datetime, last: CheckIn | None) -> CheckIn:
    return check_in(
        rules(),
        last,
        account_id=SOMEBODY,
        account_zone=None,
        grant_id=GrantId(fresh_id()),
        now=now,
        known_since=now - timedelta(days=30),
    )


def test_a_streak_earns_what_the_table_says() -> None:
    rows = PAGE.table("day of the streak", "award", "of it milestone", "freezes held afterwards")
    last: CheckIn | None = None
    found: dict[str, Row] = {}
    for day in range(30):
        last = comes(NOON + timedelta(days=day), last)
        numbers = (last.streak, last.award, last.milestone, last.freezes)
        found[str(last.streak)] = tuple(str(number) for number in numbers)

    assert rows == [found[row[0]] for row in rows]


def test_a_customer_in_berlin_has_the_month_that_the_table_tells() -> None:
    rows = PAGE.table("comes at", "counts for", "streak", "award", "freezes left", "because")
    last: CheckIn | None = None
    for at, *told, _ in rows:
        last = comes(datetime.fromisoformat(at).replace(tzinfo=BERLIN), last)
        found = [last.day.isoformat(), *map(str, (last.streak, last.award, last.freezes))]
        assert found == told


def test_a_month_costs_what_the_table_says() -> None:
    rows = PAGE.table("accounts", "come on a day", "credits", "kept back by budgets", "ceiling")
    for row in rows:
        accounts, share = int(row[0].replace(",", "")), int(row[1].removesuffix(" %"))
        made = [
            each
            for number in range(MODEL_ACCOUNTS)
            for each in replayed(
                rules(),
                model_account(number, APRIL, share_percent=share, paid_percent=0, zone="UTC"),
            )
        ]
        cost = projected(
            rules(), awards_by_day(made), APRIL, of_accounts=MODEL_ACCOUNTS, accounts=accounts
        )
        most = ceiling(rules(), APRIL, accounts)
        assert row[2:] == tuple(f"{each:,}" for each in (cost.credits, cost.withheld, most)), row


def test_every_rule_stands_in_the_table_and_what_is_left_out_is_off() -> None:
    named = {name for row in PAGE.table("rule", "meaning") for name in plain(row[0]).split(", ")}

    assert named == {
        "base",
        "week",
        "milestones",
        "freezes",
        "grace_hours",
        "zone",
        *(f"budgets.{name}" for name in ("account_day", "day", "month")),
        *(f"eligibility.{name}" for name in ("account_days", "paid_plan_percent")),
    }
    left_out = CheckInTerms(is_enabled=True, base=1, zone="UTC")
    assert (left_out.freezes, left_out.budgets) == (Freezes(), Budgets())
    assert (left_out.milestones, left_out.grace_hours) == ((), 0)
    assert left_out.eligibility == Eligibility(account_days=0, paid_plan_percent=100)


def test_the_limits_on_the_page_are_those_of_the_service() -> None:
    assert f"At most {GRACE_HOURS_MAX}." in PAGE.text
    assert f"at most\n  {ACCOUNTS_READ_MAX:,} accounts" in PAGE.text
    assert {state.value for state in DayState} - {"before", "left_out"} <= set(
        plain(PAGE.text).replace("`", " ").replace(",", " ").replace(".", " ").split()
    )
