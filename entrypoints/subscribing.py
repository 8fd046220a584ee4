"""The use cases of changing plans, and the provider's portal, over what the container made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from application.subscriptions.carry_out_changes import CarryingOutChanges
from application.subscriptions.change_plan import ChangingPlan
from application.subscriptions.count_holders import CountingHolders, NumberingPlans
from application.subscriptions.list_plan_versions import ListingPlanVersions
from application.subscriptions.migrate_plan import MigratingPlan
from application.subscriptions.open_portal import OpeningPortal
from application.subscriptions.preview_change import PreviewingChange
from application.subscriptions.steps.plan_change_call import AskingForChange
from domain.subscriptions.quote import ChangeRules

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class Subscribing:
    """What is done with running subscriptions beside what time and providers do."""

    preview_change: PreviewingChange
    change_plan: ChangingPlan
    carry_out_changes: CarryingOutChanges
    open_portal: OpeningPortal
    list_plan_versions: ListingPlanVersions
    count_holders: CountingHolders
    number_plans: NumberingPlans
    migrate_plan: MigratingPlan


def subscribing_of(made: Container) -> Subscribing:
    """Return the use cases."""
    begin, read, settings = made.begin(), made.read(), made.settings()
    clock, new_id, alarm = made.clock(), made.new_id(), made.alarm()
    providers, seal = made.payment_providers(), made.quote_seal()
    ask = AskingForChange(
        begin=begin, read=read, providers=providers, clock=clock, new_id=new_id, alarm=alarm
    )
    return Subscribing(
        preview_change=PreviewingChange(
            read=read,
            ledger=made.store().ledger,
            providers=providers,
            rules=ChangeRules(
                upgrade=settings.lives.upgrade_at, downgrade=settings.lives.downgrade_at
            ),
            seal=seal,
            clock=clock,
            new_id=new_id,
            turns=made.provider_turns(),
        ),
        change_plan=ChangingPlan(
            begin=begin, read=read, seal=seal, ask=ask, clock=clock, new_id=new_id
        ),
        carry_out_changes=CarryingOutChanges(
            begin=begin,
            read=read,
            providers=providers,
            ask=ask,
            clock=clock,
            new_id=new_id,
            alarm=alarm,
        ),
        open_portal=OpeningPortal(
            read=read,
            providers=providers,
            return_origins=settings.return_origins,
            turns=made.provider_turns(),
        ),
        list_plan_versions=ListingPlanVersions(read=read),
        count_holders=CountingHolders(read=read),
        number_plans=NumberingPlans(read=read),
        migrate_plan=MigratingPlan(
            begin=begin, read=read, providers=providers, clock=clock, new_id=new_id
        ),
    )
