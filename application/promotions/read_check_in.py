"""Say where an account's check-in stands."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.promotions.steps.checking_in import situation
from domain.credits.ids import AccountId
from domain.promotions.check_in import Standing
from domain.promotions.check_in_rules import Milestone


@frozen(kw_only=True)
class ReadCheckIn:
    """Ask about one account."""

    account_id: AccountId


@frozen(kw_only=True)
class CheckInRead:
    """Whether check-in is on at all, the zone its days begin by, and how the account stands.

    `is_done_today` tells a day that has had its check-in from one that must wait after a change of
    zone. `next_milestone` is what the streak leads to next, or None.
    """

    is_enabled: bool
    is_done_today: bool
    zone: str
    standing: Standing
    next_milestone: Milestone | None


@frozen(kw_only=True)
class ReadingCheckIn:
    """Judge without changing anything."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadCheckIn) -> CheckInRead:
        async with self.read() as work:
            now = await situation(work, command.account_id, self.clock())
        stands = now.standing
        return CheckInRead(
            is_enabled=now.rules.is_enabled,
            is_done_today=now.last is not None and now.last.day >= stands.day,
            zone=now.zone,
            standing=stands,
            next_milestone=now.rules.next_milestone(stands.streak, best=stands.best),
        )
