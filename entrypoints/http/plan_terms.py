"""The terms of a plan on the wire: flat fields beside its price and credits."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from domain.subscriptions.terms import ROLLOVER_MONTHS_MAX, MonthRollover, Terms
from entrypoints.http.values import Amount

RolloverMax = Annotated[
    Amount,
    Meta(description="So much of what is left of a month's credits lives on; null: none does."),
]
RolloverMonths = Annotated[
    int,
    Meta(ge=1, le=ROLLOVER_MONTHS_MAX, description="For how many months more it does."),
]


@frozen(kw_only=True)
class TermsBody:
    """What a plan promises beside its price and its credits."""

    rollover_max: RolloverMax | None = None
    rollover_months: RolloverMonths = 1

    def terms(self) -> Terms:
        """Return the terms in the domain's words. Raises InvalidField."""
        if self.rollover_max is None:
            return Terms()
        return Terms(rollover=MonthRollover(most=self.rollover_max, months=self.rollover_months))
