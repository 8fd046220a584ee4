"""What a plan was sold as, edit by edit."""

from __future__ import annotations

from attrs import frozen

from application.ports.paging import Page, PageRequest
from application.ports.unit_of_work import BeginRead
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_version import PlanVersion


@frozen(kw_only=True)
class ListPlanVersions:
    """Ask for a page of a plan's versions."""

    plan_id: PlanId
    page: PageRequest


@frozen(kw_only=True)
class ListingPlanVersions:
    """Read versions, newest first. Refusals: PlanNotFound."""

    read: BeginRead

    async def __call__(self, command: ListPlanVersions) -> Page[PlanVersion]:
        async with self.read() as work:
            await work.plans.get(command.plan_id)
            return await work.plan_versions.page(command.plan_id, command.page)
