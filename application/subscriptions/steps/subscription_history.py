"""How a subscription came to stand as it does, kept as lines of the audit log."""

from __future__ import annotations

from datetime import datetime

from application.access.steps.auditing import entry
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from domain.access.audit import Actor
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.subscription import Subscription

BY_TIME = Actor(id="billing")
"""Whoever acts when nobody does: the service itself, because something has become due."""


def target_of(subscription_id: SubscriptionId) -> str:
    """Return what a subscription is called in the audit log."""
    return f"subscription:{subscription_id}"


async def note_move(
    work: UnitOfWork,
    new_id: NewId,
    now: datetime,
    actor: Actor,
    before: Subscription,
    after: Subscription,
) -> None:
    """Keep where a subscription stood, where it stands, and why that was allowed.

    Nothing is kept where it stands as before: renewals and months are told by their orders.
    """
    if _standing(before) == _standing(after):
        return
    await work.audit_log.add(
        entry(
            new_id,
            now,
            actor,
            "subscription.move",
            target_of(after.id),
            before=_standing(before),
            after=_standing(after),
            reason=_reason(before, after),
        )
    )


def _standing(subscription: Subscription) -> str:
    is_ending = subscription.is_live and subscription.cancel_at_period_end
    return f"{subscription.status.value}{', ends with its period' if is_ending else ''}"


def _reason(before: Subscription, after: Subscription) -> str:
    if after.status is not before.status:
        return before.reason_to_become(after.status)
    return "it is to end" if after.cancel_at_period_end else "it is to go on"
