"""The catalogue for admins, first half: plans, with the ids providers know them by."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from aiohttp import web
from attrs import frozen

from application.subscriptions.compare_prices import (
    ComparePrices,
    ComparingPrices,
    PriceProblem,
)
from application.subscriptions.publish_plan import (
    ListingPlans,
    ListPlans,
    PublishingPlan,
    PublishPlan,
)
from domain.access.role import Right
from domain.credits.errors import KeyReused
from domain.payments.ids import Channel
from domain.period import Interval
from domain.subscriptions.catalogue import GROUP_DEFAULT, Plan, ProviderItem
from domain.subscriptions.errors import PlanNotFound
from domain.subscriptions.ids import PlanId
from domain.subscriptions.plan_rules import TRIAL_NOTICE_DAYS
from entrypoints.http.currencies import known_currency
from entrypoints.http.endpoint import Endpoint, Idempotency, Shape
from entrypoints.http.idempotency import request_key
from entrypoints.http.paging import CursorQuery
from entrypoints.http.plan_rules import (
    GraceDays,
    PlanRulesBody,
    RolloverMax,
    RolloverMonths,
    TrialCredits,
    TrialNoticeDays,
)
from entrypoints.http.policy import Admin
from entrypoints.http.principal import actor_of
from entrypoints.http.subscriptions import CreditsIncluded, Features, PlanView
from entrypoints.http.values import Currency, Name, PriceMinor, Reference, Text
from entrypoints.http.wire import path_id, read, read_query, reply, reply_page

STRIPE = Channel("stripe")
CREEM = Channel("creem")


@frozen(kw_only=True)
class PlanBody(PlanRulesBody):
    """A plan, whole: what is left out takes its default, and `currency` the configured one.

    Prices are in minor units. `price_yearly` null means that it is sold monthly only.
    """

    name: Name
    description: Text = ""
    price_monthly: PriceMinor
    price_yearly: PriceMinor | None = None
    credits_included: CreditsIncluded
    features: Features = ()
    currency: Currency | None = None
    group: Name = GROUP_DEFAULT
    on_sale: bool = True
    stripe_price_id_monthly: Reference | None = None
    stripe_price_id_yearly: Reference | None = None
    creem_product_id: Reference | None = None
    creem_product_id_yearly: Reference | None = None

    def __attrs_post_init__(self) -> None:
        if self.currency is not None:
            known_currency(self.currency)

    def plan(self, plan_id: PlanId, currency_default: str) -> Plan:
        """Return the plan in the domain's words. Raises InvalidField."""
        references = (
            (STRIPE, Interval.MONTHLY, self.stripe_price_id_monthly),
            (STRIPE, Interval.YEARLY, self.stripe_price_id_yearly),
            (CREEM, Interval.MONTHLY, self.creem_product_id),
            (CREEM, Interval.YEARLY, self.creem_product_id_yearly),
        )
        return Plan(
            id=plan_id,
            name=self.name,
            description=self.description,
            price_monthly_minor=self.price_monthly,
            price_yearly_minor=self.price_yearly,
            currency=self.currency or currency_default,
            credits_included=self.credits_included,
            features=self.features,
            group=self.group,
            is_on_sale=self.on_sale,
            items=tuple(
                ProviderItem(channel, interval, reference)
                for channel, interval, reference in references
                if reference is not None
            ),
            rules=self.rules(),
        )


@frozen(kw_only=True)
class PlanReplacementBody(PlanBody):
    """A plan that replaces one, whole: its currency is said, lest a default change the price."""

    currency: Currency


@frozen(kw_only=True, slots=False)
class AdminPlanView(PlanView):
    """A plan with its group, its rules, and the ids providers know it by."""

    group: Name
    on_sale: bool
    rollover_max: RolloverMax | None
    rollover_months: RolloverMonths
    trial_credits: TrialCredits | None
    trial_notice_days: TrialNoticeDays
    grace_days: GraceDays | None
    stripe_price_id_monthly: Reference | None
    stripe_price_id_yearly: Reference | None
    creem_product_id: Reference | None
    creem_product_id_yearly: Reference | None

    @classmethod
    def of(cls, plan: Plan) -> AdminPlanView:
        """Return the plan as an admin sees it."""
        shown = PlanView.of(plan)
        rollover, trial = plan.rules.rollover, plan.rules.trial
        return cls(
            id=shown.id,
            name=shown.name,
            description=shown.description,
            price_monthly=shown.price_monthly,
            price_yearly=shown.price_yearly,
            credits_included=shown.credits_included,
            features=shown.features,
            currency=shown.currency,
            trial_days=shown.trial_days,
            group=plan.group,
            on_sale=plan.is_on_sale,
            rollover_max=None if rollover is None else rollover.most,
            rollover_months=1 if rollover is None else rollover.months,
            trial_credits=None if trial is None else trial.credits,
            grace_days=plan.rules.grace_days,
            trial_notice_days=TRIAL_NOTICE_DAYS if trial is None else trial.notice_days,
            stripe_price_id_monthly=plan.reference(STRIPE, Interval.MONTHLY),
            stripe_price_id_yearly=plan.reference(STRIPE, Interval.YEARLY),
            creem_product_id=plan.reference(CREEM, Interval.MONTHLY),
            creem_product_id_yearly=plan.reference(CREEM, Interval.YEARLY),
        )


@frozen(kw_only=True, slots=False)
class SavedPlanView(AdminPlanView):
    """A plan as it is kept now; `warnings` say where a provider sells it differently."""

    warnings: tuple[str, ...]

    @classmethod
    def with_warnings(cls, plan: Plan, problems: Sequence[PriceProblem]) -> SavedPlanView:
        """Return the plan with what is wrong with its prices at the providers."""
        shown = attrs.asdict(AdminPlanView.of(plan), recurse=False)
        return cls(**shown, warnings=tuple(str(problem) for problem in problems))


@frozen(kw_only=True)
class AdminPlansApi:
    """Plans for admins; `currency_default` is that of new plans which name none."""

    publish_plan: PublishingPlan
    list_plans: ListingPlans
    compare_prices: ComparingPrices
    currency_default: str

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the admins' routes about plans."""
        return (
            Endpoint(
                method="GET",
                path="/admin/billing/plans",
                handler=self.get_plans,
                policy=Admin(Right.READ),
                tag="Admin: plans",
                summary="List all plans, those off sale included",
                query=CursorQuery,
                response=AdminPlanView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="POST",
                path="/admin/billing/plans",
                handler=self.post_plan,
                policy=Admin(Right.SELL),
                tag="Admin: plans",
                summary="Create a plan",
                body=PlanBody,
                response=SavedPlanView,
                status=201,
                refusals=(KeyReused,),
                idempotency=Idempotency.OPTIONAL,
                example=_EXAMPLE,
            ),
            Endpoint(
                method="PUT",
                path="/admin/billing/plans/{id}",
                handler=self.put_plan,
                policy=Admin(Right.SELL),
                tag="Admin: plans",
                summary="Replace a plan",
                description=(
                    "Replaces the whole; what is left out takes its default. Orders and "
                    "subscriptions keep the price they were sold at."
                ),
                body=PlanReplacementBody,
                response=SavedPlanView,
                refusals=(PlanNotFound,),
                example={**_EXAMPLE, "on_sale": False},
            ),
        )

    async def get_plans(self, request: web.Request) -> web.Response:
        """Answer a page of all plans."""
        asked = read_query(request, CursorQuery).page()
        page = await self.list_plans(ListPlans(page=asked, only_on_sale=False))
        return reply_page(page, AdminPlanView.of, asked)

    async def post_plan(self, request: web.Request) -> web.Response:
        """Create the plan."""
        body = await read(request, PlanBody)
        actor = actor_of(request)
        published = await self.publish_plan(
            PublishPlan(
                plan=body.plan(PlanId(""), self.currency_default),
                is_new=True,
                actor=actor,
                key=request_key(request, actor.id),
            )
        )
        return reply(await self._saved(published.plan), status=201, replayed=published.is_replay)

    async def put_plan(self, request: web.Request) -> web.Response:
        """Replace the plan."""
        plan_id = PlanId(path_id(request, lambda given: PlanNotFound(plan_id=PlanId(given))))
        body = await read(request, PlanReplacementBody)
        published = await self.publish_plan(
            PublishPlan(
                plan=body.plan(plan_id, self.currency_default),
                is_new=False,
                actor=actor_of(request),
            )
        )
        return reply(await self._saved(published.plan))

    async def _saved(self, plan: Plan) -> SavedPlanView:
        problems = await self.compare_prices(ComparePrices(item=plan))
        return SavedPlanView.with_warnings(plan, problems)


_EXAMPLE = {
    "name": "Pro",
    "description": "For growing teams",
    "price_monthly": 999,
    "price_yearly": 9990,
    "currency": "USD",
    "credits_included": 10000,
    "features": ["Unlimited AI chat", "Priority support"],
    "rollover_max": 5000,
    "stripe_price_id_monthly": "price_1PqProMonthly",
    "creem_product_id": "prod_pro",
}
