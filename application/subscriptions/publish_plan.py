"""Put plans on sale, replace them, list them."""

from __future__ import annotations

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.paging import Page, PageRequest
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from domain.access.audit import Actor
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_version import PlanVersion


@frozen(kw_only=True)
class PublishPlan:
    """A plan to keep: a new one, whose `id` is then ignored, or a whole replacement."""

    plan: Plan
    is_new: bool
    actor: Actor
    reason: str = ""
    key: RequestKey | None = None


@frozen(kw_only=True)
class PlanPublished:
    """The plan as it is kept."""

    plan: Plan
    is_replay: bool = False


@frozen(kw_only=True)
class PublishingPlan:
    """Write the plan and the audit entry in one commit.

    Orders and subscriptions keep the price they were sold at. Refusals: InvalidField, PlanNotFound.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: PublishPlan) -> PlanPublished:
        plan = command.plan
        if command.is_new:
            plan = evolve(plan, id=PlanId(self.new_id()))
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    published = await work.plans.get(PlanId(first.id))
                    return PlanPublished(plan=published, is_replay=True)
                await work.answers.keep(command.key, AnswerAbout(id=plan.id))
            before = None if command.is_new else await work.plans.get(plan.id)
            if before is None:
                await work.plans.add(plan)
            else:
                await work.plans.save(plan)
            await self._keep_version(work, command, before, plan)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "plan.create" if command.is_new else "plan.replace",
                    f"plan:{plan.id}",
                    before=before,
                    after=plan,
                    reason=command.reason,
                )
            )
            await work.commit()
        return PlanPublished(plan=plan)

    async def _keep_version(
        self, work: UnitOfWork, command: PublishPlan, before: Plan | None, plan: Plan
    ) -> None:
        """Keep what the plan is now, unless that is what it was: subscribers keep theirs."""
        latest = await work.plan_versions.latest(plan.id)
        first = PlanVersion(
            plan=before or plan,
            number=1,
            published_at=self.clock(),
            published_by=command.actor.id,
        )
        if latest is None:
            # A plan that was entered before versions were kept has its first one now.
            await work.plan_versions.add(first)
            latest = first
        if latest.plan != plan:
            number = latest.number + 1
            await work.plan_versions.add(evolve(first, plan=plan, number=number))


@frozen(kw_only=True)
class ListPlans:
    """Ask for a page of plans: those on sale, or all of them."""

    page: PageRequest
    only_on_sale: bool


@frozen(kw_only=True)
class ListingPlans:
    """Read plans in the order they were entered."""

    read: BeginRead

    async def __call__(self, command: ListPlans) -> Page[Plan]:
        async with self.read() as work:
            return await work.plans.page(command.page, only_on_sale=command.only_on_sale)
