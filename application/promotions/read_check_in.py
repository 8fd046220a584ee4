"""Say where an account's check-in stands."""

from __future__ import annotations

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.promotions.check_in_steps import rules_in_force, zone_of
from domain.credits.ids import AccountId
from domain.promotions.check_in import Standing, standing


@frozen(kw_only=True)
class ReadCheckIn:
    """Ask about one account."""

    account_id: AccountId


@frozen(kw_only=True)
class CheckInRead:
    """Whether check-in is on at all, the zone its days begin by, and how the account stands.

    `is_done_today` tells a day that has had its check-in from one that must wait after a change of
    zone.
    """

    is_enabled: bool
    is_done_today: bool
    zone: str
    standing: Standing


@frozen(kw_only=True)
class ReadingCheckIn:
    """Judge without changing anything."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadCheckIn) -> CheckInRead:
        async with self.read() as work:
            now = self.clock()
            rules = await rules_in_force(work, now)
            zone = await zone_of(work, command.account_id)
            last = await work.check_ins.last(command.account_id)
        found = standing(rules, last, zone, now)
        return CheckInRead(
            is_enabled=rules.is_enabled,
            is_done_today=last is not None and last.day >= found.day,
            zone=zone or rules.zone,
            standing=found,
        )
