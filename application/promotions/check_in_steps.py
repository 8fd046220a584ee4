"""What several use cases about check-ins need from an open unit of work."""

from __future__ import annotations

from datetime import datetime

from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.promotions.check_in import CheckInRules, rules_before_any


async def rules_in_force(work: UnitOfWork, now: datetime) -> CheckInRules:
    """Return the rules an admin has set, or those of a new installation."""
    return await work.check_ins.rules() or rules_before_any(now)


async def zone_of(work: UnitOfWork, account_id: AccountId) -> str | None:
    """Return the account's own zone, if one is known."""
    account = await work.accounts.find(account_id)
    return account.zone if account is not None else None
