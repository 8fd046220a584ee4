"""What is to come, read off the indexes in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from adapters.stores.memory.plan_change_tables import CHANGE_TO_ASK
from adapters.stores.memory.table import Rows
from adapters.stores.memory.tables import (
    EVENT_WAITING,
    GRANT_DUE,
    HOLD_SILENT,
    ORDER_OPEN,
    REFUND_OPEN,
    SUBSCRIPTION_CREDITS_DUE,
    SUBSCRIPTION_DUE,
    SUBSCRIPTION_PERIOD_OVER,
)
from application.ports.agenda import Agenda
from domain.credits.grant import Grant
from domain.credits.hold import Hold
from domain.payments.inbox import InboxEvent
from domain.payments.order import Order
from domain.payments.refund import Refund
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class MemoryAgenda(Agenda):
    """The first later instant of every table in which something is due."""

    grants: Rows[Grant]
    holds: Rows[Hold]
    orders: Rows[Order]
    refunds: Rows[Refund]
    inbox: Rows[InboxEvent]
    subscriptions: Rows[Subscription]
    plan_changes: Rows[Change]

    async def next_after(self, instant: datetime) -> datetime | None:
        firsts = (
            next((due for due in dues if due is not None and due > instant), None)
            for dues in self._in_order(instant)
        )
        events = (event.next_try_at for event in self.inbox.ascending(EVENT_WAITING))
        retries = (due for due in events if due is not None and due > instant)
        return min((*(due for due in firsts if due is not None), *retries), default=None)

    def _in_order(self, instant: datetime) -> Iterator[Iterator[datetime | None]]:
        """Yield, of each kind, the instants from this one on, ascending."""
        since = (instant,)
        yield (
            grant.expires_at if grant.is_posted else grant.effective_at
            for grant in self.grants.ascending(GRANT_DUE, since=since)
        )
        yield (hold.expires_at for hold in self.holds.ascending(HOLD_SILENT, since=since))
        yield (order.expires_at for order in self.orders.ascending(ORDER_OPEN, since=since))
        yield (refund.ask_at for refund in self.refunds.ascending(REFUND_OPEN, since=since))
        yield (
            sold.credits_due_at
            for sold in self.subscriptions.ascending(SUBSCRIPTION_CREDITS_DUE, since=since)
        )
        yield (
            sold.period.end_at
            for sold in self.subscriptions.ascending(SUBSCRIPTION_PERIOD_OVER, since=since)
        )
        yield (sold.due_at for sold in self.subscriptions.ascending(SUBSCRIPTION_DUE, since=since))
        yield (change.ask_at for change in self.plan_changes.ascending(CHANGE_TO_ASK, since=since))
