"""What follows when a renewal could not be collected: a grace, notices in it, and then an end.

The provider tries the card again; what becomes of the benefits meanwhile, and when to stop waiting,
is decided here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve, frozen

from domain.amount import within
from domain.errors import InvalidField

GRACE_DAYS_MAX = 365
NOTICES_MAX = 20


class DunningEnd(Enum):
    """What happens when the grace is over and nothing was paid.

    The subscription is cancelled at the provider and expires; or it stays, without its benefits,
    until it is paid or cancelled.
    """

    CANCEL = "cancel"
    PAUSE = "pause"


@frozen(kw_only=True)
class DunningRules:
    """How long benefits stay, on which days the customer is told, and what comes in the end.

    Days are counted from the instant since which a payment is overdue. Notices that would come
    with the end of the grace, or after it, are left out.
    """

    grace_days: int = 7
    notice_days: tuple[int, ...] = (1, 3, 6)
    end: DunningEnd = DunningEnd.CANCEL

    def __attrs_post_init__(self) -> None:
        within("grace_days", self.grace_days, least=0, most=GRACE_DAYS_MAX)
        for day in self.notice_days:
            within("notice_days", day, least=1, most=GRACE_DAYS_MAX)
        if len(self.notice_days) > NOTICES_MAX:
            raise InvalidField(path="notice_days", problem=f"must be {NOTICES_MAX} at most")

    def of(self, overdue: Overdue, grace_days: int | None) -> Overdue:
        """Return what is to happen to somebody who is overdue; a plan may have its own grace."""
        days = self.grace_days if grace_days is None else grace_days
        ends_at = overdue.since + timedelta(days=days)
        instants = (overdue.since + timedelta(days=day) for day in sorted(set(self.notice_days)))
        return evolve(
            overdue,
            grace_ends_at=ends_at,
            notices=tuple(at for at in instants if at < ends_at),
            end=self.end,
        )


@frozen(kw_only=True)
class Overdue:
    """A payment that is overdue: since when, until when benefits stay, and what is still to come.

    `grace_ends_at` is None for the moment until the rules have been looked up. `is_ending` says
    that the grace is over and the end was decided, whatever the provider still has to do for it.
    """

    since: datetime
    grace_ends_at: datetime | None = None
    notices: tuple[datetime, ...] = ()
    end: DunningEnd = DunningEnd.CANCEL
    is_ending: bool = False

    def leaves_benefits(self, now: datetime) -> bool:
        """Say whether the benefits stay at an instant: until the grace is over."""
        if self.is_ending:
            return False
        return self.grace_ends_at is None or now < self.grace_ends_at

    def told(self, now: datetime) -> Overdue:
        """Note that the customer was told: notices that were missed are told as one."""
        return evolve(self, notices=tuple(at for at in self.notices if at > now))

    def ending(self) -> Overdue:
        """Decide the end."""
        return evolve(self, is_ending=True, notices=())
