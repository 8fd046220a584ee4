"""Charts: bars over days, and an axis that ends at a round number."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from entrypoints.console.charts import HEIGHT, Series, bar_chart

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
