"""What a check-in earns, whole, with a simulator beside it that says what it would cost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

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
from domain.errors import BillingError, InvalidField
from domain.promotions.check_in_rules import DAYS_A_WEEK, CheckInRules
from entrypoints.console.forms import Filled, Given, Reading, reason_of, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_check_in import CheckInConfigBody, SimulateBody
from entrypoints.http.refusals import InvalidRequest, Problem

_DAYS = tuple(f"day{number}" for number in range(1, DAYS_A_WEEK + 1))
# Fields of the form by the part of the body that they belong to.
_PARTS: Mapping[str, Sequence[str]] = {
    "freezes": ("at_start", "every", "most"),
    "budgets": ("account_day", "day", "month"),
    "eligibility": ("account_days", "paid_plan_percent"),
}
_IN_PARTS = tuple(f"{part}_{name}" for part, names in _PARTS.items() for name in names)
_TRIED = ("days", "accounts", "share_percent", "paid_percent")
_FIELDS = (
    *("enabled", "base", "week", "zone", "award_days", "grace_hours", "milestones", "reason"),
    *_DAYS,
    *_IN_PARTS,
    *_TRIED,
)
_IN_PART = re.compile(rf"({'|'.join(_PARTS)})\.")
_MILESTONE = re.compile(r"(?P<day>\d{1,6})\s*[:\s]\s*(?P<credits>\d{1,16})(?P<once>\s+once)?")
_DAYS_TRIED = "30"


@frozen(kw_only=True)
class CheckInPages:
    """What a check-in earns, and what that would cost."""

    read_rules: ReadingCheckInRules
    change_rules: ChangingCheckInRules
    simulate: SimulatingCheckIn

    def pages(self) -> Sequence[Page]:
        """Return the form, and the two things it can be sent for."""
        path = "/check-in"
        return (
            Page(method="GET", path=path, handler=self.get_rules, right=Right.READ),
            Page(method="POST", path=path, handler=self.post_rules, right=Right.SELL),
            Page(method="POST", path=f"{path}/try", handler=self.post_try, right=Right.READ),
        )

    async def get_rules(self, visit: Visit) -> web.Response:
        """Show the rules in force in their form."""
        rules = await self.read_rules(ReadCheckInRules())
        return self._form(visit, Filled(values=_values(rules)), rules)

    async def post_rules(self, visit: Visit) -> web.Response:
        """Put the next version of the rules in force, unless somebody was quicker."""
        given = await visit.given()
        try:
            reading = Reading(given)
            said = {**_said(reading), "version": reading.whole("version")}
            body = reading.body(CheckInConfigBody, said)
            await self.change_rules(
                ChangeCheckInRules(
                    terms=body.terms,
                    version=body.version,
                    actor=visit.actor,
                    reason=reason_of(given),
                )
            )
        except BillingError as refusal:
            return await self._refused(visit, given, refusal)
        return visit.go("/check-in", notice="rules-saved")

    async def post_try(self, visit: Visit) -> web.Response:
        """Work out what the rules in the form would cost; change nothing."""
        given = await visit.given()
        try:
            reading = Reading(given)
            tried = {name: reading.whole(name) for name in _TRIED}
            body = reading.body(SimulateBody, {**_said(reading), **tried})
            simulated = await self.simulate(
                SimulateCheckIn(
                    terms=body.terms,
                    days=body.days,
                    accounts=body.accounts,
                    share_percent=body.share_percent,
                    paid_percent=body.paid_percent,
                )
            )
        except BillingError as refusal:
            return await self._refused(visit, given, refusal)
        rules = await self.read_rules(ReadCheckInRules())
        return self._form(visit, Filled(values=given.values), rules, simulated=simulated)

    async def _refused(self, visit: Visit, given: Given, refusal: BillingError) -> web.Response:
        rules = await self.read_rules(ReadCheckInRules())
        return self._form(visit, refused(given, _flat(refusal), fields=_FIELDS), rules, 400)

    def _form(
        self,
        visit: Visit,
        form: Filled,
        rules: CheckInRules,
        status: int = 200,
        *,
        simulated: CheckInSimulated | None = None,
    ) -> web.Response:
        return visit.shown(
            "check-in.html",
            status=status,
            form=form,
            rules=rules,
            days=_DAYS,
            simulated=simulated,
            may_sell=visit.may(Right.SELL),
        )


def _said(reading: Reading) -> dict[str, object]:
    """Return the rules as the API's body says them. Raises InvalidField."""
    days = [reading.whole(name) for name in _DAYS]
    week = None if all(day is None for day in days) else [day or 0 for day in days]
    if week is not None and 0 in week:
        raise InvalidField(path="week", problem="give all seven days an award, or none of them")
    parts = {
        part: {
            name: amount
            for name in names
            if (amount := reading.whole(f"{part}_{name}")) is not None
        }
        for part, names in _PARTS.items()
    }
    return {
        "enabled": reading.is_chosen("enabled"),
        "base": reading.whole("base"),
        "week": week,
        "zone": reading.text("zone"),
        "award_days": reading.whole("award_days"),
        "grace_hours": reading.whole("grace_hours"),
        "milestones": _milestones(reading.text("milestones") or ""),
        **parts,
    }


def _milestones(text: str) -> Sequence[Mapping[str, object]]:
    """Return the milestones of a text, one a line. Raises InvalidField."""
    made: list[Mapping[str, object]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _MILESTONE.fullmatch(line)
        if found is None:
            problem = "each line is a day and its credits, as 30: 100, or 30: 100 once"
            raise InvalidField(path="milestones", problem=problem)
        made.append(
            {
                "day": int(found["day"]),
                "credits": int(found["credits"]),
                "repeats": found["once"] is None,
            }
        )
    return made


def _values(rules: CheckInRules) -> Mapping[str, str]:
    values = {
        "base": str(rules.base),
        "zone": rules.zone,
        "award_days": _number(rules.award_days),
        "grace_hours": str(rules.grace_hours),
        "milestones": "\n".join(
            f"{each.day}: {each.credits}{'' if each.repeats else ' once'}"
            for each in rules.milestones
        ),
        "version": str(rules.version),
        "days": _DAYS_TRIED,
        **{name: str(award) for name, award in zip(_DAYS, rules.week or (), strict=False)},
    }
    for part, names in _PARTS.items():
        of_part = getattr(rules, part)
        values |= {f"{part}_{name}": _number(getattr(of_part, name)) for name in names}
    return {**values, "enabled": "yes"} if rules.is_enabled else values


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _flat(refusal: BillingError) -> BillingError:
    """Return a refusal whose paths name the fields of the form: `freezes.most` as freezes_most."""
    if isinstance(refusal, InvalidField):
        return InvalidField(path=_IN_PART.sub(r"\1_", refusal.path), problem=refusal.problem)
    if isinstance(refusal, InvalidRequest):
        problems = [
            Problem(path=_IN_PART.sub(r"\1_", each.path), problem=each.problem)
            for each in refusal.fields
        ]
        return InvalidRequest(fields=problems)
    return refusal
