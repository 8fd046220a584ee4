"""Subscriptions in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import ColumnElement, func, or_, select

from adapters.stores.sql import rows
from adapters.stores.sql.json_columns import json_text, json_value
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import id_after, page_of
from adapters.stores.sql.tables.subscriptions import subscriptions
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.subscriptions import Holders, SubscriptionFilter, Subscriptions
from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.period import Interval, Period
from domain.subscriptions.comp import COMP
from domain.subscriptions.course import Course
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.plan_rules import PlanRules
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

_TERMS = [
    subscriptions.c[name]
    for name in (
        "plan_name",
        "plan_group",
        "interval",
        "price_minor",
        "currency",
        "credits_per_month",
        "rules",
    )
]


@frozen
class SqlSubscriptions(Subscriptions):
    """Subscriptions by id, by account, by provider, and by what time will bring them."""

    transaction: OpenTransaction

    async def add(self, subscription: Subscription) -> None:
        if await rows.add_new(self.transaction, subscriptions, _values(subscription)):
            return
        live = await self.live_in_group(subscription.account_id, subscription.group)
        if live is None or not subscription.is_live:
            raise WriteRefused(f"subscriptions: {subscription.id} is there already")
        raise live.in_the_way

    async def save(self, subscription: Subscription) -> None:
        await rows.change(self.transaction, subscriptions, _values(subscription))

    async def find(self, subscription_id: SubscriptionId) -> Subscription:
        return _found(await rows.find(self.transaction, subscriptions, subscription_id))

    async def take(self, subscription_id: SubscriptionId) -> Subscription:
        return _found(await rows.take(self.transaction, subscriptions, subscription_id))

    async def find_at_provider(self, channel: Channel, reference: str) -> Subscription | None:
        column = subscriptions.c
        return await self._newest(
            column.channel == channel, column.provider_subscription_id == reference
        )

    async def current(self, account_id: AccountId) -> Subscription | None:
        column = subscriptions.c
        return await self._newest(column.account_id == account_id, column.is_live)

    async def current_of(
        self, account_ids: Sequence[AccountId]
    ) -> Mapping[AccountId, Subscription]:
        column = subscriptions.c
        query = select(subscriptions).where(
            column.account_id.in_(list(account_ids)), column.is_live
        )
        oldest = await self.transaction.run(query.order_by(column.id))
        return {each.account_id: each for each in map(_subscription, oldest)}

    async def of_account(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        query = select(subscriptions).where(subscriptions.c.account_id == account_id)
        newest = query.order_by(subscriptions.c.id.desc()).limit(limit)
        return [_subscription(row) for row in await self.transaction.run(newest)]

    async def live_of(self, account_id: AccountId, limit: int) -> Sequence[Subscription]:
        column = subscriptions.c
        query = select(subscriptions).where(column.account_id == account_id, column.is_live)
        newest = query.order_by(column.id.desc()).limit(limit)
        return [_subscription(row) for row in await self.transaction.run(newest)]

    async def search(self, where: SubscriptionFilter, request: PageRequest) -> Page[Subscription]:
        column = subscriptions.c
        query = select(subscriptions).order_by(column.id.desc()).limit(request.limit + 1)
        if where.account_id is not None:
            query = query.where(column.account_id == where.account_id)
        if where.plan_id is not None:
            query = query.where(column.plan_id == where.plan_id)
        if where.status is not None:
            query = query.where(column.status == where.status.value)
        if request.after is not None:
            query = query.where(column.id < id_after(request.after))
        found = [_subscription(row) for row in await self.transaction.run(query)]
        return page_of(found, request.limit, lambda sold: sold.id)

    async def holders(self, plan_id: PlanId, limit: int) -> Sequence[Holders]:
        column = subscriptions.c
        # An id of each group is enough to read one of them whole afterwards.
        query = (
            select(func.max(column.id).label("id"), func.count().label("subscriptions"))
            .where(column.plan_id == plan_id, column.is_live)
            .group_by(*_TERMS, column.channel == COMP)
        )
        most = query.order_by(func.count().desc(), func.max(column.id)).limit(limit)
        counts = {row.id: row.subscriptions for row in await self.transaction.run(most)}
        ones = select(subscriptions).where(column.id.in_(list(counts)))
        found = {row.id: _subscription(row) for row in await self.transaction.run(ones)}
        return [
            Holders(one_of_them=found[name], subscriptions=count) for name, count in counts.items()
        ]

    async def live_in_group(self, account_id: AccountId, group: str) -> Subscription | None:
        column = subscriptions.c
        return await self._newest(
            column.account_id == account_id, column.plan_group == group, column.is_live
        )

    async def credits_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        column = subscriptions.c
        query = select(column.id).where(
            column.credits_due_at <= now,
            or_(column.credits_until_at.is_(None), column.credits_until_at > now),
        )
        longest = query.order_by(column.credits_due_at, column.id).limit(limit)
        return [SubscriptionId(row.id) for row in await self.transaction.run(longest)]

    async def live_at_provider(
        self,
        channel: Channel,
        after: SubscriptionId | None,
        limit: int,
        unheard_since: datetime | None = None,
    ) -> Sequence[Subscription]:
        column = subscriptions.c
        query = select(subscriptions).where(
            column.is_live,
            column.channel == channel,
            column.provider_subscription_id.is_not(None),
        )
        if after is not None:
            query = query.where(column.id > after)
        if unheard_since is not None:
            query = query.where(
                or_(column.reported_at.is_(None), column.reported_at < unheard_since)
            )
        found = await self.transaction.run(query.order_by(column.id).limit(limit))
        return [_subscription(row) for row in found]

    async def live_among(
        self, channel: Channel, references: Sequence[str]
    ) -> Sequence[Subscription]:
        column = subscriptions.c
        query = select(subscriptions).where(
            column.channel == channel,
            column.provider_subscription_id.in_(list(references)),
            column.is_live,
        )
        return [_subscription(row) for row in await self.transaction.run(query)]

    async def time_due(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        column = subscriptions.c
        query = select(column.id).where(column.due_at <= now)
        longest = query.order_by(column.due_at, column.id).limit(limit)
        return [SubscriptionId(row.id) for row in await self.transaction.run(longest)]

    async def period_over(self, now: datetime, limit: int) -> Sequence[SubscriptionId]:
        column = subscriptions.c
        query = select(column.id).where(
            column.is_live,
            column.provider_subscription_id.is_(None),
            column.period_end_at <= now,
        )
        longest = query.order_by(column.period_end_at, column.id).limit(limit)
        return [SubscriptionId(row.id) for row in await self.transaction.run(longest)]

    async def _newest(self, *conditions: ColumnElement[bool]) -> Subscription | None:
        query = select(subscriptions).where(*conditions)
        newest = query.order_by(subscriptions.c.id.desc()).limit(1)
        row = rows.first(await self.transaction.run(newest))
        return None if row is None else _subscription(row)


def _found(row: AnyRow | None) -> Subscription:
    if row is None:
        raise SubscriptionNotFound
    return _subscription(row)


def _values(subscription: Subscription) -> Values:
    return {
        "id": subscription.id,
        "account_id": subscription.account_id,
        "plan_id": subscription.plan_id,
        "plan_name": subscription.plan_name,
        "plan_group": subscription.group,
        "interval": subscription.interval.value,
        "price_minor": subscription.price_minor,
        "currency": subscription.currency,
        "credits_per_month": subscription.credits_per_month,
        "status": subscription.status.value,
        "is_live": subscription.is_live,
        "period_start_at": subscription.period.start_at,
        "period_end_at": subscription.period.end_at,
        "anchor_at": subscription.anchor_at,
        "credits_from_at": subscription.credits_from_at,
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "channel": subscription.channel,
        "provider_subscription_id": subscription.provider_subscription_id,
        "reference": subscription.reference,
        "order_id": subscription.order_id,
        "started_at": subscription.started_at,
        "paying_from_at": subscription.paying_from_at,
        "ended_at": subscription.ended_at,
        "reported_at": subscription.reported_at,
        "collected_at": subscription.collected_at,
        "rules": json_text(subscription.rules),
        "course": json_text(subscription.course),
        "due_at": subscription.due_at,
        "credits_due_at": subscription.credits_due_at,
        "credits_until_at": subscription.credits_until_at,
    }


def _subscription(row: AnyRow) -> Subscription:
    return Subscription(
        id=SubscriptionId(row.id),
        account_id=AccountId(row.account_id),
        plan_id=PlanId(row.plan_id),
        plan_name=row.plan_name,
        group=row.plan_group,
        interval=Interval(row.interval),
        price_minor=row.price_minor,
        currency=row.currency,
        credits_per_month=row.credits_per_month,
        status=SubscriptionStatus(row.status),
        period=Period(row.period_start_at, row.period_end_at),
        anchor_at=row.anchor_at,
        credits_from_at=row.credits_from_at,
        cancel_at_period_end=row.cancel_at_period_end,
        channel=Channel(row.channel),
        provider_subscription_id=row.provider_subscription_id,
        reference=row.reference,
        order_id=OrderId(row.order_id),
        started_at=row.started_at,
        paying_from_at=row.paying_from_at,
        ended_at=row.ended_at,
        reported_at=row.reported_at,
        collected_at=row.collected_at,
        rules=json_value(row.rules, PlanRules),
        course=json_value(row.course, Course),
    )
