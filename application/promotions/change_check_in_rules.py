"""Read and change what a check-in earns; every version is kept."""

from __future__ import annotations

from attrs import field, frozen

from application.access.steps.auditing import entry
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork
from application.promotions.steps.checking_in import rules_in_force
from domain.access.audit import Actor
from domain.promotions.check_in_rules import CheckInRules, CheckInTerms
from domain.promotions.errors import RulesChangedMeanwhile


@frozen(kw_only=True)
class ReadCheckInRules:
    """Ask for the rules in force."""


@frozen(kw_only=True)
class ReadingCheckInRules:
    """Return the rules an admin has set, or those of a new installation."""

    read: BeginRead
    clock: Clock

    async def __call__(self, command: ReadCheckInRules) -> CheckInRules:
        async with self.read() as work:
            return await rules_in_force(work, self.clock())


@frozen(kw_only=True)
class ChangeCheckInRules:
    """Replace the rules. With `version`, only if that is still the one in force."""

    terms: CheckInTerms
    version: int | None = field(default=None)
    actor: Actor
    reason: str = ""


@frozen(kw_only=True)
class ChangingCheckInRules:
    """Write the next version and the audit entry in one commit. Awards made stay as they are.

    Refusals: RulesChangedMeanwhile.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ChangeCheckInRules) -> CheckInRules:
        async with self.begin() as work:
            now = self.clock()
            before = await rules_in_force(work, now)
            if command.version is not None and command.version != before.version:
                raise RulesChangedMeanwhile(version=before.version)
            after = command.terms.in_force(version=before.version + 1, changed_at=now)
            await work.check_ins.add_rules(after)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "check_in.change_rules",
                    "check_in:rules",
                    before=before,
                    after=after,
                    reason=command.reason,
                )
            )
            await work.commit()
        return after
