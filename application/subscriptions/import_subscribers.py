"""Bring subscribers in from elsewhere: their provider goes on billing them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from application.access.steps.auditing import entry
from application.credits.steps.importing import ImportedRow, RowOutcome, Said, key_of, refused
from application.events.steps.raised_events import raise_started
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from application.subscriptions.steps.subscription_history import target_of
from domain.access.account import Account
from domain.access.audit import Actor
from domain.credits.ids import AccountId
from domain.errors import BillingError, InvalidField
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine, OrderStatus, OrderType
from domain.period import Interval, Period, add_months, month_of
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


@frozen(kw_only=True)
class OpeningSubscription:
    """One row: a subscription that runs already, in a period that was paid for elsewhere."""

    line: int
    account_id: AccountId
    key: str
    plan_id: PlanId
    interval: Interval
    period: Period
    channel: Channel
    provider_subscription_id: str | None = None
    customer_id: str | None = None
    email: str | None = None
    cancel_at_period_end: bool = False


@frozen(kw_only=True)
class ImportSubscribers:
    """Bring rows in, or only say what would become of each."""

    rows: Sequence[OpeningSubscription]
    is_to_be_applied: bool
    actor: Actor


@frozen(kw_only=True)
class _BroughtIn:
    """What is remembered of a row that was brought in, for ever: what was said of it."""

    said: str


@frozen(kw_only=True)
class ImportingSubscribers:
    """Do every row in a unit of work of its own; one that only asks is never committed.

    No credits come with it: those of the month under way are part of the opening balance, and
    months that begin later are granted as ever. The period's order has its price as a discount,
    so that no revenue is counted which was earned elsewhere.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ImportSubscribers) -> Sequence[ImportedRow]:
        return [await self._row(command, row) for row in command.rows]

    async def _row(self, command: ImportSubscribers, row: OpeningSubscription) -> ImportedRow:
        try:
            async with self.begin() as work:
                done = await self._brought_in(work, row, command.actor)
                if done.outcome is RowOutcome.DONE and command.is_to_be_applied:
                    await work.commit()
        except BillingError as refusal:
            return refused(row.line, row.account_id, refusal)
        return done

    async def _brought_in(
        self, work: UnitOfWork, row: OpeningSubscription, actor: Actor
    ) -> ImportedRow:
        key = key_of("subscriber", row.account_id, row.key, _said(row))
        first = await work.answers.claim(key, _BroughtIn)
        if first is not None:
            there = RowOutcome.ALREADY_THERE
            return ImportedRow(
                line=row.line, account_id=row.account_id, outcome=there, said=first.said
            )
        # Whoever begins a subscription holds the account's wallet: so two do not at once.
        await work.wallets.take(row.account_id)
        now, plan = self.clock(), await work.plans.get(row.plan_id)
        await _check(work, row, plan, now)
        order, sold = self._records(row, plan, now)
        await work.orders.add(order)
        await work.subscriptions.add(sold)
        if row.customer_id is not None:
            await work.customers.link(row.account_id, row.channel, row.customer_id)
        if row.email is not None:
            profile = await work.accounts.take(Account(id=row.account_id, created_at=now))
            await work.accounts.save(profile.with_email(row.email))
        await raise_started(work, self.new_id, now, sold)
        await work.audit_log.add(
            entry(
                self.new_id,
                now,
                actor,
                "subscription.import",
                target_of(sold.id),
                after=f"{plan.name}, {row.interval.value}, until {row.period.end_at:%Y-%m-%d}",
                reason=f"import {row.key}",
            )
        )
        done = ImportedRow(
            line=row.line,
            account_id=row.account_id,
            outcome=RowOutcome.DONE,
            said=f"{plan.name}, {row.interval.value}, months from {sold.credits_from_at:%Y-%m-%d}",
        )
        await work.answers.keep(key, _BroughtIn(said=done.said), is_kept_for_ever=True)
        return done

    def _records(
        self, row: OpeningSubscription, plan: Plan, now: datetime
    ) -> tuple[Order, Subscription]:
        price_minor = plan.price_minor(row.interval)
        sold = Subscription(
            id=SubscriptionId(self.new_id()),
            account_id=row.account_id,
            plan_id=plan.id,
            plan_name=plan.name,
            group=plan.group,
            interval=row.interval,
            price_minor=price_minor,
            currency=plan.currency,
            credits_per_month=plan.credits_included,
            status=SubscriptionStatus.ACTIVE,
            period=row.period,
            anchor_at=row.period.start_at,
            credits_from_at=_next_month(row.period.start_at, now),
            cancel_at_period_end=row.cancel_at_period_end,
            channel=row.channel,
            provider_subscription_id=row.provider_subscription_id,
            reference=plan.reference(row.channel, row.interval),
            order_id=OrderId(self.new_id()),
            started_at=row.period.start_at,
            # The provider collected for the running period, though the revenue is not ours.
            paying_from_at=row.period.start_at if price_minor > 0 else None,
        )
        order = Order(
            id=sold.order_id,
            account_id=row.account_id,
            line=OrderLine(
                type=OrderType.SUBSCRIPTION,
                item_id=plan.id,
                name=plan.name,
                interval=row.interval,
                price_minor=price_minor,
                currency=plan.currency,
                credits=plan.credits_included,
            ),
            status=OrderStatus.PAID,
            channel=row.channel,
            discount_minor=price_minor,
            total_minor=0,
            created_at=now,
            paid_at=now,
            subscription_id=sold.id,
            period=row.period,
        )
        return order, sold


def _said(row: OpeningSubscription) -> Said:
    """Return what makes a row another one; where it stands in its file does not."""
    return {
        "plan_id": row.plan_id,
        "interval": row.interval.value,
        "period_start": row.period.start_at,
        "period_end": row.period.end_at,
        "channel": row.channel,
        "provider_subscription_id": row.provider_subscription_id,
        "customer_id": row.customer_id,
        "email": row.email,
        "cancel_at_period_end": int(row.cancel_at_period_end),
    }


async def _check(work: UnitOfWork, row: OpeningSubscription, plan: Plan, now: datetime) -> None:
    """Raise what keeps the row from being brought in."""
    if not row.period.start_at <= now < row.period.end_at:
        raise InvalidField(path="period_end", problem="must lie ahead, and the start behind")
    if plan.price_minor(row.interval) > 0 and row.provider_subscription_id is None:
        problem = "is needed: somebody has to bill a plan that costs something"
        raise InvalidField(path="provider_subscription_id", problem=problem)
    live = await work.subscriptions.live_in_group(row.account_id, plan.group)
    if live is None and row.provider_subscription_id is not None:
        live = await work.subscriptions.find_at_provider(row.channel, row.provider_subscription_id)
    if live is not None:
        raise live.in_the_way


def _next_month(anchor: datetime, now: datetime) -> datetime:
    """Return the start of the first month, counted from the anchor, that has not begun yet."""
    return add_months(anchor, month_of(anchor, now) + 1)
