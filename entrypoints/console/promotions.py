"""What a check-in earns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import evolve, frozen

from application.promotions.change_check_in_rules import (
    ChangeCheckInRules,
    ChangingCheckInRules,
    ReadCheckInRules,
    ReadingCheckInRules,
)
from domain.access.role import Right
from domain.errors import BillingError, InvalidField
from domain.promotions.check_in_rules import DAYS_A_WEEK, CheckInRules
from entrypoints.console.forms import Filled, Given, Reading, reason_of, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_check_in import CheckInConfigBody

_DAYS = tuple(f"day{number}" for number in range(1, DAYS_A_WEEK + 1))
_RULES = ("enabled", "base", "week", *_DAYS, "zone", "award_days", "reason")


@frozen(kw_only=True)
class CheckInPages:
    """What a check-in earns."""

    read_rules: ReadingCheckInRules
    change_rules: ChangingCheckInRules

    def pages(self) -> Sequence[Page]:
        """Return the form."""
        path = "/check-in"
        return (
            Page(method="GET", path=path, handler=self.get_rules, right=Right.READ),
            Page(method="POST", path=path, handler=self.post_rules, right=Right.SELL),
        )

    async def get_rules(self, visit: Visit) -> web.Response:
        """Show the rules in force in their form."""
        rules = await self.read_rules(ReadCheckInRules())
        return self._form(visit, Filled(values=_rules_values(rules)), rules)

    async def post_rules(self, visit: Visit) -> web.Response:
        """Put the next version of the rules in force, unless somebody was quicker."""
        given = await visit.given()
        try:
            body = _rules_body(given)
            # What the form does not show stays as it is; `version` says that nobody changed it.
            in_force = await self.read_rules(ReadCheckInRules())
            await self.change_rules(
                ChangeCheckInRules(
                    terms=evolve(
                        in_force,
                        is_enabled=body.enabled,
                        base=body.base,
                        week=body.week,
                        zone=body.zone,
                        award_days=body.award_days,
                    ),
                    version=body.version,
                    actor=visit.actor,
                    reason=reason_of(given),
                )
            )
        except BillingError as refusal:
            rules = await self.read_rules(ReadCheckInRules())
            form = refused(given, refusal, fields=_RULES)
            return self._form(visit, form, rules, 400)
        return visit.go("/check-in", notice="rules-saved")

    def _form(
        self, visit: Visit, form: Filled, rules: CheckInRules, status: int = 200
    ) -> web.Response:
        may_sell = visit.may(Right.SELL)
        return visit.shown(
            "check-in.html", status=status, form=form, rules=rules, days=_DAYS, may_sell=may_sell
        )


def _rules_body(given: Given) -> CheckInConfigBody:
    reading = Reading(given)
    days = [reading.whole(name) for name in _DAYS]
    week = None if all(day is None for day in days) else [day or 0 for day in days]
    if week is not None and 0 in week:
        raise InvalidField(path="week", problem="give all seven days an award, or none of them")
    return reading.body(
        CheckInConfigBody,
        {
            "enabled": reading.is_chosen("enabled"),
            "base": reading.whole("base"),
            "week": week,
            "zone": reading.text("zone"),
            "award_days": reading.whole("award_days"),
            "version": reading.whole("version"),
        },
    )


def _rules_values(rules: CheckInRules) -> Mapping[str, str]:
    week = rules.week or ()
    values = {
        "base": str(rules.base),
        "zone": rules.zone,
        "award_days": "" if rules.award_days is None else str(rules.award_days),
        "version": str(rules.version),
        **{name: str(award) for name, award in zip(_DAYS, week, strict=False)},
    }
    return {**values, "enabled": "yes"} if rules.is_enabled else values
