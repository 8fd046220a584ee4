"""Trials: who may be promised one at a checkout, and what it is once it has begun.

Plain steps, handed an open unit of work; they never commit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.order import ORDER_LIFE, Order
from domain.period import Period
from domain.promotions.errors import CouponReason, CouponRefused
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.course import NO_COURSE, Course
from domain.subscriptions.plan_rules import Trial
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.trial import TrialClaim, holder_of_account, holder_of_email


@frozen(kw_only=True)
class TrialOffer:
    """A trial that a purchase may begin with, and what would be claimed by it."""

    days: int
    claims: tuple[TrialClaim, ...]


async def offered_trial(
    work: UnitOfWork,
    plan: Plan,
    account_id: AccountId,
    key: str,
    now: datetime,
    code_days: int = 0,
) -> TrialOffer | None:
    """Return the trial of a plan for an account, or None: it has none, or the account had one.

    One for an account and plan group, for ever; and one for an e-mail address, whatever its alias,
    if the account has one and there is a key to hash it with. Of the plan's trial and the
    `code_days` that a code gives the longer counts. Nothing is promised by it yet.
    """
    trial = plan.rules.with_trial(code_days).trial
    if trial is None:
        return None
    holders = [holder_of_account(account_id)]
    account = await work.accounts.find(account_id)
    if account is not None and account.email and key:
        holders.append(holder_of_email(account.email, key))
    claims = tuple(
        TrialClaim(
            group=plan.group,
            holder=holder,
            account_id=account_id,
            promised_until=now + ORDER_LIFE,
        )
        for holder in holders
    )
    for claim in claims:
        if not await work.trials.is_open(claim, now):
            return None
    return TrialOffer(days=trial.days, claims=claims)


async def trial_by_code(
    work: UnitOfWork,
    plan: Plan | None,
    account_id: AccountId,
    key: str,
    now: datetime,
    code_days: int,
) -> int:
    """Return how long the trial would be that a code gives, in days; 0 if it gives none.

    Raises CouponRefused where the account has had one: no code gives a second.
    """
    if plan is None or code_days == 0:
        return 0
    offer = await offered_trial(work, plan, account_id, key, now, code_days)
    if offer is None:
        raise CouponRefused(reason=CouponReason.TRIAL_HAD)
    return offer.days


async def with_trial(
    work: UnitOfWork, order: Order, offer: TrialOffer | None, now: datetime
) -> Order:
    """Promise the trial to an order, unless somebody else was promised it a moment ago."""
    if offer is None:
        return order
    for claim in offer.claims:
        if not await work.trials.promise(claim, now):
            return order
    return beginning_with(order, offer.days)


def beginning_with(order: Order, days: int) -> Order:
    """Return an order that begins a trial of so many days: nothing of its price is due."""
    price = order.line.price_minor
    return evolve(order, trial_days=days, discount_minor=price, total_minor=0)


async def begun_trial(
    work: UnitOfWork, subscription: Subscription, code_days: int = 0
) -> Subscription:
    """Let a subscription that begins be on trial, for ever the one of its account and group.

    A trial that a code gave for so many days brings what the plan's own would, and where the plan
    has none as much as a month. One of the provider's own, to an account that has had one, or on a
    plan that has none, brings no credits.
    """
    claim = TrialClaim(
        group=subscription.group,
        holder=holder_of_account(subscription.account_id),
        account_id=subscription.account_id,
        promised_until=None,
    )
    had_one = not await work.trials.is_open(claim, subscription.started_at)
    await work.trials.begin(claim)
    course = _course(subscription, subscription.rules.with_trial(code_days).trial)
    if had_one:
        course = evolve(course, trial_credits=0)
    return evolve(subscription, status=SubscriptionStatus.TRIALING, course=course)


def trial_period(now: datetime, days: int) -> Period:
    """Return a trial that begins now."""
    return Period(now, now + timedelta(days=days))


def _course(subscription: Subscription, trial: Trial | None) -> Course:
    period = subscription.period
    if trial is None:
        return evolve(NO_COURSE, trial_ends_at=period.end_at)
    brought = subscription.credits_per_month if trial.credits is None else trial.credits
    return Course(
        trial_ends_at=period.end_at,
        trial_credits=brought,
        notice_at=trial.notice_at(period),
    )
