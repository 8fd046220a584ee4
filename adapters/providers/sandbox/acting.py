"""What the service may do to a subscription of the sandbox, and what that has it tell."""

from __future__ import annotations

from datetime import datetime

from adapters.providers.sandbox import tellings
from adapters.providers.sandbox.collecting import card_declines, payment_of
from adapters.providers.sandbox.events import (
    SUBSCRIPTION_PAID,
    SUBSCRIPTION_UPDATED,
    EventData,
    Outgoing,
)
from adapters.providers.sandbox.reading import subscription_of
from adapters.providers.sandbox.records import SubscriptionState, later_than
from adapters.providers.sandbox.signature import CHANNEL
from application.ports.provider_calls import SubscriptionAction
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import ProviderStatus

Acted = tuple[SubscriptionState, tuple[Outgoing, ...]]
"""The subscription as it is then, and the events that say so, in the order they are told."""


async def act_on(
    work: UnitOfWork, subscription_id: str, action: SubscriptionAction, now: datetime, new_id: NewId
) -> Acted:
    """Do it in the open unit of work, and return what is to be told. Raises ProviderRefused.

    What is so already stays as it is, and nothing is told of it.
    """
    before = await subscription_of(work, subscription_id)
    if _is_done(before, action):
        return before, ()
    if before.has_ended:
        raise ProviderRefused(channel=CHANNEL, reason="the subscription has ended")
    if action is SubscriptionAction.RESUME:
        return await _resumed(work, before, now, new_id)
    after = _changed(before, action, later_than(now, before.told_at))
    await work.sandbox.put(after.record())
    return after, (_updated(after, new_id),)


def _is_done(subscription: SubscriptionState, action: SubscriptionAction) -> bool:
    match action:
        case SubscriptionAction.CANCEL_NOW:
            return subscription.has_ended
        case SubscriptionAction.CANCEL_AT_PERIOD_END:
            return subscription.has_ended or subscription.cancel_at_period_end
        case SubscriptionAction.UNDO_CANCEL:
            return not subscription.has_ended and not subscription.cancel_at_period_end
        case SubscriptionAction.PAUSE:
            return subscription.status is ProviderStatus.PAUSED
        case SubscriptionAction.RESUME:
            return subscription.is_active


def _changed(
    before: SubscriptionState, action: SubscriptionAction, told_at: datetime
) -> SubscriptionState:
    match action:
        case SubscriptionAction.CANCEL_NOW:
            return before.ending(False, told_at).ended(told_at)
        case SubscriptionAction.CANCEL_AT_PERIOD_END:
            return before.ending(True, told_at)
        case SubscriptionAction.UNDO_CANCEL:
            return before.ending(False, told_at)
        case SubscriptionAction.PAUSE:
            return before.paused(told_at)
        case SubscriptionAction.RESUME:
            raise AssertionError("what goes on may have to be paid for")


async def _resumed(
    work: UnitOfWork, before: SubscriptionState, now: datetime, new_id: NewId
) -> Acted:
    """Go on; where the paid period is over, the next one is collected and told of first."""
    told_at = later_than(now, before.told_at)
    is_due = now >= before.end_at
    if is_due and await card_declines(work, before.customer_id):
        after = before.due_again(now).declined(told_at)
    else:
        after = before.back(now, told_at)
    if after.periods_paid == before.periods_paid:
        await work.sandbox.put(after.record())
        return after, (_updated(after, new_id),)
    await work.sandbox.put(payment_of(after).record())
    paid = _told(SUBSCRIPTION_PAID, told_at, tellings.period_paid(after), new_id)
    later = before.back(now, later_than(now, told_at))
    await work.sandbox.put(later.record())
    return later, (paid, _updated(later, new_id))


def _updated(after: SubscriptionState, new_id: NewId) -> Outgoing:
    return _told(SUBSCRIPTION_UPDATED, after.told_at, tellings.updated(after), new_id)


def _told(type: str, told_at: datetime, data: EventData, new_id: NewId) -> Outgoing:
    return Outgoing(id=f"evt_{new_id()}", type=type, created_at=told_at, data=data)
