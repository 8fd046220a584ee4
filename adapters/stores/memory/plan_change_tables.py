"""The tables of changes of plan and versions of plans, and the orders their rows are found in."""

from __future__ import annotations

from adapters.stores.memory.table import Index, Table
from domain.subscriptions.change import Change
from domain.subscriptions.plan_version import PlanVersion

CHANGE_BY_SUBSCRIPTION = Index[Change](lambda change: (change.subscription_id, change.id))
CHANGE_OPEN = Index[Change](lambda change: (change.subscription_id,) if change.is_open else None)
CHANGE_TO_ASK = Index[Change](
    lambda change: (change.ask_at, change.id) if change.is_open and change.ask_at else None
)


def plan_changes() -> Table[Change]:
    """Return the table of changes, of which a subscription has at most one open."""
    return Table(
        "plan_changes",
        lambda change: (change.id,),
        (CHANGE_BY_SUBSCRIPTION, CHANGE_OPEN, CHANGE_TO_ASK),
    )


def plan_versions() -> Table[PlanVersion]:
    """Return the table of versions, in the order they were published."""
    return Table("plan_versions", lambda version: (version.plan.id, version.number))
