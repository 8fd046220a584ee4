"""What time alone will do to a subscription: instants that lie ahead, and what was told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from attrs import evolve, frozen

from domain.payments.ids import OrderId
from domain.subscriptions.dunning import DunningEnd, Overdue


class DueStep(Enum):
    """One thing that time alone does to a subscription."""

    REMIND_OF_TRIAL = "remind_of_trial"
    BEGIN_DUNNING = "begin_dunning"
    TELL_OVERDUE = "tell_overdue"
    END_GRACE = "end_grace"
    END_PAUSE = "end_pause"
    END_ADD_ONS = "end_add_ons"


@frozen(kw_only=True)
class Due:
    """A step, and the instant it is due at."""

    at: datetime
    step: DueStep


@frozen(kw_only=True)
class Course:
    """The instants that a subscription is bound for.

    `trial_ends_at` is the end of its trial, for ever, so that what belongs to the trial can be
    told from what was paid for; `trial_credits` are those the trial brings. `notice_at` is when
    the customer is to be reminded of that end, None once that was done. `resume_at` is when a pause
    ends by itself. `overdue` is there while a payment is. Where a provider did not answer, nothing
    is tried again before `not_before`. `until` is when what was given without payment ends.
    `add_ons` are the orders of packs whose rest ends with the subscription.
    """

    trial_ends_at: datetime | None = None
    trial_credits: int = 0
    notice_at: datetime | None = None
    resume_at: datetime | None = None
    overdue: Overdue | None = None
    not_before: datetime | None = None
    until: datetime | None = None
    add_ons: tuple[OrderId, ...] = ()

    def due(
        self, *, is_trial: bool = False, is_paused: bool = False, ended_at: datetime | None = None
    ) -> Due | None:
        """Return what comes next in a state, or None if time does nothing to it."""
        if ended_at is not None:
            return Due(at=ended_at, step=DueStep.END_ADD_ONS) if self.add_ons else None
        coming = min(self._coming(is_trial, is_paused), key=lambda due: due.at, default=None)
        if coming is None or self.not_before is None:
            return coming
        return evolve(coming, at=max(coming.at, self.not_before))

    def _coming(self, is_trial: bool, is_paused: bool) -> Iterator[Due]:
        if is_trial and self.notice_at is not None:
            yield Due(at=self.notice_at, step=DueStep.REMIND_OF_TRIAL)
        if is_paused and self.resume_at is not None:
            yield Due(at=self.resume_at, step=DueStep.END_PAUSE)
        overdue = self.overdue
        if overdue is None:
            return
        if overdue.grace_ends_at is None:
            yield Due(at=overdue.since, step=DueStep.BEGIN_DUNNING)
            return
        for at in overdue.notices[:1]:
            yield Due(at=at, step=DueStep.TELL_OVERDUE)
        # One that is to be cancelled stays due until the provider has done it.
        if not overdue.is_ending or overdue.end is DunningEnd.CANCEL:
            yield Due(at=overdue.grace_ends_at, step=DueStep.END_GRACE)

    def reminded(self) -> Course:
        """Note that the customer was reminded of the trial's end."""
        return evolve(self, notice_at=None)

    def with_add_on(self, order_id: OrderId) -> Course:
        """Note a pack whose rest ends with the subscription."""
        return evolve(self, add_ons=(*self.add_ons, order_id))

    def turned(self, *, overdue_since: datetime | None, is_paused: bool) -> Course:
        """Return the course in another state: overdue since then, or paused, or neither."""
        overdue = self.overdue
        if overdue_since is None:
            overdue = None
        elif overdue is None:
            overdue = Overdue(since=overdue_since)
        return evolve(
            self,
            overdue=overdue,
            resume_at=self.resume_at if is_paused else None,
            not_before=None,
        )


NO_COURSE = Course()
