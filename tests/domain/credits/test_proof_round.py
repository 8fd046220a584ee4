"""When the ledger is proved, and what a round of the proof keeps."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.credits.ids import AccountId
from domain.credits.proof import Breach
from domain.credits.proof_round import BREACHES_KEPT_MAX, LEASE, NIGHTLY, ProofPlan, ProofRound
from tests.support.clock import NOON


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def breaches(count: int) -> list[Breach]:
    return [
        Breach(account_id=AccountId("user-1"), seq=seq, rule="sequence_is_dense", found="")
        for seq in range(count)
    ]


@pytest.mark.parametrize(
    ("plan", "now", "due_at"),
    [
        (NIGHTLY, at(12, 12), at(12, 3)),
        (NIGHTLY, at(12, 3), at(12, 3)),
        (NIGHTLY, at(12, 2, 59), at(11, 3)),
        (ProofPlan(hour=0, every_hours=24), at(12, 0), at(12, 0)),
        (ProofPlan(hour=3, every_hours=6), at(12, 14, 59), at(12, 9)),
        (ProofPlan(hour=3, every_hours=1), at(12, 14, 59), at(12, 14)),
    ],
)
def test_a_round_is_due_every_so_many_hours_from_an_hour_of_the_day_on(
    plan: ProofPlan, now: datetime, due_at: datetime
) -> None:
    assert plan.last_due_at(now) == due_at


def test_a_week_has_one_round_where_one_is_due_every_week() -> None:
    plan = ProofPlan(hour=3, every_hours=168)

    assert len({plan.last_due_at(NOON + timedelta(days=day)) for day in range(14)}) in {2, 3}
    assert plan.last_due_at(NOON + timedelta(days=7)) - plan.last_due_at(NOON) == timedelta(days=7)


def test_a_claim_holds_for_a_lease_and_ends_with_the_stretch() -> None:
    claimed = ProofRound(due_at=at(12, 3), begun_at=NOON).claimed("one", NOON)

    assert claimed.is_claimed(NOON + LEASE - timedelta(seconds=1))
    assert not claimed.is_claimed(NOON + LEASE)
    assert not claimed.advanced(None, accounts=0, lines=0, breaches=()).is_claimed(NOON)


def test_stretches_add_up_and_the_first_hundred_breaches_are_kept() -> None:
    new = ProofRound(due_at=at(12, 3), begun_at=NOON)
    found = breaches(BREACHES_KEPT_MAX + 7)

    once = new.advanced(AccountId("user-1"), accounts=2, lines=30, breaches=found[:60])
    twice = once.advanced(AccountId("user-9"), accounts=3, lines=40, breaches=found[60:])

    assert (twice.after, twice.accounts, twice.lines) == ("user-9", 5, 70)
    assert twice.breaches == tuple(found[:BREACHES_KEPT_MAX])
    assert twice.breaches_total == len(found)


def test_how_long_a_round_took_is_known_when_it_is_over() -> None:
    new = ProofRound(due_at=at(12, 3), begun_at=NOON)

    assert (new.is_over, new.took) == (False, None)
    assert new.ended(NOON + timedelta(hours=1)).took == timedelta(hours=1)
