"""Moving subscribers of a plan to what it is today, each when its next period begins."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import evolve, frozen

from domain.payments.ids import OrderId
from domain.subscriptions.change import LEAD, Change, ChangeStatus
from domain.subscriptions.ids import ChangeId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.terms import Terms, terms_of


class Standing(Enum):
    """What a migration does to a subscriber.

    One that `moves` is moved with its next period. One that `waits` is to be moved already.
    """

    UP_TO_DATE = "up_to_date"
    MOVES = "moves"
    WAITS = "waits"
    SKIPPED = "skipped"


@frozen(kw_only=True)
class Move:
    """A subscriber of a plan, what they have, what they would have, and what is done about it."""

    subscription: Subscription
    from_version: int | None
    after: Terms | None
    standing: Standing
    problem: str = ""


def judged(
    subscription: Subscription,
    after: Terms | None,
    open_change: Change | None,
    from_version: int | None,
) -> Move:
    """Say what becomes of a live subscription when its plan's subscribers are moved.

    `after` is the plan today with the provider's price; None where it lacks the interval or price.
    """
    move = Move(
        subscription=subscription,
        from_version=from_version,
        after=after,
        standing=Standing.MOVES,
    )
    before = terms_of(subscription)
    if after is not None and _agreed(after) == _agreed(before):
        return evolve(move, standing=Standing.UP_TO_DATE)
    if open_change is not None and open_change.by_seller:
        return evolve(move, standing=Standing.WAITS)
    problem = _against(subscription, before, after, open_change)
    if problem is None and after is not None:
        problem = _against_price(subscription, before, after)
    if problem is not None:
        return evolve(move, standing=Standing.SKIPPED, problem=problem)
    return move


def change_of(move: Move, change_id: ChangeId, order_id: OrderId, now: datetime) -> Change:
    """Return the change that moves a subscriber with the next period; nothing is due by itself.

    Where the provider's price stays the same there is nothing to tell it.
    """
    subscription, after = move.subscription, move.after
    assert after is not None
    assert move.standing is Standing.MOVES
    effective_at = subscription.period.end_at
    has_provider = not subscription.renews_itself
    is_told = has_provider and after.reference != subscription.reference
    is_placed = has_provider and not is_told
    return Change(
        id=change_id,
        subscription_id=subscription.id,
        account_id=subscription.account_id,
        before=terms_of(subscription),
        after=after,
        status=ChangeStatus.PLACED if is_placed else ChangeStatus.SCHEDULED,
        begins_period=False,
        at=now,
        effective_at=effective_at,
        month_ends_at=effective_at,
        due_minor=0,
        credits=0,
        order_id=order_id,
        asked_at=now,
        ask_at=max(now, effective_at - LEAD) if is_told else None,
        by_seller=True,
    )


def _against(
    subscription: Subscription, before: Terms, after: Terms | None, open_change: Change | None
) -> str | None:
    if after is None:
        return "the plan has no such interval any more, or no price of the provider's for it"
    if open_change is not None:
        return "its customer has asked for another change, which comes first"
    if (after.currency, after.group) != (before.currency, before.group):
        return "the plan's currency or group has changed"
    if subscription.status is SubscriptionStatus.INCOMPLETE:
        return "its first payment is still open"
    return "it ends with its period" if subscription.cancel_at_period_end else None


def _against_price(subscription: Subscription, before: Terms, after: Terms) -> str | None:
    if subscription.renews_itself:
        is_billed = after.price_minor > 0
        return (
            "nothing is collected for it, and the plan costs something now" if is_billed else None
        )
    if after.price_minor == 0:
        return "the plan costs nothing any more: let it end at the provider"
    if after.reference == subscription.reference and after.price_minor != before.price_minor:
        return "the provider would go on billing the old price: enter the id of the new one"
    return None


def _agreed(terms: Terms) -> Terms:
    return evolve(terms, reference=None)
