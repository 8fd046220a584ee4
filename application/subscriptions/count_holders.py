"""How many subscribers hold each version of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from application.subscriptions.steps.plan_versions_held import newest_versions
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_version import PlanVersion, version_sold

TERMS_MAX = 500
"""So many different terms of one plan are told apart, those most held."""


@frozen(kw_only=True)
class CountHolders:
    """Ask who is on which version of a plan."""

    plan_id: PlanId


@frozen(kw_only=True)
class HoldersCounted:
    """A plan, its newest versions, newest first, and how many live subscribers hold each.

    `unexplained` are those whose terms are of no version that is looked at: brought in from
    elsewhere, or older than those.
    """

    plan: Plan
    versions: Sequence[PlanVersion]
    holders: Mapping[int, int]
    unexplained: int

    @property
    def subscribers(self) -> int:
        """How many live subscribers the plan has."""
        return sum(self.holders.values()) + self.unexplained

    @property
    def behind(self) -> int:
        """How many of them are not on the newest version."""
        newest = self.versions[0].number if self.versions else 0
        return self.subscribers - self.holders.get(newest, 0)


@frozen(kw_only=True)
class CountingHolders:
    """Count by terms, of which a plan has few, however many subscribers. Refusals: PlanNotFound."""

    read: BeginRead

    async def __call__(self, command: CountHolders) -> HoldersCounted:
        async with self.read() as work:
            plan = await work.plans.get(command.plan_id)
            versions = await newest_versions(work, plan.id)
            found = await work.subscriptions.holders(plan.id, TERMS_MAX)
        counts: Counter[int | None] = Counter()
        for each in found:
            counts[version_sold(each.one_of_them, versions)] += each.subscriptions
        unexplained = counts.pop(None, 0)
        holders = {number: count for number, count in counts.items() if number is not None}
        return HoldersCounted(
            plan=plan, versions=versions, holders=holders, unexplained=unexplained
        )


@frozen(kw_only=True)
class NumberPlans:
    """Ask for the newest version of each of some plans."""

    plan_ids: Sequence[PlanId]


@frozen(kw_only=True)
class NumberingPlans:
    """Return the numbers; a plan that was never published has none."""

    read: BeginRead

    async def __call__(self, command: NumberPlans) -> Mapping[PlanId, int]:
        async with self.read() as work:
            return await work.plan_versions.newest_numbers(command.plan_ids)
