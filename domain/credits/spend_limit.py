"""How much a caller may take: in one spend, and from one account in a day."""

from __future__ import annotations

from datetime import UTC, date, datetime

from attrs import frozen

from domain.credits.errors import SpendLimitExceeded


@frozen(kw_only=True)
class SpendLimit:
    """The most credits of one spend, and of an account's spends of a UTC day; None is no bound."""

    each_max: int | None = None
    day_max: int | None = None

    def counted(
        self, amount: int, *, at: datetime, spent_on: date | None, spent: int
    ) -> tuple[date | None, int]:
        """Return the day of the last spend and what it has spent, once this one is counted.

        Raises SpendLimitExceeded.
        """
        day = at.astimezone(UTC).date()
        total = (spent if spent_on == day else 0) + amount
        if self.each_max is not None and amount > self.each_max:
            raise SpendLimitExceeded(limit="each", allowed=self.each_max, asked=amount)
        if self.day_max is not None and total > self.day_max:
            raise SpendLimitExceeded(limit="day", allowed=self.day_max, asked=total)
        return (day, total) if amount else (spent_on, spent)


NO_LIMIT = SpendLimit()
