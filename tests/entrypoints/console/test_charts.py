"""Charts: bars over days, an axis that ends at a round number, and lots in burn order."""

from datetime import date, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.credits.grant import Rollover
from domain.credits.scope import Scope
from domain.credits.wallet import Wallet
from entrypoints.console.charts import HEIGHT, Series, bar_chart, lots_shown, stairs
from entrypoints.console.look import instant
from tests.support.builders.credits import SOMEBODY, a_grant
from tests.support.clock import NOON

FIRST_ON = date(2026, 1, 1)


def _series(*amounts: int) -> Series:
    return Series(name="Orders", kind="first", amounts=amounts)


@given(st.integers(1, 10**15))
def test_the_axis_ends_at_a_round_number_no_bar_is_higher_than(top: int) -> None:
    chart = bar_chart("Orders", FIRST_ON, (_series(0, top),))

    assert top <= chart.ceiling <= 2 * top
    assert len(str(chart.ceiling).rstrip("0")) == 1
    assert chart.ticks[0] == chart.ceiling
    assert chart.ticks[-1] == 0
    assert all(0 < bar.height <= HEIGHT for bar in chart.bars)


def test_the_scale_says_what_one_bar_stands_for() -> None:
    scales = [
        bar_chart("Orders", FIRST_ON, (_series(*[1] * days),)).scale for days in (30, 90, 365)
    ]

    assert scales == ["orders a day", "orders in three days", "orders a week"]


def test_without_anything_to_show_a_chart_is_empty() -> None:
    assert bar_chart("Orders", FIRST_ON, (_series(0, 0),)).is_empty


def test_a_lot_for_some_usage_keeps_its_place_and_what_burns_next_is_for_any() -> None:
    images = evolve(a_grant(priority=1), scope=Scope(("feature:images",)))
    disputed = evolve(a_grant(priority=2), frozen_at=NOON)
    set_aside = evolve(a_grant(priority=3), pinned=100)
    spendable, last = a_grant(priority=4), a_grant(priority=5)
    wallet = Wallet(account_id=SOMEBODY, grants=(images, disputed, set_aside, spendable, last))

    shown = [(lot.state, lot.place) for lot in lots_shown(wallet, NOON) if lot.state != "frozen"]

    assert shown == [("waiting", 1), ("waiting", 2), ("next", 3), ("waiting", 4)]
    assert [lot.grant for lot in lots_shown(wallet, NOON) if lot.state == "frozen"] == [disputed]


def test_where_every_lot_is_for_some_usage_none_burns_next() -> None:
    images = evolve(a_grant(), scope=Scope(("feature:images",)))
    wallet = Wallet(account_id=SOMEBODY, grants=(images,))

    assert [lot.state for lot in lots_shown(wallet, NOON)] == ["waiting"]


def test_what_rolls_over_is_left_until_that_ends_too() -> None:
    end, later = NOON + timedelta(days=10), NOON + timedelta(days=40)
    month = evolve(a_grant(amount=1000), expires_at=end, rollover=Rollover(most=300, until=later))
    gift = evolve(a_grant(amount=50), expires_at=end)
    disputed = evolve(a_grant(amount=70), expires_at=end, frozen_at=NOON)
    wallet = Wallet(account_id=SOMEBODY, grants=(month, gift, disputed, a_grant(amount=5)))

    drawn = stairs(wallet, NOON)

    assert drawn is not None
    assert (drawn.top, drawn.has_rollover) == (1125, True)
    told = [(step.at, step.expires, step.lives_on, step.left) for step in drawn.steps]
    assert told == [(instant(end), 750, 300, 375), (instant(later), 300, 0, 75)]
    # The line falls once for each, and what never expires is left at its end.
    assert len({point.partition(",")[2] for point in drawn.line.split()}) == 3


def test_where_nothing_rolls_over_all_of_a_lot_is_lost_at_its_end() -> None:
    gift = evolve(a_grant(amount=50), expires_at=NOON + timedelta(days=10))
    drawn = stairs(Wallet(account_id=SOMEBODY, grants=(gift,)), NOON)

    assert drawn is not None
    assert (drawn.has_rollover, [step.left for step in drawn.steps]) == (False, [0])
