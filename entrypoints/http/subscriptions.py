"""Subscriptions: what is on sale, one's own subscription, and the provider's portal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs
from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.ports.paging import LIMIT_MAX
from application.subscriptions.open_portal import OpeningPortal, OpenPortal
from application.subscriptions.publish_pack import ListingPacks, ListPacks
from application.subscriptions.publish_plan import ListingPlans, ListPlans
from application.subscriptions.read_subscription import (
    ReadingSubscription,
    ReadSubscription,
    SubscriptionRead,
)
from domain.access.role import Scope
from domain.payments.errors import (
    AskedTooOften,
    CapabilityMissing,
    ChannelUnknown,
    NoProviderCustomer,
    ProviderRefused,
    ProviderUnavailable,
    ReturnUrlRefused,
)
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.change import Change
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from entrypoints.http.endpoint import Endpoint, Shape
from entrypoints.http.paging import CursorQuery, Limit
from entrypoints.http.plan_rules import TrialDays
from entrypoints.http.policy import AccountHolder, Public
from entrypoints.http.principal import account_of
from entrypoints.http.values import (
    AccountIdText,
    Amount,
    Credits,
    Currency,
    Id,
    Instant,
    Name,
    PriceMinor,
    Text,
    Url,
)
from entrypoints.http.wire import read, read_query, reply, reply_page

CreditsIncluded = Annotated[
    Credits, Meta(description="Credits that come every month, on a yearly price too.")
]
Features = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...],
    Meta(max_length=50, description="What the plan offers, as lines to show."),
]


PlanGroup = Annotated[
    Name, Meta(description="Only who has a plan of this group may buy it; null: everybody.")
]
EndsWithPlan = Annotated[
    bool, Meta(description="Whether what is left of it ends when that subscription does.")
]


@frozen(kw_only=True)
class CatalogueQuery(CursorQuery):
    """Which part of what is on sale: all of it, unless there are more than a hundred."""

    limit: Limit = LIMIT_MAX


@frozen(kw_only=True, slots=False)
class PlanView:
    """A plan on sale: prices in minor units, `price_yearly` null where it is sold monthly only."""

    id: Id
    name: Name
    description: Text
    price_monthly: PriceMinor
    price_yearly: PriceMinor | None
    credits_included: CreditsIncluded
    features: Features
    currency: Currency
    trial_days: TrialDays | None

    @classmethod
    def of(cls, plan: Plan) -> PlanView:
        """Return the plan as buyers see it."""
        return cls(
            id=plan.id,
            name=plan.name,
            description=plan.description,
            price_monthly=plan.price_monthly_minor,
            price_yearly=plan.price_yearly_minor,
            credits_included=plan.credits_included,
            features=plan.features,
            currency=plan.currency,
            trial_days=None if plan.rules.trial is None else plan.rules.trial.days,
        )


@frozen(kw_only=True, slots=False)
class PackView:
    """A one-off amount of credits on sale; its price in minor units.

    With a `requires_plan_group` it is an add-on to a plan.
    """

    id: Id
    name: Name
    credits: Amount
    price: PriceMinor
    currency: Currency
    requires_plan_group: PlanGroup | None
    ends_with_plan: EndsWithPlan

    @classmethod
    def of(cls, pack: Pack) -> PackView:
        """Return the pack as buyers see it."""
        return cls(
            id=pack.id,
            name=pack.name,
            credits=pack.credits,
            price=pack.price_minor,
            currency=pack.currency,
            requires_plan_group=pack.requires_group,
            ends_with_plan=pack.ends_with_plan,
        )


@frozen(kw_only=True, slots=False)
class SubscribedPlanView:
    """The plan of a subscription, under the name it was sold by."""

    id: Id
    name: Name


@frozen(kw_only=True, slots=False)
class ScheduledChangeView:
    """The plan that a subscription is to be for from `effective_at` on, when its period ends."""

    id: Id
    plan: SubscribedPlanView
    interval: Interval
    price: PriceMinor
    currency: Currency
    credits_per_month: CreditsIncluded
    effective_at: Instant

    @classmethod
    def of(cls, change: Change) -> ScheduledChangeView:
        """Return a change that waits."""
        after = change.after
        return cls(
            id=change.id,
            plan=SubscribedPlanView(id=after.plan_id, name=after.plan_name),
            interval=after.interval,
            price=after.price_minor,
            currency=after.currency,
            credits_per_month=after.credits_per_month,
            effective_at=change.effective_at,
        )


@frozen(kw_only=True, slots=False)
class SubscriptionView:
    """An account's subscription: its plan, where it stands, and the period paid for last.

    `benefits` says whether the plan's benefits are to be given: while it is paid or on trial, and
    in the grace of one that is overdue, until `grace_ends_at`.
    `scheduled_change` is null unless its plan is to change when the period ends.
    """

    id: Id
    plan: SubscribedPlanView
    status: SubscriptionStatus
    interval: Interval
    current_period_start: Instant
    current_period_end: Instant
    cancel_at_period_end: bool
    scheduled_change: ScheduledChangeView | None
    channel: str
    trial_ends_at: Instant | None
    grace_ends_at: Instant | None
    resume_at: Instant | None
    benefits: bool

    @classmethod
    def of(cls, subscription: Subscription, change: Change | None = None) -> SubscriptionView:
        """Return the subscription as its account sees it, with the change of it that is open."""
        course = subscription.course
        goes_on = subscription.is_live and not subscription.cancel_at_period_end
        is_waiting = change is not None and change.is_waiting and goes_on
        return cls(
            id=subscription.id,
            plan=SubscribedPlanView(id=subscription.plan_id, name=subscription.plan_name),
            status=subscription.status,
            interval=subscription.interval,
            current_period_start=subscription.period.start_at,
            current_period_end=subscription.period.end_at,
            cancel_at_period_end=subscription.cancel_at_period_end,
            scheduled_change=ScheduledChangeView.of(change) if change and is_waiting else None,
            channel=subscription.channel,
            trial_ends_at=course.trial_ends_at,
            grace_ends_at=None if course.overdue is None else course.overdue.grace_ends_at,
            resume_at=course.resume_at,
            benefits=subscription.is_entitled,
        )


@frozen(kw_only=True, slots=False)
class OwnSubscriptionView(SubscriptionView):
    """An account's subscription with its price, in minor units of `currency`.

    `next_payment` is what is due for the period after this one, before tax. It is null where
    nothing is, and where a discount goes on, which the provider takes off.
    """

    price: PriceMinor
    currency: Currency
    next_payment: PriceMinor | None

    @classmethod
    def read(cls, found: SubscriptionRead) -> OwnSubscriptionView:
        """Return the subscription as its account reads it."""
        view = SubscriptionView.of(found.subscription, found.change)
        return cls(
            **attrs.asdict(view, recurse=False),
            price=found.subscription.price_minor,
            currency=found.subscription.currency,
            next_payment=found.next_payment_minor,
        )


@frozen(kw_only=True)
class PortalBody:
    """Where the portal leads back to; backends name the account."""

    account_id: AccountIdText | None = None
    return_url: Url


@frozen(kw_only=True, slots=False)
class PortalView:
    """The address of a short-lived page about this one customer."""

    url: str


@frozen(kw_only=True)
class SubscriptionsApi:
    """The catalogue and subscriptions, for accounts and the product's backend."""

    list_plans: ListingPlans
    list_packs: ListingPacks
    read_subscription: ReadingSubscription
    open_portal: OpeningPortal

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes about subscriptions."""
        return (*self._catalogue(), *self._own())

    def _catalogue(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/subscription/plans",
                handler=self.get_plans,
                policy=Public(),
                tag="Subscription",
                summary="List the plans on sale",
                query=CatalogueQuery,
                response=PlanView,
                shape=Shape.LIST,
            ),
            Endpoint(
                method="GET",
                path="/credits/packs",
                handler=self.get_packs,
                policy=Public(),
                tag="Credits",
                summary="List the credit packs on sale",
                query=CatalogueQuery,
                response=PackView,
                shape=Shape.LIST,
            ),
        )

    def _own(self) -> Sequence[Endpoint]:
        return (
            Endpoint(
                method="GET",
                path="/subscription",
                handler=self.get_subscription,
                policy=AccountHolder(Scope.ORDERS_READ),
                tag="Subscription",
                summary="Read the account's subscription",
                description="The live one, or null if there is none.",
                response=OwnSubscriptionView | None,
            ),
            Endpoint(
                method="POST",
                path="/subscription/portal",
                handler=self.post_portal,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Subscription",
                summary="Open the provider's portal",
                description="Where a customer cancels, resumes and sees invoices.",
                body=PortalBody,
                response=PortalView,
                refusals=(
                    ReturnUrlRefused,
                    NoProviderCustomer,
                    ChannelUnknown,
                    CapabilityMissing,
                    AskedTooOften,
                    ProviderUnavailable,
                    ProviderRefused,
                ),
                example={"return_url": "https://example.com/dashboard/subscription"},
            ),
        )

    async def get_plans(self, request: web.Request) -> web.Response:
        """Answer the plans on sale."""
        asked = read_query(request, CatalogueQuery).page()
        page = await self.list_plans(ListPlans(page=asked, only_on_sale=True))
        return reply_page(page, PlanView.of, asked)

    async def get_packs(self, request: web.Request) -> web.Response:
        """Answer the packs on sale."""
        asked = read_query(request, CatalogueQuery).page()
        page = await self.list_packs(ListPacks(page=asked, only_on_sale=True))
        return reply_page(page, PackView.of, asked)

    async def get_subscription(self, request: web.Request) -> web.Response:
        """Answer the account's live subscription, or null."""
        found = await self.read_subscription(ReadSubscription(account_id=account_of(request)))
        if found is None:
            return reply(None)
        return reply(OwnSubscriptionView.read(found))

    async def post_portal(self, request: web.Request) -> web.Response:
        """Answer where the account manages what it has bought."""
        body = await read(request, PortalBody)
        opened = await self.open_portal(
            OpenPortal(account_id=account_of(request, body.account_id), return_url=body.return_url)
        )
        return reply(PortalView(url=opened.url))
