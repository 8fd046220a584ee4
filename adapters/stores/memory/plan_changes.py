"""Changes of plan and versions of plans in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice, takewhile

from attrs import frozen

from adapters.stores.memory.paging import page_of, seq_after
from adapters.stores.memory.plan_change_tables import (
    CHANGE_BY_SUBSCRIPTION,
    CHANGE_OPEN,
    CHANGE_TO_ASK,
)
from adapters.stores.memory.table import Rows
from application.ports.paging import Page, PageRequest
from application.ports.plan_changes import PlanChanges, PlanVersions
from domain.subscriptions.change import Change
from domain.subscriptions.change_errors import ChangeUnderWay
from domain.subscriptions.ids import ChangeId, PlanId, SubscriptionId
from domain.subscriptions.plan_version import PlanVersion


@frozen
class MemoryPlanChanges(PlanChanges):
    """Changes by id, by subscription, and by when a provider is to be asked."""

    changes: Rows[Change]

    async def add(self, change: Change) -> None:
        if change.is_open and await self.open_of(change.subscription_id) is not None:
            raise ChangeUnderWay(subscription_id=change.subscription_id)
        self.changes.add(change)

    async def save(self, change: Change) -> None:
        self.changes.change(change)

    async def find(self, change_id: ChangeId) -> Change | None:
        return self.changes.find(change_id)

    async def take(self, change_id: ChangeId) -> Change | None:
        return self.changes.take(change_id)

    async def open_of(self, subscription_id: SubscriptionId) -> Change | None:
        return self.changes.find_by(CHANGE_OPEN, subscription_id)

    async def open_among(self, subscription_ids: Sequence[SubscriptionId]) -> Sequence[Change]:
        found = [await self.open_of(each) for each in subscription_ids]
        return [change for change in found if change is not None]

    async def of_subscription(
        self, subscription_id: SubscriptionId, limit: int
    ) -> Sequence[Change]:
        newest = self.changes.descending(CHANGE_BY_SUBSCRIPTION, prefix=(subscription_id,))
        return list(islice(newest, limit))

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[ChangeId]:
        due = takewhile(
            lambda change: change.ask_at is not None and change.ask_at <= now,
            self.changes.ascending(CHANGE_TO_ASK),
        )
        return [change.id for change in islice(due, limit)]


@frozen
class MemoryPlanVersions(PlanVersions):
    """Versions by plan and number."""

    versions: Rows[PlanVersion]

    async def add(self, version: PlanVersion) -> None:
        self.versions.add(version)

    async def latest(self, plan_id: PlanId) -> PlanVersion | None:
        return next(self.versions.descending(prefix=(plan_id,)), None)

    async def newest_numbers(self, plan_ids: Sequence[PlanId]) -> Mapping[PlanId, int]:
        found = [await self.latest(plan_id) for plan_id in plan_ids]
        return {version.plan.id: version.number for version in found if version is not None}

    async def page(self, plan_id: PlanId, request: PageRequest) -> Page[PlanVersion]:
        before = None if request.after is None else (plan_id, seq_after(request.after))
        newest = self.versions.descending(prefix=(plan_id,), before=before)
        return page_of(newest, request.limit, lambda version: str(version.number))
