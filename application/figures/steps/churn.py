"""Churn: who of those that paid when a span began has left since, in heads and in money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from application.figures.steps.tallies import COHORTS, part_of
from application.ports.figures import Figure, Measure

BASIS_POINTS = 10_000


@frozen(kw_only=True)
class Lost:
    """So much of what was there at the start is lost: subscriptions, or minor units a month."""

    at_start: int
    lost: int

    @property
    def rate_basis_points(self) -> int | None:
        """The share that is lost, in hundredths of a percent rounded half up; None of nothing."""
        if self.at_start == 0:
            return None
        return (2 * self.lost * BASIS_POINTS + self.at_start) // (2 * self.at_start)


@frozen(kw_only=True)
class Churn:
    """What a span has lost of the subscriptions that were paid for when it began.

    A trial counts from its first payment on, so one that was never paid for is not lost. A pause
    is no end: paused ones are there, and lost when they end. What costs nothing, or was given, is
    not counted. A change of plan ends nothing, and every subscription counts at the price it has
    now, or had when it ended: so neither share can be more than the whole. Whoever ends and buys
    again is lost, and begins anew. `recurring` are monthly prices by currency, yearly ones a
    twelfth, before tax.
    """

    subscriptions: Lost
    recurring: Sequence[tuple[str, Lost]]


def churn_of(figures: Iterable[Figure], days: int) -> Churn:
    """Return the churn of a span from the figures of the day on which it was counted."""
    sums: dict[tuple[str, Measure], int] = {}
    for figure in figures:
        currency = figure.part.rpartition(" ")[2]
        if figure.measure in COHORTS and figure.part == part_of(days, currency):
            sums[currency, figure.measure] = figure.amount
    currencies = sorted({currency for currency, _ in sums})
    return Churn(
        subscriptions=Lost(
            at_start=sum(sums[each, Measure.COHORT] for each in currencies),
            lost=sum(sums[each, Measure.COHORT_LOST] for each in currencies),
        ),
        recurring=[
            (
                each,
                Lost(
                    at_start=sums[each, Measure.COHORT_RECURRING],
                    lost=sums[each, Measure.COHORT_RECURRING_LOST],
                ),
            )
            for each in currencies
        ],
    )
