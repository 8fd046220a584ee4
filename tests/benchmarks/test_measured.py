"""Figures, ratios and the table they end in."""

from pathlib import Path

import pytest

from benchmarks.goals import GOALS, goals_named
from benchmarks.measured import Sample, ratio, sample_of
from benchmarks.report import table, write
from benchmarks.size import TINY
from benchmarks.suite import Comparison, Row, not_there
from tests.docs.pages import DOCS


def a_row(goal: str = "P1", figure: float = 0.5) -> Row:
    return Row(
        goal=goal,
        ours="spends",
        limit="pgbench",
        figure=ratio([figure], [1.0]),
        shown="50/s",
        limit_shown="100/s",
        latency="1.0 / 2.0",
    )


def test_a_ratio_is_the_middle_of_what_the_rounds_gave_each_by_itself() -> None:
    found = ratio([10, 20, 90], [10, 40, 30])

    assert (found.least, found.middle, found.most) == (0.5, 1.0, 3.0)


def test_ninety_nine_of_a_hundred_pieces_stay_below_the_p99() -> None:
    sample = sample_of([number / 1000 for number in range(1, 101)], seconds=2.0, cpu_s=0.01)

    assert (sample.count, sample.rate) == (100, 50.0)
    assert (sample.p50_ms, sample.p99_ms) == (51.0, 100.0)
    assert sample.mean_ms == pytest.approx(50.5)
    assert sample.cpu_us == pytest.approx(100)


def test_nothing_done_is_a_rate_of_nothing() -> None:
    assert sample_of([], seconds=1.0) == Sample(count=0, seconds=1.0)


@pytest.mark.parametrize(
    ("goal", "figure", "verdict"),
    [
        ("P1", 0.29, "missed"),
        ("P1", 0.30, "floor"),
        ("P1", 0.60, "target"),
        ("P1", 1.0, "stretch"),
        ("P4", 10.1, "missed"),
        ("P4", 10.0, "floor"),
        ("P4", 6.0, "target"),
        ("P4", 3.0, "stretch"),
    ],
)
def test_a_figure_reaches_the_furthest_mark_it_passes(
    goal: str, figure: float, verdict: str
) -> None:
    assert GOALS[goal].verdict(figure) == verdict


def test_goals_are_named_with_all_their_figures_or_one_by_one() -> None:
    assert goals_named("P1, P8") == {"P1", "P8 PostgreSQL", "P8 SQLite"}
    assert goals_named("P17 page") == {"P17 page"}
    assert goals_named("") == set(GOALS)
    with pytest.raises(ValueError, match="P99"):
        goals_named("P1,P99")


def test_a_goal_without_its_feature_says_so_in_the_table() -> None:
    row = not_there(Comparison(goal="P14", ours="holds", limit="spends"))

    assert row.verdict == "not there"
    assert "| not there |" in table([row])


def test_what_is_only_told_has_no_marks_to_reach() -> None:
    (line,) = [line for line in table([a_row("P20", 0.9)]).splitlines() if "P20" in line]

    assert "**0.90**" in line
    assert line.endswith("| – | – |")


def test_what_was_not_measured_anew_keeps_its_line_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- benchmarks: begin -->\n<!-- benchmarks: end -->\nafter\n")
    write([a_row("P6", 0.4), a_row("P1", 0.4)], TINY, "PostgreSQL 18", page)

    write([a_row("P1", 0.7)], TINY, "PostgreSQL 18", page)

    text = page.read_text()
    lines = [line for line in text.splitlines() if line.startswith("| P")]
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert [line.split(" | ")[0] for line in lines] == ["| P1", "| P6"]
    assert "**0.70**" in lines[0]
    assert "**0.40**" in lines[1]


def test_the_page_has_the_marks_that_the_table_is_written_between() -> None:
    text = (DOCS / "performance.md").read_text()

    assert text.count("<!-- benchmarks: begin -->") == 1
    assert text.count("<!-- benchmarks: end -->") == 1
