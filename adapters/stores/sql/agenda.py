"""What is to come, in one statement over the indexes that due work is found by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, Select, func, select, text, union_all
from sqlalchemy.sql.elements import TextClause

from adapters.stores.sql.open_transaction import OpenTransaction
from adapters.stores.sql.tables.credits import grants, holds
from adapters.stores.sql.tables.payments import inbox, orders, refunds
from adapters.stores.sql.tables.plan_changes import plan_changes
from adapters.stores.sql.tables.subscriptions import subscriptions
from application.ports.agenda import Agenda
from domain.payments.inbox import InboxStatus

# Written as the conditions of the partial indexes are, so that these are used.
_UNPAID = text("status IN ('pending', 'failed')")
_OPEN = text("state IN ('requested', 'pending')")
_WAITING = (InboxStatus.RECEIVED.value, InboxStatus.FAILED.value)

Earliest = Select[datetime]


@frozen
class SqlAgenda(Agenda):
    """The earliest later instant of every table in which something is due."""

    transaction: OpenTransaction

    async def next_after(self, instant: datetime) -> datetime | None:
        found = await self.transaction.run(union_all(*_earliest(instant)))
        return min((row.due_at for row in found if row.due_at is not None), default=None)


def _earliest(after: datetime) -> Iterator[Earliest]:
    """Yield a query for each kind of thing that time decides."""
    lot, hold, sold = grants.c, holds.c, subscriptions.c
    yield _first(
        lot.expires_at,
        after,
        lot.is_open,
        lot.is_posted,
        lot.frozen_at.is_(None),
        lot.remaining > lot.pinned,
    )
    yield _first(lot.effective_at, after, lot.is_open, ~lot.is_posted)
    yield _first(hold.expires_at, after, hold.is_open)
    yield _first(orders.c.expires_at, after, _UNPAID)
    yield _first(refunds.c.ask_at, after, _OPEN)
    yield _first(inbox.c.next_try_at, after, inbox.c.status.in_(_WAITING))
    yield _first(sold.credits_due_at, after)
    yield _first(sold.period_end_at, after, sold.is_live, sold.provider_subscription_id.is_(None))
    yield _first(sold.due_at, after)
    yield _first(plan_changes.c.ask_at, after, plan_changes.c.is_open)


def _first(
    due_at: ColumnElement[datetime],
    after: datetime,
    *conditions: ColumnElement[bool] | TextClause,
) -> Earliest:
    return select(func.min(due_at).label("due_at")).where(due_at > after, *conditions)
