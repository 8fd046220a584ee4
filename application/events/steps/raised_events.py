"""The events that use cases raise: what each says about the thing it tells of.

Plain functions, no listeners: a use case names what it raises, in the unit of work that makes it
true (`await work.outbox.add(order_event(new_id, now, order))`). What `data` may hold is written
down in docs/events, a schema for each family, and held against it by tests.
"""

from __future__ import annotations

from datetime import datetime

from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from domain.events.endpoint import Endpoint
from domain.events.ids import EventId
from domain.events.outgoing_event import EventData, EventType, OutgoingEvent, instant_text
from domain.payments.dispute import Dispute
from domain.payments.order import Order, OrderStatus
from domain.payments.provider_event import DisputeStatus
from domain.payments.receipt import receipt_name, receipt_path
from domain.promotions.check_in import CheckIn
from domain.promotions.redemption import Redemption
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

_T = EventType
_OF_ORDER = {
    OrderStatus.PENDING: _T.ORDER_CREATED,
    OrderStatus.PAID: _T.ORDER_PAID,
    OrderStatus.PARTIALLY_REFUNDED: _T.ORDER_PARTIALLY_REFUNDED,
    OrderStatus.REFUNDED: _T.ORDER_REFUNDED,
    OrderStatus.FAILED: _T.ORDER_FAILED,
    OrderStatus.EXPIRED: _T.ORDER_EXPIRED,
    OrderStatus.DISPUTED: _T.ORDER_DISPUTED,
}
_OF_DISPUTE = {
    DisputeStatus.INQUIRY: _T.DISPUTE_INQUIRY_OPENED,
    DisputeStatus.OPEN: _T.DISPUTE_OPENED,
    DisputeStatus.WON: _T.DISPUTE_WON,
    DisputeStatus.LOST: _T.DISPUTE_LOST,
}
_OF_SUBSCRIPTION = {
    SubscriptionStatus.INCOMPLETE: _T.SUBSCRIPTION_CHANGED,
    SubscriptionStatus.TRIALING: _T.SUBSCRIPTION_TRIALING,
    SubscriptionStatus.ACTIVE: _T.SUBSCRIPTION_ACTIVE,
    SubscriptionStatus.PAST_DUE: _T.SUBSCRIPTION_PAST_DUE,
    SubscriptionStatus.PAUSED: _T.SUBSCRIPTION_PAUSED,
    SubscriptionStatus.CANCELED: _T.SUBSCRIPTION_CANCELED,
    SubscriptionStatus.EXPIRED: _T.SUBSCRIPTION_EXPIRED,
}
_OF_CHANGE = {
    ChangeStatus.SCHEDULED: _T.SUBSCRIPTION_CHANGE_SCHEDULED,
    ChangeStatus.WITHDRAWN: _T.SUBSCRIPTION_CHANGE_WITHDRAWN,
    ChangeStatus.REFUSED: _T.SUBSCRIPTION_CHANGE_REFUSED,
}


async def raise_order(work: UnitOfWork, new_id: NewId, now: datetime, order: Order) -> None:
    """Tell of an order that has come to its present status by being bought, paid or given up."""
    await work.outbox.add(_order_event(new_id, now, _OF_ORDER[order.status], order))


async def raise_order_money(
    work: UnitOfWork, new_id: NewId, now: datetime, before: Order, after: Order
) -> None:
    """Tell of what has become of a paid order's money, if that has changed."""
    is_same = (before.status, before.refunded_minor) == (after.status, after.refunded_minor)
    if is_same:
        return
    is_restored = after.status is OrderStatus.PAID
    kind = EventType.ORDER_RESTORED if is_restored else _OF_ORDER[after.status]
    await work.outbox.add(_order_event(new_id, now, kind, after))


async def raise_dispute(work: UnitOfWork, new_id: NewId, now: datetime, dispute: Dispute) -> None:
    """Tell of a dispute that was announced by an inquiry, opened or decided."""
    data: EventData = {
        "dispute_id": dispute.id,
        "order_id": dispute.order_id,
        "status": dispute.status.value,
        "channel": dispute.channel,
        "amount": dispute.amount_minor,
        "currency": dispute.currency,
        "opened_at": instant_text(dispute.opened_at),
    }
    kind = _OF_DISPUTE[dispute.status]
    await work.outbox.add(_event(new_id, now, kind, dispute.account_id, data))


async def raise_started(
    work: UnitOfWork, new_id: NewId, now: datetime, subscription: Subscription
) -> None:
    """Tell of a subscription that has begun."""
    kind = EventType.SUBSCRIPTION_STARTED
    await work.outbox.add(_subscription_event(new_id, now, kind, subscription))


async def raise_subscription(
    work: UnitOfWork, new_id: NewId, now: datetime, before: Subscription, after: Subscription
) -> None:
    """Tell of what has become of a subscription: renewed, another status, or otherwise changed.

    That a month's credits were granted, or that the provider has said the same again, is nothing
    to tell.
    """
    if after.period.start_at > before.period.start_at:
        kind = EventType.SUBSCRIPTION_RENEWED
    elif after.status is not before.status:
        kind = _OF_SUBSCRIPTION[after.status]
    elif _terms(after) != _terms(before):
        kind = EventType.SUBSCRIPTION_CHANGED
    else:
        return
    await work.outbox.add(_subscription_event(new_id, now, kind, after))


async def raise_change(
    work: UnitOfWork, new_id: NewId, now: datetime, subscription: Subscription, change: Change
) -> None:
    """Tell of a change of plan that waits, or will not be; one that was made is told as such."""
    kind = _OF_CHANGE.get(change.status)
    if kind is None:
        return
    after = change.after
    said: EventData = {
        "id": change.id,
        "plan_id": after.plan_id,
        "plan_name": after.plan_name,
        "interval": after.interval.value,
        "price": after.price_minor,
        "credits_per_month": after.credits_per_month,
        "effective_at": instant_text(change.effective_at),
    }
    await work.outbox.add(_subscription_event(new_id, now, kind, subscription, {"change": said}))


async def raise_of_subscription(
    work: UnitOfWork, new_id: NewId, now: datetime, kind: EventType, subscription: Subscription
) -> None:
    """Tell of something that is no change of a subscription, such as that its trial soon ends."""
    await work.outbox.add(_subscription_event(new_id, now, kind, subscription))


async def raise_check_in(work: UnitOfWork, new_id: NewId, now: datetime, check_in: CheckIn) -> None:
    """Tell of a day's check-in."""
    data: EventData = {
        "day": check_in.day.isoformat(),
        "streak": check_in.streak,
        "award": check_in.award,
        "grant_id": check_in.grant_id,
    }
    kind = EventType.CHECK_IN_COMPLETED
    await work.outbox.add(_event(new_id, now, kind, check_in.account_id, data))


async def raise_redeemed(
    work: UnitOfWork, new_id: NewId, now: datetime, redemption: Redemption
) -> None:
    """Tell of a coupon whose use was confirmed, by a payment or by itself."""
    data: EventData = {
        "redemption_id": redemption.id,
        "coupon_id": redemption.coupon_id,
        "code": redemption.code,
        "order_id": redemption.order_id,
        "discount": redemption.benefit.discount_minor,
        "currency": redemption.currency,
        "bonus_credits": redemption.benefit.bonus_credits,
        "trial_days": redemption.benefit.trial_days,
    }
    kind = EventType.COUPON_REDEEMED
    await work.outbox.add(_event(new_id, now, kind, redemption.account_id, data))


def endpoint_event(
    new_id: NewId, now: datetime, kind: EventType, endpoint: Endpoint
) -> OutgoingEvent:
    """Return an event about an endpoint itself: a test, or that it was switched off."""
    data: EventData = {
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "status": endpoint.status.value,
    }
    return _event(new_id, now, kind, None, data)


def _order_event(new_id: NewId, now: datetime, kind: EventType, order: Order) -> OutgoingEvent:
    line = order.line
    is_subscription = line.interval is not None
    number = order.receipt_number
    data: EventData = {
        "order_id": order.id,
        "type": line.type.value,
        "status": order.status.value,
        "channel": order.channel,
        "plan_id": line.item_id if is_subscription else None,
        "pack_id": None if is_subscription else line.item_id,
        "name": line.name,
        "interval": None if line.interval is None else line.interval.value,
        "subtotal": line.price_minor,
        "discount": order.discount_minor,
        "tax": order.tax_minor,
        "total": order.total_minor,
        "collected": order.collected_minor,
        "refunded": order.refunded_minor,
        "currency": line.currency,
        "credits": line.credits,
        "bonus_credits": order.bonus_credits,
        "coupon_code": order.coupon_code,
        "subscription_id": order.subscription_id,
        "needs_person": order.concern is not None,
        "receipt_number": None if number is None else receipt_name(number),
        "receipt_path": None if number is None else receipt_path(order.id),
        "created_at": instant_text(order.created_at),
        "paid_at": None if order.paid_at is None else instant_text(order.paid_at),
    }
    return _event(new_id, now, kind, order.account_id, data)


def _subscription_event(
    new_id: NewId,
    now: datetime,
    kind: EventType,
    subscription: Subscription,
    more: EventData | None = None,
) -> OutgoingEvent:
    course = subscription.course
    grace_ends_at = None if course.overdue is None else course.overdue.grace_ends_at
    data: EventData = {
        "subscription_id": subscription.id,
        "status": subscription.status.value,
        **_terms(subscription),
        "channel": subscription.channel,
        "order_id": subscription.order_id,
        "current_period_start": instant_text(subscription.period.start_at),
        "current_period_end": instant_text(subscription.period.end_at),
        "started_at": instant_text(subscription.started_at),
        "ended_at": _instant_or_none(subscription.ended_at),
        "trial_ends_at": _instant_or_none(course.trial_ends_at),
        "grace_ends_at": _instant_or_none(grace_ends_at),
        "resume_at": _instant_or_none(course.resume_at),
        "benefits": subscription.is_entitled,
        **(more or {}),
    }
    return _event(new_id, now, kind, subscription.account_id, data)


def _instant_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _terms(subscription: Subscription) -> EventData:
    """Return what was agreed upon, whatever time does to the subscription."""
    return {
        "plan_id": subscription.plan_id,
        "plan_name": subscription.plan_name,
        "interval": subscription.interval.value,
        "price": subscription.price_minor,
        "currency": subscription.currency,
        "credits_per_month": subscription.credits_per_month,
        "cancel_at_period_end": subscription.cancel_at_period_end,
    }


def _event(
    new_id: NewId, now: datetime, kind: EventType, account_id: str | None, data: EventData
) -> OutgoingEvent:
    return OutgoingEvent(id=EventId(new_id()), type=kind, account_id=account_id, at=now, data=data)
