"""Who is one person, and whose trial stands in the way of whose."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.ids import AccountId
from domain.errors import InvalidField
from domain.subscriptions.plan_rules import PlanRules, Trial
from domain.subscriptions.trial import (
    TrialClaim,
    holder_of_account,
    holder_of_email,
    unaliased,
)
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON

KEY = "a key that only this test knows of"


@pytest.mark.parametrize(
    ("email", "plain"),
    [
        ("ada@shop.example", "ada@shop.example"),
        (" Ada@Shop.Example ", "ada@shop.example"),
        ("ada+trial7@shop.example", "ada@shop.example"),
        ("ada.l@shop.example", "ada.l@shop.example"),
        ("a.d.a+x@gmail.com", "ada@gmail.com"),
        ("Ada@googlemail.com", "ada@gmail.com"),
        ("+x@shop.example", "+x@shop.example"),
        ("no address", "@no address"),
    ],
)
def test_an_address_is_told_from_its_aliases(email: str, plain: str) -> None:
    assert unaliased(email).lstrip("@") == plain.lstrip("@")


def test_the_address_cannot_be_read_from_what_is_kept() -> None:
    holder = holder_of_email("ada@shop.example", KEY)

    assert "ada" not in holder
    assert holder == holder_of_email("ADA+2@shop.example", KEY)
    assert holder != holder_of_email("ada@shop.example", f"{KEY}!")
    assert holder != holder_of_email("bob@shop.example", KEY)


@pytest.mark.parametrize(
    ("account_id", "promised_for", "leaves_room"),
    [
        (SOMEBODY, timedelta(hours=1), True),
        (SOMEBODY_ELSE, timedelta(hours=1), False),
        (SOMEBODY_ELSE, timedelta(), True),
        (SOMEBODY, None, False),
        (SOMEBODY_ELSE, None, False),
    ],
)
def test_a_promise_binds_others_until_it_runs_out_and_a_begun_trial_everybody_for_ever(
    account_id: AccountId, promised_for: timedelta | None, leaves_room: bool
) -> None:
    claim = TrialClaim(
        group="default",
        holder=holder_of_account(SOMEBODY),
        account_id=SOMEBODY,
        promised_until=None if promised_for is None else NOON + promised_for,
    )

    assert claim.leaves_room_for(account_id, NOON) is leaves_room


@pytest.mark.parametrize(
    ("trial", "path"),
    [
        ({"days": 0}, "trial_days"),
        ({"days": 366}, "trial_days"),
        ({"days": 7, "credits": -1}, "trial_credits"),
        ({"days": 7, "notice_days": -1}, "trial_notice_days"),
    ],
)
def test_a_trial_that_makes_no_sense_is_refused(trial: dict[str, int], path: str) -> None:
    with pytest.raises(InvalidField) as refused:
        Trial(**trial)

    assert refused.value.path == path


own_trials = st.one_of(
    st.none(),
    st.builds(
        Trial, days=st.integers(1, 365), credits=st.none() | st.just(7), notice_days=st.just(5)
    ),
)


@given(own=own_trials, days=st.integers(0, 365), more=st.integers(0, 365))
def test_of_a_plans_trial_and_a_codes_the_longer_counts_and_they_never_add_up(
    own: Trial | None, days: int, more: int
) -> None:
    rules = PlanRules(trial=own, grace_days=3)

    given_both = rules.with_trial(days).with_trial(more)

    longest = max(0 if own is None else own.days, days, more)
    assert (given_both.trial.days if given_both.trial else 0) == longest
    assert given_both == rules.with_trial(more).with_trial(days)
    assert given_both.grace_days == 3


@given(own=own_trials, days=st.integers(1, 365))
def test_a_codes_trial_brings_what_the_plans_own_would(own: Trial | None, days: int) -> None:
    trial = PlanRules(trial=own).with_trial(days).trial

    assert trial is not None
    plain = own or Trial(days=1)
    assert (trial.credits, trial.notice_days) == (plain.credits, plain.notice_days)


def test_a_plan_that_costs_nothing_has_no_trial() -> None:
    with pytest.raises(InvalidField) as refused:
        a_plan(price_monthly_minor=0, price_yearly_minor=None, rules=PlanRules(trial=Trial(days=7)))

    assert refused.value.path == "trial_days"
