"""Which change of plan an order paid for.

A plain step, handed an open unit of work; it never commits.
"""

from __future__ import annotations

from application.ports.unit_of_work import UnitOfWork
from domain.payments.order import Order
from domain.subscriptions.change import Change
from domain.subscriptions.ids import SubscriptionId

_CHANGES_MAX = 100


async def change_paid_by(work: UnitOfWork, order: Order) -> Change | None:
    """Return the change of plan that an order paid for: the one it was promised to.

    None for any other order, and for a change that was made elsewhere.
    """
    if order.subscription_id is None:
        return None
    subscription_id = SubscriptionId(order.subscription_id)
    changes = await work.plan_changes.of_subscription(subscription_id, _CHANGES_MAX)
    return next((each for each in changes if each.order_id == order.id), None)
