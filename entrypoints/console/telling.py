"""What the audit log keeps, in words: what was done, and by whom."""

from __future__ import annotations

from collections.abc import Mapping

from application.subscriptions.steps.subscription_history import BY_TIME

# What the audit log has of accounts and subscriptions, which is what timelines show.
_DEEDS: Mapping[str, str] = {
    "account.alerts": "Alerts of a low balance set",
    "account.erase": "Erasing of personal texts asked for",
    "account.erased": "Personal texts erased",
    "account.freeze": "Account frozen",
    "account.import": "Opening balance imported",
    "account.overdraft": "Overdraft set",
    "account.unfreeze": "Account unfrozen",
    "credits.adjust": "Credits adjusted",
    "credits.grant": "Credits given on terms",
    "credits.release": "Hold given back",
    "credits.void": "Lot of credits voided",
    "subscription.change_plan": "Change of plan",
    "subscription.comp": "Subscription given",
    "subscription.grace_ended": "Grace ended",
    "subscription.import": "Subscription imported",
    "subscription.keep_plan": "Change of plan taken back",
    "subscription.migrate_plan": "Plan brought up to date",
    "subscription.move": "Subscription changed",
}
_DOERS: Mapping[str, str] = {
    BY_TIME.id: "the service",
    "system": "the worker",
    "billing-cli": "an admin at the command line",
}


def deed(action: str) -> str:
    """Return what the audit log calls an action as people read it."""
    if action in _DEEDS:
        return _DEEDS[action]
    area, _, what = action.partition(".")
    text = f"{area}: {what}".replace("_", " ")
    return f"{text[:1].upper()}{text[1:]}"


def doer(actor_id: str) -> str:
    """Return who did something: an admin by name, whoever is no admin by what they are."""
    if actor_id.startswith("account:"):
        return "the customer"
    return _DOERS.get(actor_id, actor_id)
