"""Changes of plan and versions of plans in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from attrs import frozen
from sqlalchemy import func, select

from adapters.stores.sql import rows
from adapters.stores.sql.open_transaction import AnyRow, OpenTransaction, Values
from adapters.stores.sql.paging import page_of, seq_after
from adapters.stores.sql.tables.plan_changes import plan_changes, plan_versions
from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.plan_changes import PlanChanges, PlanVersions
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.change import Change, ChangeStatus
from domain.subscriptions.change_errors import ChangeUnderWay
from domain.subscriptions.ids import ChangeId, PlanId, SubscriptionId
from domain.subscriptions.plan_version import PlanVersion
from domain.subscriptions.reckoning import Reckoning
from domain.subscriptions.terms import Terms


@frozen
class SqlPlanChanges(PlanChanges):
    """Changes by id, by subscription, and by when a provider is to be asked."""

    transaction: OpenTransaction

    async def add(self, change: Change) -> None:
        if await rows.add_new(self.transaction, plan_changes, _values(change)):
            return
        if not change.is_open or await self.open_of(change.subscription_id) is None:
            raise WriteRefused(f"plan_changes: {change.id} is there already")
        raise ChangeUnderWay(subscription_id=change.subscription_id)

    async def save(self, change: Change) -> None:
        await rows.change(self.transaction, plan_changes, _values(change))

    async def find(self, change_id: ChangeId) -> Change | None:
        return _found(await rows.find(self.transaction, plan_changes, change_id))

    async def take(self, change_id: ChangeId) -> Change | None:
        return _found(await rows.take(self.transaction, plan_changes, change_id))

    async def open_of(self, subscription_id: SubscriptionId) -> Change | None:
        column = plan_changes.c
        query = select(plan_changes).where(
            column.subscription_id == subscription_id, column.is_open
        )
        return _found(rows.first(await self.transaction.run(query)))

    async def open_among(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[Change]:
        column = plan_changes.c
        query = select(plan_changes).where(
            column.subscription_id.in_(list(subscription_ids)), column.is_open
        )
        return [_change(row) for row in await self.transaction.run(query)]

    async def of_subscription(
        self, subscription_id: SubscriptionId, limit: int
    ) -> Sequence[Change]:
        column = plan_changes.c
        query = select(plan_changes).where(column.subscription_id == subscription_id)
        newest = query.order_by(column.id.desc()).limit(limit)
        return [_change(row) for row in await self.transaction.run(newest)]

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[ChangeId]:
        column = plan_changes.c
        query = select(column.id).where(column.is_open, column.ask_at <= now)
        longest = query.order_by(column.ask_at, column.id).limit(limit)
        return [ChangeId(row.id) for row in await self.transaction.run(longest)]


@frozen
class SqlPlanVersions(PlanVersions):
    """Versions by plan and number."""

    transaction: OpenTransaction

    async def add(self, version: PlanVersion) -> None:
        values = {
            "plan_id": version.plan.id,
            "number": version.number,
            "plan": msgspec.json.encode(version.plan).decode(),
            "published_at": version.published_at,
            "published_by": version.published_by,
        }
        await rows.add(self.transaction, plan_versions, values)

    async def latest(self, plan_id: PlanId) -> PlanVersion | None:
        found = await self.page(plan_id, PageRequest(limit=1))
        return found.items[0] if found.items else None

    async def newest_numbers(self, plan_ids: Sequence[PlanId]) -> Mapping[PlanId, int]:
        column = plan_versions.c
        query = select(column.plan_id, func.max(column.number).label("number"))
        of_these = query.where(column.plan_id.in_(list(plan_ids))).group_by(column.plan_id)
        return {
            PlanId(row.plan_id): int(row.number) for row in await self.transaction.run(of_these)
        }

    async def page(self, plan_id: PlanId, request: PageRequest) -> Page[PlanVersion]:
        column = plan_versions.c
        query = select(plan_versions).where(column.plan_id == plan_id)
        if request.after is not None:
            query = query.where(column.number < seq_after(request.after))
        newest = query.order_by(column.number.desc()).limit(request.limit + 1)
        found = [_version(row) for row in await self.transaction.run(newest)]
        return page_of(found, request.limit, lambda version: str(version.number))


def _version(row: AnyRow) -> PlanVersion:
    return PlanVersion(
        plan=msgspec.json.decode(row.plan, type=Plan),
        number=row.number,
        published_at=row.published_at,
        published_by=row.published_by,
    )


def _found(row: AnyRow | None) -> Change | None:
    return None if row is None else _change(row)


def _values(change: Change) -> Values:
    return {
        "id": change.id,
        "subscription_id": change.subscription_id,
        "account_id": change.account_id,
        "before": _text(change.before),
        "after": _text(change.after),
        "status": change.status.value,
        "is_open": change.is_open,
        "begins_period": change.begins_period,
        "at": change.at,
        "effective_at": change.effective_at,
        "month_ends_at": change.month_ends_at,
        "due_minor": change.due_minor,
        "credits": change.credits,
        "taken_back": change.taken_back,
        "reckoning": None if change.reckoning is None else _text(change.reckoning),
        "order_id": change.order_id,
        "asked_at": change.asked_at,
        "ask_at": change.ask_at,
        "settled_at": change.settled_at,
        "failure": change.failure,
        "by_seller": change.by_seller,
    }


def _change(row: AnyRow) -> Change:
    return Change(
        id=ChangeId(row.id),
        subscription_id=SubscriptionId(row.subscription_id),
        account_id=AccountId(row.account_id),
        before=_terms(row.before),
        after=_terms(row.after),
        status=ChangeStatus(row.status),
        begins_period=row.begins_period,
        at=row.at,
        effective_at=row.effective_at,
        month_ends_at=row.month_ends_at,
        due_minor=row.due_minor,
        credits=row.credits,
        taken_back=row.taken_back,
        reckoning=None if row.reckoning is None else _reckoning(row.reckoning),
        order_id=OrderId(row.order_id),
        asked_at=row.asked_at,
        ask_at=row.ask_at,
        settled_at=row.settled_at,
        failure=row.failure,
        by_seller=row.by_seller,
    )


def _text(said: Terms | Reckoning) -> str:
    return msgspec.json.encode(said).decode()


def _reckoning(text: str) -> Reckoning:
    return msgspec.json.decode(text, type=Reckoning)


def _terms(text: str) -> Terms:
    return msgspec.json.decode(text, type=Terms)
