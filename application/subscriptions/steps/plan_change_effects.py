"""What a change of plan causes once it has come into force: new terms, and credits that move.

Plain steps, handed an open unit of work; they never commit. The provider's answer, its webhooks,
comparing with it, and the worker all come here, so that a change happens once, whoever tells of it.
"""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_change
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.subscriptions.steps.subscription_history import target_of
from application.wallets.granting import Granting, begin_granting
from domain.access.audit import Actor
from domain.credits.grant import CATEGORY_OF, Cost, GrantSource, GrantTerms
from domain.credits.taking_back import month_lots, take_back
from domain.payments.errors import OrderNotFound
from domain.payments.ids import OrderId
from domain.payments.provider_event import ChangePaid
from domain.period import Period
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import on_terms

Effects = tuple[str, ...]
Moved = tuple[Subscription, Effects]
"""The subscription as it is then, and what was done."""

_AT_ONCE = 100


async def granting_for_change(
    work: UnitOfWork, subscription: Subscription, now: datetime, new_id: NewId
) -> Granting | None:
    """Take the wallet, before the subscription, where a change is open that may move credits.

    A change is written down before any provider hears of it, so that whoever tells that it has
    been made finds it here.
    """
    if await work.plan_changes.open_of(subscription.id) is None:
        return None
    return await begin_granting(work, subscription.account_id, now, new_id)


async def take_up_billing(
    granting: Granting, subscription: Subscription, change: Change, by: Actor
) -> Moved:
    """Take up that the provider bills the new price, for a change and subscription taken here.

    In the middle of a period that is the change itself. Where a period is to begin with it, or the
    present one is to end first, it comes into force with the payment of that period.
    """
    if change.status is ChangeStatus.REQUESTED and not change.begins_period:
        return await apply_now(granting, subscription, change, by)
    if change.can_become(ChangeStatus.PLACED):
        placed = change.become(ChangeStatus.PLACED, granting.now)
        await granting.work.plan_changes.save(placed)
    return subscription, ()


async def apply_now(
    granting: Granting, subscription: Subscription, change: Change, by: Actor
) -> Moved:
    """Put a change into force within the running period: its share of credits comes or goes."""
    effects = await _settled(granting, change, by)
    if change.month_ends_at <= granting.now:
        # Told so late that its month is over: what came with it, or was left to go, has lapsed.
        return on_terms(subscription, change.after), effects
    if change.credits < 0:
        effects += await _take_back(granting, subscription, change)
    elif change.credits > 0:
        effects += await _grant(granting, subscription, change)
    return on_terms(subscription, change.after), effects


async def begun_by(work: UnitOfWork, subscription: Subscription, period: Period) -> Change | None:
    """Return the open change that comes into force with a paid period, taken, or None."""
    found = await work.plan_changes.open_of(subscription.id)
    if found is None or not found.begins_with(period, subscription):
        return None
    return await work.plan_changes.take(found.id)


async def apply_with_period(
    granting: Granting, subscription: Subscription, change: Change, by: Actor
) -> Effects:
    """Put a change into force with the paid period that begins; the caller renews and grants.

    Where the period was begun by the change, what is left of the old month goes first: the new one
    brings its whole month, and fills the hole where something had been spent. Once the old month is
    over, its rest has lapsed by itself: it is not taken from a later one.
    """
    effects = await _settled(granting, change, by)
    if change.taken_back > 0 and change.month_ends_at > granting.now:
        effects += await _take_back(granting, subscription, change)
    return effects


async def apply_at_end(granting: Granting, subscription: Subscription, by: Actor) -> Moved:
    """Put a scheduled change into force as the period ends of what no provider stands behind."""
    found = await granting.work.plan_changes.open_of(subscription.id)
    if found is None or found.effective_at > subscription.period.end_at:
        return subscription, ()
    change = await granting.work.plan_changes.take(found.id)
    if change is None or change.status is not ChangeStatus.SCHEDULED:
        return subscription, ()
    effects = await _settled(granting, change, by)
    return on_terms(subscription, change.after), effects


async def withdraw(
    work: UnitOfWork, change: Change, now: datetime, new_id: NewId, by: Actor, reason: str
) -> Change:
    """Let an open change, taken in this unit of work, never come into force."""
    over = change.become(ChangeStatus.WITHDRAWN, now)
    await work.plan_changes.save(over)
    await note_change(work, new_id, now, by, over, "subscription.keep_plan", reason)
    subscription = await work.subscriptions.find(over.subscription_id)
    await raise_change(work, new_id, now, subscription, over)
    return over


async def order_of_change(
    work: UnitOfWork, subscription: Subscription, paid: ChangePaid
) -> OrderId | None:
    """Return the id that the order of the change which was paid for was promised.

    The lot that the change brought names it, so that a refund of the payment reaches that lot, in
    whatever order several changes and their payments are told. None for a change that was made
    elsewhere, and where that order is there already.
    """
    changes = await work.plan_changes.of_subscription(subscription.id, _AT_ONCE)
    meant = [change for change in changes if change.is_paid_by(paid)]
    # Two may have been reckoned to one second: then the amount tells which of them it is.
    meant.sort(key=lambda change: change.due_minor != paid.payment.total_minor)
    for change in meant:
        try:
            await work.orders.find(change.order_id)
        except OrderNotFound:
            return change.order_id
    return None


async def note_change(
    work: UnitOfWork,
    new_id: NewId,
    now: datetime,
    by: Actor,
    change: Change,
    action: str,
    reason: str,
) -> None:
    """Keep in the audit log what was asked for, or became of it, and by whom."""
    await work.audit_log.add(
        entry(
            new_id,
            now,
            by,
            action,
            target_of(change.subscription_id),
            before=change.before.name,
            after=f"{change.after.name}: {change.status.value}",
            reason=reason,
        )
    )


async def causes_of_month(work: UnitOfWork, subscription: Subscription) -> frozenset[str]:
    """Return what the lots of the running month name: its payment, and those of changes in it."""
    changes = await work.plan_changes.of_subscription(subscription.id, _AT_ONCE)
    applied = (each for each in changes if each.status is ChangeStatus.APPLIED)
    return frozenset({f"order:{subscription.order_id}", *(each.cause for each in applied)})


async def _settled(granting: Granting, change: Change, by: Actor) -> Effects:
    applied = change.become(ChangeStatus.APPLIED, granting.now)
    await granting.work.plan_changes.save(applied)
    action, reason = "subscription.change_plan", "as it was asked for"
    work, now = granting.work, granting.now
    await note_change(work, granting.new_id, now, by, applied, action, reason)
    return (f"plan {change.before.name} became {change.after.name}",)


async def _grant(granting: Granting, subscription: Subscription, change: Change) -> Effects:
    """Bring the share of the month that is left; all of the month is carried over by one rule.

    That is the new plan's. Where that plan carries nothing over, what was brought before keeps the
    rule it was sold under.
    """
    # What cost nothing has no order of its own, and belongs to the period's.
    is_paid = change.collects
    rule, ends_at = change.after.rules.rollover, change.month_ends_at
    anchor_at = subscription.anchor_at
    terms = GrantTerms(
        amount=change.credits,
        source=GrantSource.SUBSCRIPTION,
        category=CATEGORY_OF[GrantSource.SUBSCRIPTION],
        expires_at=ends_at,
        cause=change.cause if is_paid else f"order:{subscription.order_id}",
        cost=Cost(amount_minor=max(0, change.due_minor), currency=change.after.currency),
        rollover=None if rule is None else rule.after(ends_at, anchor_at, subscription.id),
    )
    text = f"{change.after.plan_name}: credits for the rest of the month"
    if not await granting.once(f"change:{change.id}", terms, text):
        return ()
    if terms.rollover is not None:
        causes = await causes_of_month(granting.work, subscription)
        lots = month_lots(granting.posting.wallet.grants, causes, granting.now)
        together = [evolve(e, rollover=terms.rollover) for e in lots if e.expires_at == ends_at]
        granting.posting = granting.posting.with_grants(together)
    return (f"granted {change.credits} credits for the rest of the month",)


async def _take_back(granting: Granting, subscription: Subscription, change: Change) -> Effects:
    taken = take_back(
        granting.posting,
        change.taken_back,
        causes=await causes_of_month(granting.work, subscription),
        cause=f"change:{change.id}",
        description=f"{change.before.plan_name}: the rest of the month, as the plan changed",
        now=granting.now,
        new_id=granting.new_id,
    )
    granting.posting = taken.posting
    said = (f"took back {taken.taken} credits of the month",)
    return (*said, f"{taken.owed} credits are owed") if taken.owed else said
