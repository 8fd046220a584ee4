"""Versions of a plan for admins, and moving its subscribers to the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.ports.paging import LIMIT_MAX, PageRequest
from application.subscriptions.list_plan_versions import ListingPlanVersions, ListPlanVersions
from application.subscriptions.migrate_plan import MigratePlan, MigratingPlan, PlanMigrated
from domain.access.role import Right
from domain.subscriptions.errors import PlanNotFound
from domain.subscriptions.ids import PlanId
from domain.subscriptions.migration import Move, Standing
from domain.subscriptions.plan_version import PlanVersion
from domain.subscriptions.terms import terms_of
from entrypoints.http.admin_plans import AdminPlanView
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import After, CursorQuery, Limit
from entrypoints.http.plan_changes import TermsView
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import AccountIdText, AuditReason, Id, Instant
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

_TAG = "Admin: plans"

Number = Annotated[int, Meta(ge=1, description="Counts the edits of a plan, from 1.")]
Count = Annotated[int, Meta(ge=0, description="How many subscriptions of this page.")]


@frozen(kw_only=True, slots=False)
class PlanVersionView:
    """A plan as it was published, when and by whom; subscribers keep the version they bought."""

    version: Number
    plan: AdminPlanView
    published_at: Instant
    published_by: str

    @classmethod
    def of(cls, version: PlanVersion) -> PlanVersionView:
        """Return the version as admins see it."""
        return cls(
            version=version.number,
            plan=AdminPlanView.of(version.plan),
            published_at=version.published_at,
            published_by=version.published_by,
        )


@frozen(kw_only=True)
class MigrationBody:
    """Which page of the plan's subscriptions is looked at; a dry run changes nothing."""

    dry_run: bool
    reason: AuditReason
    limit: Limit = LIMIT_MAX
    after: After | None = None


@frozen(kw_only=True, slots=False)
class MoveView:
    """A subscriber who is not up to date: what they have, what they would have, and when.

    `from_version` is null where no version explains what they have. `problem` says why one is
    skipped.
    """

    subscription_id: Id
    account_id: AccountIdText
    from_version: Number | None
    current: TermsView
    new: TermsView | None
    effective_at: Instant
    standing: Standing
    problem: str

    @classmethod
    def of(cls, move: Move) -> MoveView:
        """Return the move as admins see it."""
        subscription = move.subscription
        return cls(
            subscription_id=subscription.id,
            account_id=subscription.account_id,
            from_version=move.from_version,
            current=TermsView.of(terms_of(subscription)),
            new=None if move.after is None else TermsView.of(move.after),
            effective_at=subscription.period.end_at,
            standing=move.standing,
            problem=move.problem,
        )


@frozen(kw_only=True, slots=False)
class MigrationView:
    """What was found on a page, and where the next one begins: null at the end.

    `moving` are moved with their next period, unless it was a dry run; `waiting` are to be moved
    already. `moves` holds everybody who is not up to date.
    """

    dry_run: bool
    version: Number | None
    up_to_date: Count
    moving: Count
    waiting: Count
    skipped: Count
    moves: tuple[MoveView, ...]
    next: str | None

    @classmethod
    def of(cls, migrated: PlanMigrated, *, is_dry_run: bool) -> MigrationView:
        """Return what was found."""
        counts = Counter(move.standing for move in migrated.moves)
        others = (each for each in migrated.moves if each.standing is not Standing.UP_TO_DATE)
        return cls(
            dry_run=is_dry_run,
            version=migrated.version,
            up_to_date=counts[Standing.UP_TO_DATE],
            moving=counts[Standing.MOVES],
            waiting=counts[Standing.WAITS],
            skipped=counts[Standing.SKIPPED],
            moves=tuple(MoveView.of(each) for each in others),
            next=migrated.next,
        )


@frozen(kw_only=True)
class AdminPlanVersionsApi:
    """The versions of plans, and who is on which, for admins."""

    list_plan_versions: ListingPlanVersions
    migrate_plan: MigratingPlan

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about versions of plans."""
        return (
            Endpoint(
                method="GET",
                path="/admin/billing/plans/{id}/versions",
                handler=self.get_versions,
                policy=Admin(Right.READ),
                tag=_TAG,
                summary="List a plan's versions, newest first",
                query=CursorQuery,
                response=PlanVersionView,
                shape=Shape.LIST,
                refusals=(PlanNotFound,),
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/plans/{id}/migrate",
                handler=self.post_migrate,
                policy=Admin(Right.CREDIT),
                tag=_TAG,
                summary="Move a plan's subscribers to what it is today",
                description="A page at a time, newest subscriptions first. Each is moved when its "
                "next period begins, and nothing is collected before. A page may be asked for "
                "again: who is to be moved already is left alone.",
                body=MigrationBody,
                response=MigrationView,
                refusals=(PlanNotFound,),
                example={"dry_run": True, "reason": "The new prices of spring", "limit": 100},
            ),
        )

    async def get_versions(self, request: web.Request) -> web.Response:
        """Answer a page of a plan's versions."""
        asked = read_query(request, CursorQuery).page()
        command = ListPlanVersions(plan_id=_plan_id(request), page=asked)
        return reply_page(await self.list_plan_versions(command), PlanVersionView.of, asked)

    async def post_migrate(self, request: web.Request) -> web.Response:
        """Look at a page of subscribers, and move them unless it is a dry run."""
        plan_id = _plan_id(request)
        body = await read(request, MigrationBody)
        migrated = await self.migrate_plan(
            MigratePlan(
                plan_id=plan_id,
                is_dry_run=body.dry_run,
                page=PageRequest(limit=body.limit, after=body.after),
                reason=body.reason,
                actor=actor_of(request),
            )
        )
        return reply(MigrationView.of(migrated, is_dry_run=body.dry_run))


def _plan_id(request: web.Request) -> PlanId:
    return PlanId(path_id(request, lambda given: PlanNotFound(plan_id=PlanId(given))))
