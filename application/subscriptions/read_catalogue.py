"""Read one thing that is sold, on sale or not."""

from __future__ import annotations

from attrs import frozen

from application.ports.unit_of_work import BeginRead
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.ids import PackId, PlanId


@frozen(kw_only=True)
class ReadPlan:
    """Ask for one plan."""

    plan_id: PlanId


@frozen(kw_only=True)
class ReadingPlan:
    """Return the plan as it is sold today. Refusals: PlanNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadPlan) -> Plan:
        async with self.read() as work:
            return await work.plans.get(command.plan_id)


@frozen(kw_only=True)
class ReadPack:
    """Ask for one credit pack."""

    pack_id: PackId


@frozen(kw_only=True)
class ReadingPack:
    """Return the pack as it is sold today. Refusals: PackNotFound."""

    read: BeginRead

    async def __call__(self, command: ReadPack) -> Pack:
        async with self.read() as work:
            return await work.packs.get(command.pack_id)
