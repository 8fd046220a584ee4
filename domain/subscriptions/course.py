"""What time alone will do to a subscription: instants that lie ahead, and what was told of them."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen


@frozen(kw_only=True)
class Course:
    """The instants that a subscription is bound for.

    `trial_ends_at` is the end of its trial, for ever, so that what belongs to the trial can be
    told from what was paid for; `trial_credits` are those the trial brings. `notice_at` is when
    the customer is to be reminded of that end, None once that was done.
    """

    trial_ends_at: datetime | None = None
    trial_credits: int = 0
    notice_at: datetime | None = None

    def reminded(self) -> Course:
        """Note that the customer was reminded of the trial's end."""
        return evolve(self, notice_at=None)


NO_COURSE = Course()
