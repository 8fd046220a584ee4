"""Move the subscribers of a plan to what it is today; a dry run says whom, and to what."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from application.access.steps.auditing import entry
from application.events.steps.raised_events import raise_change
from application.one_by_one import one_by_one
from application.ports.paging import PageRequest
from application.ports.provider import Providers
from application.ports.subscriptions import SubscriptionFilter
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.plan_change_effects import note_change
from application.subscriptions.steps.plan_versions_held import newest_versions
from domain.access.audit import Actor
from domain.payments.ids import OrderId
from domain.payments.order import OrderType
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import ChangeId, PlanId, SubscriptionId
from domain.subscriptions.migration import Move, Standing, change_of, judged
from domain.subscriptions.plan_version import PlanVersion, terms_today, version_sold
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import Terms


@frozen(kw_only=True)
class MigratePlan:
    """Look at a page of a plan's subscriptions, and move those on older terms unless it is dry."""

    plan_id: PlanId
    is_dry_run: bool
    page: PageRequest
    reason: str
    actor: Actor


@frozen(kw_only=True)
class PlanMigrated:
    """What was found on the page: every live subscriber, and where the next page begins.

    `version` is the plan's newest; None where it was never published by an admin.
    """

    version: int | None
    moves: Sequence[Move]
    next: str | None


@frozen(kw_only=True)
class MigratingPlan:
    """Schedule a change to today's terms for each subscriber of the page who has others.

    It comes into force with the next period, and nothing is collected before. Whoever is to be
    moved already is left alone, so that a page may be asked for again. Each is written down by
    itself, with its line in the audit log. Refusals: PlanNotFound.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    clock: Clock
    new_id: NewId

    async def __call__(self, command: MigratePlan) -> PlanMigrated:
        async with self.read() as work:
            plan = await work.plans.get(command.plan_id)
            versions = await newest_versions(work, plan.id)
            where = SubscriptionFilter(plan_id=plan.id)
            page = await work.subscriptions.search(where, command.page)
            found = [
                await self._judged(work, plan, versions, each)
                for each in page.items
                if each.is_live
            ]
        if not command.is_dry_run:
            moving = [each.subscription.id for each in found if each.standing is Standing.MOVES]
            await self._note(command, len(moving))
            await one_by_one(moving, lambda each: self._move(command, plan, versions, each))
        newest = versions[0].number if versions else None
        return PlanMigrated(version=newest, moves=found, next=page.next)

    async def _judged(
        self,
        work: UnitOfWork,
        plan: Plan,
        versions: Sequence[PlanVersion],
        subscription: Subscription,
    ) -> Move:
        newest = versions[0].number if versions else 1
        after = self._terms(plan, newest, subscription)
        change = await work.plan_changes.open_of(subscription.id)
        return judged(subscription, after, change, version_sold(subscription, versions))

    def _terms(self, plan: Plan, newest: int, subscription: Subscription) -> Terms | None:
        """Return the plan today with the price that the provider knows it by, if it needs one."""
        terms = terms_today(plan, subscription)
        if terms is None or subscription.renews_itself:
            return terms
        channel, interval = subscription.channel, subscription.interval
        entered = plan.reference(channel, interval)
        if entered is None:
            provider = self.providers.get(channel)
            if provider is None or provider.needs_reference_for(OrderType.SUBSCRIPTION):
                return None
            entered = f"{plan.id}:{interval.value}:{newest}"
        return evolve(terms, reference=entered)

    async def _move(
        self,
        command: MigratePlan,
        plan: Plan,
        versions: Sequence[PlanVersion],
        subscription_id: SubscriptionId,
    ) -> None:
        async with self.begin() as work:
            subscription = await work.subscriptions.take(subscription_id)
            move = await self._judged(work, plan, versions, subscription)
            if not subscription.is_live or move.standing is not Standing.MOVES:
                return
            now = self.clock()
            change_id, order_id = ChangeId(self.new_id()), OrderId(self.new_id())
            change = change_of(move, change_id, order_id, now)
            await work.plan_changes.add(change)
            actor, reason = command.actor, command.reason
            action = "subscription.migrate_plan"
            await note_change(work, self.new_id, now, actor, change, action, reason)
            await raise_change(work, self.new_id, now, subscription, change)
            await work.commit()

    async def _note(self, command: MigratePlan, moving: int) -> None:
        async with self.begin() as work:
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "plan.migrate",
                    f"plan:{command.plan_id}",
                    after=f"{moving} subscriptions of a page",
                    reason=command.reason,
                )
            )
            await work.commit()
