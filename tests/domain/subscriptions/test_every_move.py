"""Every state and everything that can happen to it, as one table that anybody can read.

A cell says what the subscription is afterwards: a dot stands for no change, and `no` for a refusal.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from attrs import evolve

from domain.period import Period, add_months
from domain.subscriptions.course import Course, DueStep
from domain.subscriptions.dunning import Overdue
from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.wish import Wish, check_wish
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

S = SubscriptionStatus

# What a provider says of it, and what is paid. `late`: a payment told after a newer report.
REPORTED = """
it is        incomplete  trialing  active  past_due  paused  canceled  expired  paid    late
incomplete   .           trialing  active  .         .       canceled  expired  active  .
trialing     .           .         active  past_due  paused  canceled  expired  active  .
active       .           .         .       past_due  paused  canceled  expired  .       .
past_due     .           .         active  .         paused  canceled  expired  active  .
paused       .           trialing  active  past_due  .       canceled  expired  active  .
canceled     .           .         .       .         .       .         .        no      .
expired      .           .         .       .         .       .         .        no      .
"""

# What its customer or an admin asks for.
ASKED = """
it is        cancel_now  cancel_at_period_end  undo_cancel  pause  resume
incomplete   yes         no                    no           no     no
trialing     yes         yes                   yes          yes    no
active       yes         yes                   yes          yes    no
past_due     yes         yes                   yes          no     no
paused       yes         yes                   yes          yes    yes
canceled     no          no                    no           no     no
expired      no          no                    no           no     no
"""

# What time alone does next where every instant that could matter has come.
DUE = """
it is        time brings
incomplete   .
trialing     remind_of_trial
active       .
past_due     begin_dunning
paused       end_pause
canceled     end_add_ons
expired      end_add_ons
"""


def cells(table: str) -> Mapping[tuple[str, str], str]:
    """Return the cells of a table by state and column."""
    head, *rows = [line.split("  ") for line in table.strip().splitlines()]
    columns = [part.strip() for part in head if part.strip()][1:]
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        state, *said = [part.strip() for part in row if part.strip()]
        assert len(said) == len(columns), row
        found |= {(state, column): cell for column, cell in zip(columns, said, strict=True)}
    return found


def standing(status: SubscriptionStatus) -> Subscription:
    """Return a subscription in a state, with nothing reported of it yet."""
    ended_at = None if a_subscription(status=status).is_live else NOON
    sold = a_subscription(status=status, provider_subscription_id="sub_1")
    return evolve(sold, ended_at=ended_at)


def reported(before: Subscription, status: SubscriptionStatus) -> Subscription:
    return before.become(status, NOON) if before.can_become(status) else before


def paid(before: Subscription) -> Subscription:
    following = Period(add_months(NOON, 1), add_months(NOON, 2))
    return before.renewed(following, NOON)


def paid_late(before: Subscription) -> Subscription:
    return paid(evolve(before, reported_at=NOON + timedelta(days=40)))


HAPPENS: Mapping[str, Callable[[Subscription], Subscription]] = {
    **{
        status.value: lambda before, status=status: reported(before, status)  # type: ignore[misc]
        for status in S
    },
    "paid": paid,
    "late": paid_late,
}


def test_the_tables_name_every_state_and_everything_that_happens() -> None:
    states = [status.value for status in S]

    assert set(cells(REPORTED)) == {(state, event) for state in states for event in HAPPENS}
    assert set(cells(ASKED)) == {(state, wish.value) for state in states for wish in Wish}
    assert set(cells(DUE)) == {(state, "time brings") for state in states}


@pytest.mark.parametrize(("at", "afterwards"), cells(REPORTED).items())
def test_what_a_provider_says_leads_where_the_table_says(
    at: tuple[str, str], afterwards: str
) -> None:
    state, event = at
    before = standing(S(state))

    if afterwards == "no":
        # Money for what has ended: no move is made of it, a person is asked.
        with pytest.raises(AssertionError):
            HAPPENS[event](before)
        return
    after = HAPPENS[event](before)

    assert after.status.value == (state if afterwards == "." else afterwards)
    assert (after.ended_at is None) is after.is_live


@pytest.mark.parametrize(("at", "answer"), cells(ASKED).items())
def test_what_somebody_asks_for_is_answered_as_the_table_says(
    at: tuple[str, str], answer: str
) -> None:
    state, wish = at
    before = standing(S(state))

    if answer == "yes":
        check_wish(before, Wish(wish))
        return
    with pytest.raises(NotPossibleNow) as refused:
        check_wish(before, Wish(wish))
    assert refused.value.status == state


@pytest.mark.parametrize(("at", "step"), cells(DUE).items())
def test_what_time_brings_is_what_the_table_says(at: tuple[str, str], step: str) -> None:
    state, _ = at
    is_overdue = S(state) is S.PAST_DUE
    course = Course(
        notice_at=NOON,
        resume_at=NOON,
        overdue=Overdue(since=NOON) if is_overdue else None,
        add_ons=("order-1",),  # type: ignore[arg-type]
    )

    due = evolve(standing(S(state)), course=course).due

    assert (None if due is None else due.step) == (None if step == "." else DueStep(step))
