"""Credits given by hand as a lot on terms of its own: what for, from when, how long, how early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.credits.give_grant import GiveGrant, GivingGrant
from domain.access.role import Right
from domain.credits.grant import PRIORITY_DEFAULT, Category
from domain.errors import BillingError
from entrypoints.console.forms import Filled, Given, Reading, refused
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_grants import AdminGrantBody
from entrypoints.http.refusals import Problem

_FIELDS = (
    "amount",
    "category",
    "priority",
    "effective_at",
    "expires_at",
    "scope",
    "cost",
    "rollover",
    "rollover_until",
    "reason",
)
_NEW: Mapping[str, str] = {
    "category": Category.PROMOTIONAL.value,
    "priority": str(PRIORITY_DEFAULT),
}
_CATEGORIES: Mapping[Category, str] = {
    Category.PROMOTIONAL: "Promotional: a present",
    Category.EARNED: "Earned: for something the customer did",
    Category.INCLUDED: "Included in what they pay for",
    Category.PAID: "Paid: bought, and spent after free ones",
}


@frozen(kw_only=True)
class CustomerGrantPages:
    """One lot, once for its form, with a reason on record."""

    give_grant: GivingGrant

    def pages(self) -> Sequence[Page]:
        """Return the form and what it does."""
        path, may = "/customer/grant", Right.CREDIT
        return (
            Page(method="GET", path=path, handler=self.get_grant, right=may),
            Page(method="POST", path=path, handler=self.post_grant, right=may),
        )

    async def get_grant(self, visit: Visit) -> web.Response:
        """Ask on which terms, and why."""
        return self._form(visit, Filled(values=_NEW))

    async def post_grant(self, visit: Visit) -> web.Response:
        """Give the lot."""
        given, account_id = await visit.given(), visit.account()
        try:
            body = _body(given, account_id)
            await self.give_grant(
                GiveGrant(
                    account_id=account_id,
                    terms=body.terms(body.cost),
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._form(visit, refused(given, refusal, fields=_FIELDS), 400)
        return visit.go("/customer", notice="granted", account=account_id)

    def _form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown(
            "grant.html",
            status=status,
            account_id=visit.account(),
            form=form,
            category_choices=[(each.value, label) for each, label in _CATEGORIES.items()],
        )


def _body(given: Given, account_id: str) -> AdminGrantBody:
    """Return what was typed as the body of the API. Raises InvalidRequest."""
    reading = Reading(given)
    costs = reading.amounts("cost")
    if len(costs) > 1:
        reading.problems.append(Problem(path="cost", problem="must be one amount"))
    return reading.body(
        AdminGrantBody,
        {
            "account_id": account_id,
            "amount": reading.whole("amount"),
            "category": reading.text("category"),
            "priority": reading.whole("priority"),
            "effective_at": reading.instant("effective_at"),
            "expires_at": reading.instant("expires_at"),
            "scope": reading.lines("scope"),
            "rollover": _rollover(reading),
            "cost": costs[0] if costs else None,
            "reason": reading.text("reason"),
        },
    )


def _rollover(reading: Reading) -> Mapping[str, object] | None:
    """Return how much lives on and until when, or None where nothing does; both or neither."""
    most, until = reading.whole("rollover"), reading.instant("rollover_until")
    if most is not None and until is None:
        problem = Problem(path="rollover_until", problem="is required where credits live on")
        reading.problems.append(problem)
    if until is not None and most is None:
        problem = Problem(path="rollover", problem="is required where there is a day it ends on")
        reading.problems.append(problem)
    return None if most is None or until is None else {"max": most, "until": until}
