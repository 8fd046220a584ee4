"""Which version of its plan a subscription was sold from. Plain reading steps."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.unit_of_work import UnitOfWork
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_version import PlanVersion, version_sold
from domain.subscriptions.subscription import Subscription

VERSIONS_MAX = 100
"""So many versions of a plan are looked at, the newest ones."""


@frozen(kw_only=True)
class HeldVersion:
    """The version that a subscriber has, and the plan's newest.

    `held` is None where none of the versions explains what they have.
    """

    held: int | None
    newest: int


async def newest_versions(work: UnitOfWork, plan_id: PlanId) -> Sequence[PlanVersion]:
    """Return a plan's newest versions, newest first; none where it was never published."""
    return (await work.plan_versions.page(plan_id, PageRequest(limit=VERSIONS_MAX))).items


async def version_held(work: UnitOfWork, subscription: Subscription) -> HeldVersion | None:
    """Return which version a subscription holds, or None where its plan was never published."""
    versions = await newest_versions(work, subscription.plan_id)
    if not versions:
        return None
    return HeldVersion(held=version_sold(subscription, versions), newest=versions[0].number)
