"""What a customer or an admin may ask of a running subscription, and in which state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from attrs import evolve

from domain.errors import InvalidField
from domain.subscriptions.errors import NotPossibleNow
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


class Wish(Enum):
    """What is to become of a subscription: to take back its end, and to end a pause, are two."""

    CANCEL_NOW = "cancel_now"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    UNDO_CANCEL = "undo_cancel"
    PAUSE = "pause"
    RESUME = "resume"


PAUSE_MAX = timedelta(days=730)
"""How far ahead a pause may be told to end."""

_S, _W = SubscriptionStatus, Wish
_ENDED = "it has ended, and an end is for ever"
_UNPAID = "its first payment is still open: cancel it at once, or wait for the payment"
_NOT_PAUSED = "it is not paused"

# Every state and every wish; None stands for yes. What is so already may be asked for again: the
# provider may know better than we do, and a repeat does no harm.
_AGAINST: Mapping[SubscriptionStatus, Mapping[Wish, str | None]] = {
    _S.INCOMPLETE: {
        _W.CANCEL_NOW: None,
        _W.CANCEL_AT_PERIOD_END: _UNPAID,
        _W.UNDO_CANCEL: _UNPAID,
        _W.PAUSE: _UNPAID,
        _W.RESUME: _NOT_PAUSED,
    },
    _S.TRIALING: {
        _W.CANCEL_NOW: None,
        _W.CANCEL_AT_PERIOD_END: None,
        _W.UNDO_CANCEL: None,
        _W.PAUSE: None,
        _W.RESUME: _NOT_PAUSED,
    },
    _S.ACTIVE: {
        _W.CANCEL_NOW: None,
        _W.CANCEL_AT_PERIOD_END: None,
        _W.UNDO_CANCEL: None,
        _W.PAUSE: None,
        _W.RESUME: _NOT_PAUSED,
    },
    _S.PAST_DUE: {
        _W.CANCEL_NOW: None,
        _W.CANCEL_AT_PERIOD_END: None,
        _W.UNDO_CANCEL: None,
        _W.PAUSE: "a payment is overdue: a pause would not settle it",
        _W.RESUME: _NOT_PAUSED,
    },
    _S.PAUSED: {
        _W.CANCEL_NOW: None,
        _W.CANCEL_AT_PERIOD_END: None,
        _W.UNDO_CANCEL: None,
        _W.PAUSE: None,
        _W.RESUME: None,
    },
    _S.CANCELED: dict.fromkeys(Wish, _ENDED),
    _S.EXPIRED: dict.fromkeys(Wish, _ENDED),
}


def check_wish(subscription: Subscription, wish: Wish) -> None:
    """Refuse what cannot be asked of a subscription as it stands. Raises NotPossibleNow."""
    problem = _AGAINST[subscription.status][wish]
    if problem is None and wish is Wish.PAUSE and subscription.renews_itself:
        problem = "nothing is paid for it, so there is nothing to pause"
    if problem is not None:
        raise NotPossibleNow(
            subscription_id=subscription.id,
            status=subscription.status.value,
            problem=problem,
        )


def going_on(subscription: Subscription) -> Wish:
    """Return what it takes to go on: to take back a scheduled end first, else to end a pause."""
    is_paused = subscription.status is SubscriptionStatus.PAUSED
    return Wish.RESUME if is_paused and not subscription.cancel_at_period_end else Wish.UNDO_CANCEL


def resuming_at(
    subscription: Subscription, resume_at: datetime | None, now: datetime
) -> Subscription:
    """Say when a pause ends by itself, or that it does not. Raises InvalidField."""
    if resume_at is not None and not now < resume_at <= now + PAUSE_MAX:
        problem = f"must lie ahead, by {PAUSE_MAX.days} days at most"
        raise InvalidField(path="resume_at", problem=problem)
    return evolve(subscription, course=evolve(subscription.course, resume_at=resume_at))


def granted_here(subscription: Subscription, wish: Wish, now: datetime) -> Subscription:
    """Fulfil a wish about a subscription that no provider stands behind."""
    assert subscription.renews_itself, "what a provider bills is changed there"
    match wish:
        case Wish.CANCEL_NOW:
            return subscription.become(SubscriptionStatus.CANCELED, now)
        case Wish.CANCEL_AT_PERIOD_END:
            return evolve(subscription, cancel_at_period_end=True)
        case Wish.UNDO_CANCEL:
            return _going_on(subscription)
        case Wish.PAUSE | Wish.RESUME:
            raise AssertionError("nothing is paid for it, so it is never paused")


def _going_on(subscription: Subscription) -> Subscription:
    if not subscription.is_free:
        # A first period made free by a coupon: nobody could collect for the second.
        raise NotPossibleNow(
            subscription_id=subscription.id,
            status=subscription.status.value,
            problem="nobody could collect for its next period: buy it anew when it has ended",
        )
    until = subscription.course.until
    if until is not None and subscription.period.end_at >= until:
        raise NotPossibleNow(
            subscription_id=subscription.id,
            status=subscription.status.value,
            problem="it was given until then",
        )
    return evolve(subscription, cancel_at_period_end=False)
