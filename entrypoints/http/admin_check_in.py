"""The check-in for admins: what it earns, and what that would cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.promotions.change_check_in_rules import (
    ChangeCheckInRules,
    ChangingCheckInRules,
    ReadCheckInRules,
    ReadingCheckInRules,
)
from application.promotions.simulate_check_in import (
    CheckInSimulated,
    SimulateCheckIn,
    SimulatingCheckIn,
)
from domain.access.role import Right
from domain.promotions.check_in_rules import CheckInRules
from domain.promotions.errors import RulesChangedMeanwhile
from entrypoints.http.check_in_rules import (
    AwardDays,
    BudgetsBody,
    CheckInRulesBody,
    EligibilityBody,
    FreezesBody,
    GraceHours,
    MilestoneBody,
    Week,
    Zone,
)
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.values import Amount, Day, Instant
from entrypoints.http.wire import read, reply

Percent = Annotated[int, Meta(ge=0, le=100)]
Accounts = Annotated[int, Meta(ge=1, le=1_000_000)]
SimulatedDays = Annotated[int, Meta(ge=1, le=31)]
Count = Annotated[int, Meta(ge=0, description="A whole number.")]
Version = Annotated[int, Meta(ge=0, description="Counts the changes.")]


@frozen(kw_only=True)
class CheckInConfigBody(CheckInRulesBody):
    """The rules that are to be in force from now on.

    With `version` the change is made only if that is still the version in force.
    """

    version: Version | None = None


@frozen(kw_only=True, slots=False)
class CheckInConfigView:
    """What a check-in earns; every award keeps the version that made it."""

    enabled: bool
    base: Amount
    week: Week | None
    zone: Zone
    award_days: AwardDays | None
    milestones: tuple[MilestoneBody, ...]
    freezes: FreezesBody
    grace_hours: GraceHours
    budgets: BudgetsBody
    eligibility: EligibilityBody
    version: Version
    changed_at: Instant | None

    @classmethod
    def of(cls, rules: CheckInRules) -> CheckInConfigView:
        """Return the rules as an admin sees them; version 0 was changed by nobody."""
        return cls(
            enabled=rules.is_enabled,
            base=rules.base,
            week=rules.week,
            zone=rules.zone,
            award_days=rules.award_days,
            milestones=tuple(
                MilestoneBody(day=each.day, credits=each.credits, repeats=each.repeats)
                for each in rules.milestones
            ),
            freezes=FreezesBody(
                at_start=rules.freezes.at_start,
                every=rules.freezes.every,
                most=rules.freezes.most,
            ),
            grace_hours=rules.grace_hours,
            budgets=BudgetsBody(
                account_day=rules.budgets.account_day,
                day=rules.budgets.day,
                month=rules.budgets.month,
            ),
            eligibility=EligibilityBody(
                account_days=rules.eligibility.account_days,
                paid_plan_percent=rules.eligibility.paid_plan_percent,
            ),
            version=rules.version,
            changed_at=rules.changed_at if rules.version > 0 else None,
        )


@frozen(kw_only=True)
class SimulateBody(CheckInRulesBody):
    """Rules to try, written as in the configuration, for so many accounts over so many days.

    Without `share_percent` the accounts behave as the real ones did; with it, as a model of new
    accounts of which so many in 100 come on any day. `paid_percent` is the model's share of paid
    plans. Without `accounts` it is as many as the real ones that were read.
    """

    days: SimulatedDays = 30
    accounts: Accounts | None = None
    share_percent: Percent | None = None
    paid_percent: Percent = 0


@frozen(kw_only=True, slots=False)
class PastCostView:
    """The days as they were: what was given then, and what these rules would have given.

    `sample` is true where there are more accounts than are read; then these numbers are of the
    first ones by id alone. `withheld` is what spent budgets would have kept back.
    """

    accounts: Count
    check_ins: Count
    given: Count
    credits: Count
    withheld: Count
    sample: bool


@frozen(kw_only=True, slots=False)
class FutureCostView:
    """So many accounts for as many days. `ceiling` is the most they can cost, whatever they do."""

    accounts: Count
    basis: Literal["history", "model"]
    credits: Count
    withheld: Count
    ceiling: Count


@frozen(kw_only=True, slots=False)
class SimulationView:
    """What the rules would have cost, and what they would cost; in credits."""

    from_day: Day
    to_day: Day
    past: PastCostView
    future: FutureCostView

    @classmethod
    def of(cls, simulated: CheckInSimulated) -> SimulationView:
        """Return the simulation as it is shown."""
        past, future = simulated.past, simulated.future
        return cls(
            from_day=simulated.from_day,
            to_day=simulated.to_day,
            past=PastCostView(
                accounts=past.accounts,
                check_ins=past.check_ins,
                given=past.given,
                credits=past.cost.credits,
                withheld=past.cost.withheld,
                sample=past.is_sample,
            ),
            future=FutureCostView(
                accounts=future.accounts,
                basis="model" if future.is_model else "history",
                credits=future.cost.credits,
                withheld=future.cost.withheld,
                ceiling=future.ceiling,
            ),
        )


@frozen(kw_only=True)
class AdminCheckInApi:
    """What a check-in earns, and what that would cost, for admins."""

    read_check_in_rules: ReadingCheckInRules
    change_check_in_rules: ChangingCheckInRules
    simulate_check_in: SimulatingCheckIn

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about the check-in."""
        return (
            Endpoint(
                method="GET",
                path="/admin/checkin/config",
                handler=self.get_config,
                policy=Admin(Right.READ),
                tag="Admin: check-in",
                summary="Read what a check-in earns",
                response=CheckInConfigView,
            ),
            Endpoint(
                method="PUT",
                path="/admin/checkin/config",
                handler=self.put_config,
                policy=Admin(Right.SELL),
                tag="Admin: check-in",
                summary="Change what a check-in earns",
                description="Replaces the whole. Awards already made stay as they are.",
                body=CheckInConfigBody,
                response=CheckInConfigView,
                refusals=(RulesChangedMeanwhile,),
                example={
                    "enabled": True,
                    "base": 10,
                    "week": [10, 10, 15, 15, 20, 20, 50],
                    "zone": "Europe/Berlin",
                    "award_days": 30,
                    "milestones": [{"day": 30, "credits": 100, "repeats": False}],
                    "freezes": {"at_start": 1, "every": 7, "most": 2},
                    "grace_hours": 3,
                    "budgets": {"account_day": 150, "day": 20000, "month": 400000},
                    "eligibility": {"account_days": 1, "paid_plan_percent": 200},
                },
            ),
            Endpoint(
                method="POST",
                path="/admin/checkin/simulate",
                handler=self.post_simulation,
                policy=Admin(Right.READ),
                tag="Admin: check-in",
                summary="Work out what check-in rules would cost",
                description=(
                    "Changes nothing. Replays the rules over real check-ins of the last days, "
                    "today left out, and scales them to any number of accounts."
                ),
                body=SimulateBody,
                response=SimulationView,
                example={
                    "enabled": True,
                    "base": 10,
                    "zone": "UTC",
                    "budgets": {"day": 2000},
                    "accounts": 5000,
                    "share_percent": 40,
                },
            ),
        )

    async def get_config(self, request: web.Request) -> web.Response:
        """Answer the rules in force."""
        return reply(CheckInConfigView.of(await self.read_check_in_rules(ReadCheckInRules())))

    async def put_config(self, request: web.Request) -> web.Response:
        """Put the next version of the rules in force."""
        body = await read(request, CheckInConfigBody)
        rules = await self.change_check_in_rules(
            ChangeCheckInRules(
                terms=body.terms,
                version=body.version,
                actor=actor_of(request),
            )
        )
        return reply(CheckInConfigView.of(rules))

    async def post_simulation(self, request: web.Request) -> web.Response:
        """Answer what the rules would have cost, and what they would cost."""
        body = await read(request, SimulateBody)
        simulated = await self.simulate_check_in(
            SimulateCheckIn(
                terms=body.terms,
                days=body.days,
                accounts=body.accounts,
                share_percent=body.share_percent,
                paid_percent=body.paid_percent,
            )
        )
        return reply(SimulationView.of(simulated))
