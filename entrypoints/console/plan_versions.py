"""Versions of a plan, how many subscribers hold each, and moving them to the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aiohttp import web
from attrs import frozen

from application.ports.paging import LIMIT_MAX, PageRequest
from application.subscriptions.count_holders import CountHolders, CountingHolders
from application.subscriptions.migrate_plan import MigratePlan, MigratingPlan, PlanMigrated
from application.subscriptions.read_catalogue import ReadingPlan, ReadPlan
from domain.access.role import Right
from domain.errors import BillingError
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.errors import PlanNotFound
from domain.subscriptions.ids import PlanId
from domain.subscriptions.migration import Standing
from domain.subscriptions.plan_version import PlanVersion
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_plan_versions import MigrationBody

_LOOK = "a look before anybody is moved"


@frozen(kw_only=True)
class PlanVersionPages:
    """What a plan was from edit to edit, who is on what, and the move to what it is today."""

    read_plan: ReadingPlan
    count_holders: CountingHolders
    migrate_plan: MigratingPlan

    def pages(self) -> Sequence[Page]:
        """Return the versions of a plan, and the migration with its dry run."""
        migrate = "/plan/migrate"
        return (
            Page(method="GET", path="/plan/versions", handler=self.get_versions, right=Right.READ),
            Page(method="GET", path=migrate, handler=self.get_migration, right=Right.CREDIT),
            Page(method="POST", path=migrate, handler=self.post_migration, right=Right.CREDIT),
        )

    async def get_versions(self, visit: Visit) -> web.Response:
        """Show every version with how many subscribers hold it."""
        found = await self.count_holders(CountHolders(plan_id=_plan_id(visit)))
        return visit.shown(
            "plan-versions.html",
            found=found,
            plan=found.plan,
            rows=_edits(found.versions),
            may_migrate=visit.may(Right.CREDIT),
        )

    async def get_migration(self, visit: Visit) -> web.Response:
        """Show whom a page of the migration would move, and to what: nothing changes."""
        plan = await self.read_plan(ReadPlan(plan_id=_plan_id(visit)))
        return await self._looked(visit, plan, page_of(visit).after, Filled(values={}))

    async def post_migration(self, visit: Visit) -> web.Response:
        """Move the subscribers of the page that was looked at."""
        given = await visit.given()
        plan = await self.read_plan(ReadPlan(plan_id=_plan_id(visit)))
        after, reading = page_of(visit).after, Reading(given)
        try:
            body = reading.body(MigrationBody, {"dry_run": False, "reason": reading.text("reason")})
            moved = await self._migrated(visit, plan, after, body.reason, is_dry_run=False)
        except BillingError as refusal:
            form = refused(given, refusal, fields=("reason",))
            return await self._looked(visit, plan, after, form, 400)
        if moved.next is not None:
            named = {"id": plan.id, "after": moved.next}
            return visit.go("/plan/migrate", notice="page-moved", **named)
        return visit.go("/plan/versions", notice="plan-migrated", id=plan.id)

    async def _looked(
        self, visit: Visit, plan: Plan, after: str | None, form: Filled, status: int = 200
    ) -> web.Response:
        found = await self._migrated(visit, plan, after, _LOOK, is_dry_run=True)
        counts = Counter(move.standing for move in found.moves)
        return visit.shown(
            "plan-migrate.html",
            status=status,
            plan=plan,
            found=found,
            after=after or "",
            counts=counts,
            standings=Standing,
            shown=[each for each in found.moves if each.standing is not Standing.UP_TO_DATE],
            form=form,
        )

    async def _migrated(
        self, visit: Visit, plan: Plan, after: str | None, reason: str, *, is_dry_run: bool
    ) -> PlanMigrated:
        return await self.migrate_plan(
            MigratePlan(
                plan_id=plan.id,
                is_dry_run=is_dry_run,
                page=PageRequest(limit=LIMIT_MAX, after=after),
                reason=reason,
                actor=visit.actor,
            )
        )


def _plan_id(visit: Visit) -> PlanId:
    return PlanId(id_of(visit, lambda given: PlanNotFound(plan_id=PlanId(given))))


def _edits(newest_first: Sequence[PlanVersion]) -> Sequence[tuple[PlanVersion, str]]:
    """Return each version with what its edit changed."""
    befores = (*newest_first[1:], None) if newest_first else ()
    return [
        (version, _changes(version, before))
        for version, before in zip(newest_first, befores, strict=True)
    ]


def _changes(version: PlanVersion, before: PlanVersion | None) -> str:
    """Say in words which parts of a plan an edit has changed."""
    if before is None:
        return "as it began" if version.number == 1 else ""
    parts = (
        ("name", version.plan.name, before.plan.name),
        ("monthly price", version.plan.price_monthly_minor, before.plan.price_monthly_minor),
        ("yearly price", version.plan.price_yearly_minor, before.plan.price_yearly_minor),
        ("currency", version.plan.currency, before.plan.currency),
        ("credits", version.plan.credits_included, before.plan.credits_included),
        ("group", version.plan.group, before.plan.group),
        ("terms", version.plan.rules, before.plan.rules),
        ("description", version.plan.description, before.plan.description),
        ("features", version.plan.features, before.plan.features),
        ("ids at the providers", version.plan.items, before.plan.items),
        ("on sale", version.plan.is_on_sale, before.plan.is_on_sale),
    )
    return ", ".join(name for name, now, then in parts if now != then)
