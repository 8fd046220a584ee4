"""Plans: what is sold month by month, created and replaced whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.count_holders import NumberingPlans, NumberPlans
from application.subscriptions.publish_plan import (
    ListingPlans,
    ListPlans,
    PublishingPlan,
    PublishPlan,
)
from application.subscriptions.read_catalogue import ReadingPlan, ReadPlan
from domain.access.role import Right
from domain.errors import BillingError
from domain.subscriptions.catalogue import GROUP_DEFAULT, Plan
from domain.subscriptions.errors import PlanNotFound
from domain.subscriptions.ids import PlanId
from entrypoints.console.forms import Filled, Given, Reading, reason_of, refused
from entrypoints.console.ids import id_of
from entrypoints.console.lists import page_of
from entrypoints.console.look import major
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_plans import AdminPlanView, PlanReplacementBody

_REFERENCES = (
    "stripe_price_id_monthly",
    "stripe_price_id_yearly",
    "creem_product_id",
    "creem_product_id_yearly",
)
_RULES = (
    "rollover_max",
    "rollover_months",
    "trial_days",
    "trial_credits",
    "trial_notice_days",
    "grace_days",
)
_FIELDS = (
    "name",
    "description",
    "currency",
    "price_monthly",
    "price_yearly",
    "credits_included",
    "features",
    "group",
    "on_sale",
    "reason",
    *_RULES,
    *_REFERENCES,
)


@frozen(kw_only=True)
class PlanPages:
    """Plans; `currency_default` is what a new one's form begins with."""

    list_plans: ListingPlans
    publish_plan: PublishingPlan
    read_plan: ReadingPlan
    number_plans: NumberingPlans
    currency_default: str

    def pages(self) -> Sequence[Page]:
        """Return the list and the form."""
        return (
            Page(method="GET", path="/plans", handler=self.get_plans, right=Right.READ),
            Page(method="GET", path="/plan", handler=self.get_plan, right=Right.READ),
            Page(method="GET", path="/plan/new", handler=self.get_new, right=Right.SELL),
            Page(method="POST", path="/plan/new", handler=self.post_new, right=Right.SELL),
            Page(method="POST", path="/plan", handler=self.post_plan, right=Right.SELL),
        )

    async def get_plans(self, visit: Visit) -> web.Response:
        """Show the plans, those off sale included."""
        page = await self.list_plans(ListPlans(page=page_of(visit), only_on_sale=False))
        numbers = await self.number_plans(NumberPlans(plan_ids=[plan.id for plan in page.items]))
        may_sell = visit.may(Right.SELL)
        return visit.shown("plans.html", page=page, numbers=numbers, may_sell=may_sell)

    async def get_plan(self, visit: Visit) -> web.Response:
        """Show a plan in its form."""
        plan = await self._plan(visit)
        return await self._form(visit, Filled(values=_values(plan)), plan)

    async def get_new(self, visit: Visit) -> web.Response:
        """Ask what the new plan is to be."""
        begin = {"currency": self.currency_default, "group": GROUP_DEFAULT, "on_sale": "yes"}
        return await self._form(visit, Filled(values=begin), None)

    async def post_new(self, visit: Visit) -> web.Response:
        """Create the plan."""
        return await self._publish(visit, None)

    async def post_plan(self, visit: Visit) -> web.Response:
        """Replace the plan whole."""
        return await self._publish(visit, await self._plan(visit))

    async def _publish(self, visit: Visit, before: Plan | None) -> web.Response:
        given = await visit.given()
        plan_id = PlanId("") if before is None else before.id
        try:
            plan = _body(given).plan(plan_id, self.currency_default)
            await self.publish_plan(
                PublishPlan(
                    plan=plan,
                    is_new=before is None,
                    actor=visit.actor,
                    reason=reason_of(given),
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return await self._form(visit, refused(given, refusal, fields=_FIELDS), before, 400)
        return visit.go("/plans", notice="plan-saved")

    async def _plan(self, visit: Visit) -> Plan:
        plan_id = PlanId(id_of(visit, lambda given: PlanNotFound(plan_id=PlanId(given))))
        return await self.read_plan(ReadPlan(plan_id=plan_id))

    async def _form(
        self, visit: Visit, form: Filled, plan: Plan | None, status: int = 200
    ) -> web.Response:
        numbers = {} if plan is None else await self.number_plans(NumberPlans(plan_ids=[plan.id]))
        return visit.shown(
            "plan.html",
            status=status,
            form=form,
            plan=plan,
            version=None if plan is None else numbers.get(plan.id),
            may_sell=visit.may(Right.SELL),
        )


def _body(given: Given) -> PlanReplacementBody:
    reading = Reading(given)
    currency = reading.text("currency")
    references = {name: reading.text(name) for name in _REFERENCES}
    return reading.body(
        PlanReplacementBody,
        {
            "name": reading.text("name"),
            "description": reading.text("description"),
            "currency": None if currency is None else currency.upper(),
            "price_monthly": reading.minor("price_monthly", currency),
            "price_yearly": reading.minor("price_yearly", currency),
            "credits_included": reading.whole("credits_included"),
            "features": [
                line.strip()
                for line in (reading.text("features") or "").splitlines()
                if line.strip()
            ],
            "group": reading.text("group"),
            "on_sale": reading.is_chosen("on_sale"),
            **{name: reading.whole(name) for name in _RULES},
            **references,
        },
    )


def _values(plan: Plan) -> Mapping[str, str]:
    view, currency = AdminPlanView.of(plan), plan.currency
    yearly = plan.price_yearly_minor
    values = {
        "name": plan.name,
        "description": plan.description,
        "currency": currency,
        "price_monthly": major(plan.price_monthly_minor, currency),
        "price_yearly": "" if yearly is None else major(yearly, currency),
        "credits_included": str(plan.credits_included),
        "features": "\n".join(plan.features),
        "group": plan.group,
        **{name: _number(getattr(view, name)) for name in _RULES},
        **{name: getattr(view, name) or "" for name in _REFERENCES},
    }
    return {**values, "on_sale": "yes"} if plan.is_on_sale else values


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
