"""What several use cases about check-ins need from an open unit of work."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.unit_of_work import UnitOfWork
from domain.access.account import Account
from domain.credits.ids import AccountId
from domain.promotions.check_in import CheckIn, Standing, standing
from domain.promotions.check_in_rules import CheckInRules, rules_before_any
from domain.subscriptions.subscription import SubscriptionStatus


@frozen(kw_only=True)
class Visitor:
    """What a check-in needs to know about an account beside its check-ins.

    `known_since` is the earlier of its profile and its first line in the ledger, None for an
    account never seen. `has_paid_plan` says whether the plan it has is active and costs money.
    Both are looked up only where the rules ask for them.
    """

    account: Account | None
    known_since: datetime | None
    has_paid_plan: bool

    @property
    def zone(self) -> str | None:
        """The account's own zone, if one is known."""
        return None if self.account is None else self.account.zone


@frozen(kw_only=True)
class Situation:
    """What an account's check-ins come to now: the rules, its last one, and how it stands."""

    rules: CheckInRules
    zone: str
    last: CheckIn | None
    standing: Standing


async def situation(work: UnitOfWork, account_id: AccountId, now: datetime) -> Situation:
    """Judge how an account stands by the rules in force, changing nothing."""
    rules = await rules_in_force(work, now)
    who = await visitor(work, account_id, rules)
    last = await work.check_ins.last(account_id)
    found = standing(
        rules, last, who.zone, now, known_since=who.known_since, is_paid=who.has_paid_plan
    )
    return Situation(rules=rules, zone=who.zone or rules.zone, last=last, standing=found)


async def rules_in_force(work: UnitOfWork, now: datetime) -> CheckInRules:
    """Return the rules an admin has set, or those of a new installation."""
    return await work.check_ins.rules() or rules_before_any(now)


async def visitor(work: UnitOfWork, account_id: AccountId, rules: CheckInRules) -> Visitor:
    """Look up an account as far as the rules care about it."""
    account = await work.accounts.find(account_id)
    known_since = None if account is None else account.created_at
    if rules.eligibility.account_days > 0:
        began_at = await work.check_ins.first_line_at(account_id)
        instants = [each for each in (known_since, began_at) if each is not None]
        known_since = min(instants, default=None)
    has_paid_plan = False
    if rules.eligibility.paid_plan_percent > 100:
        plan = await work.subscriptions.current(account_id)
        is_active = plan is not None and plan.status is SubscriptionStatus.ACTIVE
        has_paid_plan = is_active and plan is not None and not plan.is_free
    return Visitor(account=account, known_since=known_since, has_paid_plan=has_paid_plan)
