"""Check-ins and every version of their rules in the database."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from attrs import frozen
from sqlalchemy import select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction
from adapters.stores.sql.tables.promotions import check_in_rules, check_ins
from application.ports.promotions import CheckIns
from domain.credits.ids import AccountId, GrantId
from domain.period import day_starts_at, zone_named
from domain.promotions.check_in import CheckIn, CheckInRules
from domain.promotions.errors import AlreadyCheckedIn, RulesChangedMeanwhile


@frozen
class SqlCheckIns(CheckIns):
    """Check-ins by account and day, and every version of their rules."""

    transaction: OpenTransaction

    async def last(self, account_id: AccountId) -> CheckIn | None:
        query = select(check_ins).where(check_ins.c.account_id == account_id)
        latest = query.order_by(check_ins.c.day.desc()).limit(1)
        row = rows.first(await self.transaction.run(latest))
        return None if row is None else _check_in(row)

    async def add(self, check_in: CheckIn) -> None:
        values = {
            "account_id": check_in.account_id,
            "day": check_in.day,
            "zone": check_in.zone,
            "at": check_in.at,
            "streak": check_in.streak,
            "award": check_in.award,
            "rules_version": check_in.rules_version,
            "grant_id": check_in.grant_id,
        }
        if not await rows.add_new(self.transaction, check_ins, values):
            tomorrow = check_in.day + timedelta(days=1)
            raise AlreadyCheckedIn(next_at=day_starts_at(tomorrow, zone_named(check_in.zone)))

    async def rules(self) -> CheckInRules | None:
        query = select(check_in_rules).order_by(check_in_rules.c.version.desc()).limit(1)
        row = rows.first(await self.transaction.run(query))
        return None if row is None else _rules(row)

    async def add_rules(self, rules: CheckInRules) -> None:
        values = {
            "version": rules.version,
            "is_enabled": rules.is_enabled,
            "base": rules.base,
            "week": None if rules.week is None else msgspec.json.encode(rules.week).decode(),
            "zone": rules.zone,
            "award_days": rules.award_days,
            "changed_at": rules.changed_at,
        }
        if not await rows.add_new(self.transaction, check_in_rules, values):
            newest = await self.rules()
            assert newest is not None
            raise RulesChangedMeanwhile(version=newest.version)


def _check_in(row: AnyRow) -> CheckIn:
    return CheckIn(
        account_id=AccountId(row.account_id),
        day=row.day,
        zone=row.zone,
        at=row.at,
        streak=row.streak,
        award=row.award,
        rules_version=row.rules_version,
        grant_id=GrantId(row.grant_id),
    )


def _rules(row: AnyRow) -> CheckInRules:
    week = None if row.week is None else msgspec.json.decode(row.week, type=tuple[int, ...])
    return CheckInRules(
        version=row.version,
        is_enabled=row.is_enabled,
        base=row.base,
        week=week,
        zone=row.zone,
        award_days=row.award_days,
        changed_at=row.changed_at,
    )
