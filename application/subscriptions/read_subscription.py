"""Read an account's subscription."""

from __future__ import annotations

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from domain.credits.ids import AccountId
from domain.payments.errors import OrderNotFound
from domain.payments.order import Order
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription


@frozen(kw_only=True)
class ReadSubscription:
    """Ask for the live subscription of an account."""

    account_id: AccountId


@frozen(kw_only=True)
class SubscriptionRead:
    """The subscription, and the change of its plan that is open, if there is one.

    `next_payment_minor` is what is due for the period after this one, before tax and in minor
    units; None where nothing is, or where that is for the provider to say.
    """

    subscription: Subscription
    change: Change | None
    next_payment_minor: int | None


@frozen(kw_only=True)
class ReadingSubscription:
    """Return the live subscription, or None."""

    read: BeginRead

    async def __call__(self, command: ReadSubscription) -> SubscriptionRead | None:
        async with self.read() as work:
            found = await work.subscriptions.current(command.account_id)
            if found is None:
                return None
            change = await work.plan_changes.open_of(found.id)
            try:
                order = await work.orders.find(found.order_id)
            except OrderNotFound:
                order = None
        return SubscriptionRead(
            subscription=found,
            change=change,
            next_payment_minor=_next_payment(found, change, order),
        )


def _next_payment(found: Subscription, change: Change | None, order: Order | None) -> int | None:
    """Return what is due next, where no discount may go on that the provider takes off."""
    if order is None or found.cancel_at_period_end or found.renews_itself:
        return None
    is_full = order.trial_days > 0 or order.discount_minor == 0 or order.discount_periods == 1
    if not is_full:
        return None
    sold = found if change is None or not change.is_waiting else change.after
    return sold.price_minor
