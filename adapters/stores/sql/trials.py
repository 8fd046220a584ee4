"""Trials in the database."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import update

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.tables.subscriptions import trials
from application.ports.trials import Trials
from domain.credits.ids import AccountId
from domain.subscriptions.trial import TrialClaim


@frozen
class SqlTrials(Trials):
    """Claims by group and holder; whoever inserts one holds it until the unit ends."""

    transaction: OpenTransaction

    async def is_open(self, claim: TrialClaim, now: datetime) -> bool:
        row = await rows.find(self.transaction, trials, claim.group, claim.holder)
        return row is None or _claim(row).leaves_room_for(claim.account_id, now)

    async def promise(self, claim: TrialClaim, now: datetime) -> bool:
        if await rows.add_new(self.transaction, trials, _values(claim)):
            return True
        row = await rows.take(self.transaction, trials, claim.group, claim.holder)
        assert row is not None, "a claim is never removed"
        if not _claim(row).leaves_room_for(claim.account_id, now):
            return False
        return await rows.change(self.transaction, trials, _values(claim))

    async def begin(self, claim: TrialClaim) -> None:
        column = trials.c
        promised = update(trials).where(
            column.account_id == claim.account_id,
            column.plan_group == claim.group,
        )
        await self.transaction.run(
            promised.values(promised_until=None).returning(*trials.primary_key)
        )
        await rows.put(self.transaction, trials, _values(claim.begun()))


def _values(claim: TrialClaim) -> Values:
    return {
        "plan_group": claim.group,
        "holder": claim.holder,
        "account_id": claim.account_id,
        "promised_until": claim.promised_until,
    }


def _claim(row: AnyRow) -> TrialClaim:
    return TrialClaim(
        group=row.plan_group,
        holder=row.holder,
        account_id=AccountId(row.account_id),
        promised_until=row.promised_until,
    )
