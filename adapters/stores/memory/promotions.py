"""Check-ins in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from attrs import frozen

from adapters.stores.memory.kept_rows import GivenInPeriod
from adapters.stores.memory.table import Rows
from application.ports.promotions import CheckIns
from domain.credits.ids import AccountId
from domain.credits.transaction import Transaction
from domain.period import day_starts_at, zone_named
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_budget import Budget
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.errors import (
    AlreadyCheckedIn,
    RulesChangedMeanwhile,
)


@frozen
class MemoryCheckIns(CheckIns):
    """Check-ins by account and day, every version of their rules, and what was given by period."""

    check_ins: Rows[CheckIn]
    versions: Rows[CheckInRules]
    given: Rows[GivenInPeriod]
    transactions: Rows[Transaction]

    async def last(self, account_id: AccountId) -> CheckIn | None:
        return next(self.check_ins.descending(prefix=(account_id,)), None)

    async def add(self, check_in: CheckIn) -> None:
        if self.check_ins.find(check_in.account_id, check_in.day) is not None:
            tomorrow = check_in.day + timedelta(days=1)
            raise AlreadyCheckedIn(next_at=day_starts_at(tomorrow, zone_named(check_in.zone)))
        self.check_ins.add(check_in)

    async def first_day(self, account_id: AccountId) -> date | None:
        first = next(self.check_ins.ascending(prefix=(account_id,)), None)
        return None if first is None else first.day

    async def between(
        self, account_id: AccountId, from_day: date, to_day: date
    ) -> Sequence[CheckIn]:
        since = self.check_ins.ascending(prefix=(account_id,), since=(account_id, from_day))
        return [each for each in since if each.day <= to_day]

    async def first_line_at(self, account_id: AccountId) -> datetime | None:
        first = self.transactions.find(account_id, 1)
        return None if first is None else first.at

    async def of_accounts(
        self, after: AccountId | None, accounts_max: int, from_day: date, to_day: date
    ) -> Mapping[AccountId, Sequence[CheckIn]]:
        found: dict[AccountId, list[CheckIn]] = {}
        start = None if after is None else (after, date.max)
        for each in self.check_ins.ascending(after=start):
            if each.account_id not in found and len(found) == accounts_max:
                break
            days = found.setdefault(each.account_id, [])
            if from_day <= each.day <= to_day:
                days.append(each)
        return found

    async def spend_budgets(
        self, budgets: Sequence[Budget], amount: int, account_id: AccountId, *, is_whole: bool
    ) -> bool:
        # Whoever writes is alone, so the whole budget is at hand in either case.
        after: list[GivenInPeriod] = []
        for budget in budgets:
            before = self.given.find(budget.period)
            given = amount + (0 if before is None else before.credits)
            if given > budget.limit:
                return False
            after.append(GivenInPeriod(period=budget.period, credits=given))
        for each in after:
            self.given.put(each)
        return True

    async def rules(self) -> CheckInRules | None:
        return next(self.versions.descending(), None)

    async def add_rules(self, rules: CheckInRules) -> None:
        if self.versions.find(rules.version) is not None:
            newest = next(self.versions.descending())
            raise RulesChangedMeanwhile(version=newest.version)
        self.versions.add(rules)
