"""Check-ins and every version of their rules in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from attrs import frozen
from sqlalchemy import select

from adapters.stores.sql import check_in_budgets, rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.tables.credits import transactions
from adapters.stores.sql.tables.promotions import check_in_rules, check_ins
from application.ports.promotions import CheckIns
from domain.credits.ids import AccountId, GrantId
from domain.period import day_starts_at, zone_named
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_budget import Budget
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.promotions.errors import AlreadyCheckedIn, RulesChangedMeanwhile


@frozen
class SqlCheckIns(CheckIns):
    """Check-ins by account and day, every version of their rules, and what was given by period."""

    transaction: OpenTransaction

    async def last(self, account_id: AccountId) -> CheckIn | None:
        query = select(check_ins).where(check_ins.c.account_id == account_id)
        latest = query.order_by(check_ins.c.day.desc()).limit(1)
        row = rows.first(await self.transaction.run(latest))
        return None if row is None else _check_in(row)

    async def add(self, check_in: CheckIn) -> None:
        if not await rows.add_new(self.transaction, check_ins, _check_in_values(check_in)):
            tomorrow = check_in.day + timedelta(days=1)
            raise AlreadyCheckedIn(next_at=day_starts_at(tomorrow, zone_named(check_in.zone)))

    async def first_day(self, account_id: AccountId) -> date | None:
        query = select(check_ins.c.day).where(check_ins.c.account_id == account_id)
        row = rows.first(await self.transaction.run(query.order_by(check_ins.c.day).limit(1)))
        return None if row is None else row.day

    async def between(
        self, account_id: AccountId, from_day: date, to_day: date
    ) -> Sequence[CheckIn]:
        query = select(check_ins).where(
            check_ins.c.account_id == account_id, check_ins.c.day.between(from_day, to_day)
        )
        return [_check_in(row) for row in await self.transaction.run(query.order_by("day"))]

    async def first_line_at(self, account_id: AccountId) -> datetime | None:
        row = await rows.find(self.transaction, transactions, account_id, 1)
        return None if row is None else row.at

    async def of_accounts(
        self, after: AccountId | None, accounts_max: int, from_day: date, to_day: date
    ) -> Mapping[AccountId, Sequence[CheckIn]]:
        asked = select(check_ins.c.account_id).group_by(check_ins.c.account_id)
        if after is not None:
            asked = asked.where(check_ins.c.account_id > after)
        asked = asked.order_by(check_ins.c.account_id).limit(accounts_max)
        found: dict[AccountId, list[CheckIn]] = {
            AccountId(row.account_id): [] for row in await self.transaction.run(asked)
        }
        if not found:
            return found
        query = (
            select(check_ins)
            .where(
                check_ins.c.account_id >= min(found),
                check_ins.c.account_id <= max(found),
                check_ins.c.day.between(from_day, to_day),
            )
            .order_by(check_ins.c.account_id, check_ins.c.day)
        )
        for row in await self.transaction.run(query):
            found[AccountId(row.account_id)].append(_check_in(row))
        return found

    async def spend_budgets(
        self, budgets: Sequence[Budget], amount: int, account_id: AccountId, *, is_whole: bool
    ) -> bool:
        if is_whole:
            return await check_in_budgets.spend_whole(self.transaction, budgets, amount)
        return await check_in_budgets.spend(self.transaction, budgets, amount, account_id)

    async def rules(self) -> CheckInRules | None:
        query = select(check_in_rules).order_by(check_in_rules.c.version.desc()).limit(1)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _rules(row)

    async def add_rules(self, rules: CheckInRules) -> None:
        if not await rows.add_new(self.transaction, check_in_rules, _rules_values(rules)):
            newest = await self.rules()
            assert newest is not None
            raise RulesChangedMeanwhile(version=newest.version)


def _check_in_values(check_in: CheckIn) -> Values:
    return {
        "account_id": check_in.account_id,
        "day": check_in.day,
        "zone": check_in.zone,
        "at": check_in.at,
        "streak": check_in.streak,
        "best": check_in.best,
        "award": check_in.award,
        "milestone": check_in.milestone,
        "withheld": check_in.withheld,
        "freezes": check_in.freezes,
        "freezes_used": check_in.freezes_used,
        "is_paid": check_in.is_paid,
        "rules_version": check_in.rules_version,
        "grant_id": check_in.grant_id,
    }


def _check_in(row: AnyRow) -> CheckIn:
    return CheckIn(
        account_id=AccountId(row.account_id),
        day=row.day,
        zone=row.zone,
        at=row.at,
        streak=row.streak,
        best=row.best,
        award=row.award,
        milestone=row.milestone,
        withheld=row.withheld,
        freezes=row.freezes,
        freezes_used=row.freezes_used,
        is_paid=row.is_paid,
        rules_version=row.rules_version,
        grant_id=None if row.grant_id is None else GrantId(row.grant_id),
    )


def _rules_values(rules: CheckInRules) -> Values:
    milestones = [(each.day, each.credits, each.repeats) for each in rules.milestones]
    return {
        "version": rules.version,
        "is_enabled": rules.is_enabled,
        "base": rules.base,
        "week": None if rules.week is None else msgspec.json.encode(rules.week).decode(),
        "zone": rules.zone,
        "award_days": rules.award_days,
        "milestones": msgspec.json.encode(milestones).decode(),
        "freezes_at_start": rules.freezes.at_start,
        "freezes_every": rules.freezes.every,
        "freezes_most": rules.freezes.most,
        "grace_hours": rules.grace_hours,
        "budget_account_day": rules.budgets.account_day,
        "budget_day": rules.budgets.day,
        "budget_month": rules.budgets.month,
        "account_days": rules.eligibility.account_days,
        "paid_plan_percent": rules.eligibility.paid_plan_percent,
        "changed_at": rules.changed_at,
    }


def _rules(row: AnyRow) -> CheckInRules:
    week = None if row.week is None else msgspec.json.decode(row.week, type=tuple[int, ...])
    milestones = msgspec.json.decode(row.milestones, type=list[tuple[int, int, bool]])
    return CheckInRules(
        version=row.version,
        is_enabled=row.is_enabled,
        base=row.base,
        week=week,
        zone=row.zone,
        award_days=row.award_days,
        milestones=tuple(
            Milestone(day=day, credits=extra, repeats=repeats) for day, extra, repeats in milestones
        ),
        freezes=Freezes(
            at_start=row.freezes_at_start, every=row.freezes_every, most=row.freezes_most
        ),
        grace_hours=row.grace_hours,
        budgets=Budgets(
            account_day=row.budget_account_day, day=row.budget_day, month=row.budget_month
        ),
        eligibility=Eligibility(
            account_days=row.account_days, paid_plan_percent=row.paid_plan_percent
        ),
        changed_at=row.changed_at,
    )
