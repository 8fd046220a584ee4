"""The first page: how things go, in numbers with their formulas."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.figures.read_overview import Overview, ReadingOverview, ReadOverview
from application.figures.steps.tallies import SPANS
from application.ports.figures import Measure
from domain.access.role import Right
from domain.errors import InvalidField
from domain.payments.inbox import InboxStatus
from entrypoints.console.charts import BarChart, Series, bar_chart, split_bar
from entrypoints.console.page import Page, Visit


@frozen(kw_only=True)
class OverviewPages:
    """Credits, sales, what recurs, and what fails."""

    read_overview: ReadingOverview

    def pages(self) -> Sequence[Page]:
        """Return the first page."""
        return (Page(method="GET", path="", handler=self.get_overview, right=Right.READ),)

    async def get_overview(self, visit: Visit) -> web.Response:
        """Show the figures of 30, 90 or 365 days."""
        days = _span(visit)
        overview = await self.read_overview(ReadOverview(days=days))
        outstanding = (
            ("paid", overview.outstanding_paid),
            ("free", overview.outstanding_free),
        )
        return visit.shown(
            "overview.html",
            overview=overview,
            days=days,
            spans=SPANS,
            measure=Measure,
            split=split_bar(outstanding),
            charts=_charts(overview),
            failed=overview.failing.get(InboxStatus.FAILED, 0),
            dead=overview.failing.get(InboxStatus.DEAD, 0),
        )


def _span(visit: Visit) -> int:
    text = visit.query.get("days", str(SPANS[0]))
    if text not in {str(span) for span in SPANS}:
        raise InvalidField(path="days", problem=f"must be one of {', '.join(map(str, SPANS))}")
    return int(text)


def _charts(overview: Overview) -> Sequence[BarChart]:
    first_on = overview.first_on
    return (
        bar_chart(
            "Credits issued",
            first_on,
            (
                Series(
                    name="Issued",
                    kind="first",
                    amounts=overview.by_day(Measure.ISSUED),
                    unit="credits",
                ),
            ),
        ),
        bar_chart(
            "Credits spent",
            first_on,
            (
                Series(
                    name="Spent",
                    kind="second",
                    amounts=overview.by_day(Measure.SPENT),
                    unit="credits",
                ),
            ),
        ),
        bar_chart(
            "Orders paid",
            first_on,
            (Series(name="Orders", kind="first", amounts=overview.by_day(Measure.ORDERS)),),
        ),
        bar_chart(
            "Check-ins",
            first_on,
            (Series(name="Check-ins", kind="third", amounts=overview.by_day(Measure.CHECK_INS)),),
        ),
    )
