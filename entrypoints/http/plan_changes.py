"""Changing plans: what a change would mean, as a quote, and taking the quote up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from attrs import frozen
from msgspec import Meta

from application.subscriptions.change_plan import ChangePlan, ChangingPlan, PlanChanged
from application.subscriptions.preview_change import (
    ChangePreviewed,
    PreviewChange,
    PreviewingChange,
)
from domain.access.role import Scope
from domain.credits.errors import KeyReused
from domain.errors import BillingError
from domain.payments.errors import (
    AskedTooOften,
    CapabilityMissing,
    ChannelUnknown,
    NotSoldThere,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.period import Interval
from domain.subscriptions.change import Change, ChangeStatus, Timing
from domain.subscriptions.change_errors import (
    AlreadyOnPlan,
    ChangeNotOffered,
    ChangeUnderWay,
    QuoteExpired,
    QuoteOutdated,
    QuoteRefused,
    QuotesNotConfigured,
)
from domain.subscriptions.errors import (
    IntervalNotOffered,
    NotOnSale,
    NotPossibleNow,
    PlanNotFound,
    SubscriptionNotFound,
    SubscriptionNotNamed,
)
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.quote import Direction, Quote
from domain.subscriptions.terms import Terms
from entrypoints.http.endpoint import Endpoint, Idempotency
from entrypoints.http.idempotency import request_key
from entrypoints.http.policy import AccountHolder
from entrypoints.http.principal import account_of, asker_of
from entrypoints.http.subscriptions import SubscribedPlanView, SubscriptionView
from entrypoints.http.values import (
    AccountIdText,
    AuditReason,
    Credits,
    Currency,
    Id,
    Instant,
    PriceMinor,
    Reference,
    SignedAmount,
    SignedMinor,
)
from entrypoints.http.wire import read, reply

PREVIEW_REFUSALS: tuple[type[BillingError], ...] = (
    SubscriptionNotFound,
    PlanNotFound,
    NotOnSale,
    IntervalNotOffered,
    NotPossibleNow,
    AlreadyOnPlan,
    ChangeUnderWay,
    ChangeNotOffered,
    NotSoldThere,
    ChannelUnknown,
    CapabilityMissing,
    ProviderUnavailable,
    ProviderRefused,
    QuotesNotConfigured,
)
CHANGE_REFUSALS: tuple[type[BillingError], ...] = (
    QuoteRefused,
    QuoteExpired,
    QuoteOutdated,
    ChangeUnderWay,
    ChannelUnknown,
    CapabilityMissing,
    ProviderUnavailable,
    ProviderRefused,
    QuotesNotConfigured,
    KeyReused,
)
QuoteText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=8192,
        description="The `quote` of a preview, unchanged.",
        examples=["4m2hC1r6l0sPqA"],
    ),
]
FractionText = Annotated[
    str,
    Meta(
        description="How much of the paid period is still to come, as an exact fraction.",
        examples=["2/3"],
    ),
]


@frozen(kw_only=True)
class ChangePreviewBody:
    """The plan to change to, at which interval; backends name the account."""

    account_id: AccountIdText | None = None
    subscription_id: Reference | None = None
    plan_id: Reference
    interval: Interval


@frozen(kw_only=True)
class ChangeBody:
    """The quote that is taken up; backends name the account."""

    account_id: AccountIdText | None = None
    quote: QuoteText
    reason: AuditReason | None = None


@frozen(kw_only=True, slots=False)
class TermsView:
    """What a subscription is sold as: a plan at an interval, its price in minor units."""

    plan: SubscribedPlanView
    interval: Interval
    price: PriceMinor
    currency: Currency
    credits_per_month: Credits

    @classmethod
    def of(cls, terms: Terms) -> TermsView:
        """Return the terms as they are shown."""
        return cls(
            plan=SubscribedPlanView(id=terms.plan_id, name=terms.plan_name),
            interval=terms.interval,
            price=terms.price_minor,
            currency=terms.currency,
            credits_per_month=terms.credits_per_month,
        )


@frozen(kw_only=True, slots=False)
class CalculationView:
    """How the sums of a change at once come about, money in minor units.

    `unused` was paid for what is left of the period and is set against `new`, which the new plan
    costs for that rest, or for a period of its own where one begins. `other` is what the change
    costs beside these two: tax, and whatever the provider reckons otherwise. In the same way
    `credits_unused` of the month make way for `credits_new`; the month is null where none runs.
    """

    at: Instant
    period_start: Instant
    period_end: Instant
    unused: PriceMinor
    new: PriceMinor
    other: SignedMinor
    month_start: Instant | None
    month_end: Instant | None
    credits_unused: Credits
    credits_new: Credits

    @classmethod
    def of(cls, quote: Quote) -> CalculationView | None:
        """Return how the sums come about, or None for what costs and brings nothing yet."""
        made = quote.reckoning
        if made is None:
            return None
        return cls(
            at=quote.at,
            period_start=made.period.start_at,
            period_end=made.period.end_at,
            unused=made.unused_minor,
            new=made.new_minor,
            other=made.other_minor(quote.due_minor),
            month_start=None if made.month is None else made.month.start_at,
            month_end=None if made.month is None else made.month.end_at,
            credits_unused=made.unused_credits,
            credits_new=made.new_credits,
        )


@frozen(kw_only=True, slots=False)
class ChangePreviewView:
    """What a change would mean; nothing has changed yet.

    `amount_due_now` is in minor units, tax included where the provider says it; below zero it is
    credited to the customer. What the customer's balance with the provider pays beside it is
    `amount_from_balance`; below zero, it was owing, and is in what is due. `credits_now` come at
    once, or go. `new` is paid for next, at its price before tax, at `next_payment_at`, which is
    null where it costs nothing. `calculation` says how what it costs and brings comes about; it is
    null for a change that waits for the period's end. Where `exact` is false the provider cannot
    preview, and may collect another amount. `quote` is presented to take this offer up.
    """

    change_id: Id
    direction: Direction
    when: Timing
    effective_at: Instant
    current: TermsView
    new: TermsView
    amount_due_now: SignedMinor
    amount_from_balance: SignedMinor
    currency: Currency
    credits_now: SignedAmount
    calculation: CalculationView | None
    fraction: FractionText
    begins_period: bool
    next_payment_at: Instant | None
    exact: bool
    expires_at: Instant
    quote: QuoteText

    @classmethod
    def of(cls, previewed: ChangePreviewed) -> ChangePreviewView:
        """Return the offer as it is shown."""
        quote: Quote = previewed.quote
        return cls(
            change_id=quote.id,
            direction=quote.direction,
            when=quote.when,
            effective_at=quote.effective_at,
            current=TermsView.of(quote.before),
            new=TermsView.of(quote.after),
            amount_due_now=quote.due_minor - quote.from_balance_minor,
            amount_from_balance=quote.from_balance_minor,
            currency=quote.after.currency,
            credits_now=quote.credits,
            calculation=CalculationView.of(quote),
            fraction=str(quote.left),
            begins_period=quote.begins_period,
            next_payment_at=quote.next_payment_at,
            exact=quote.is_exact,
            expires_at=quote.expires_at,
            quote=previewed.sealed,
        )


@frozen(kw_only=True, slots=False)
class ChangeView:
    """A change of plan, and how far it has come."""

    id: Id
    status: ChangeStatus
    effective_at: Instant
    new: TermsView
    amount_due: SignedMinor
    currency: Currency
    credits: SignedAmount

    @classmethod
    def of(cls, change: Change) -> ChangeView:
        """Return the change as it is shown."""
        return cls(
            id=change.id,
            status=change.status,
            effective_at=change.effective_at,
            new=TermsView.of(change.after),
            amount_due=change.due_minor,
            currency=change.after.currency,
            credits=change.credits,
        )


@frozen(kw_only=True, slots=False)
class PlanChangedView:
    """The subscription as it stands now, and the change that was asked for."""

    subscription: SubscriptionView
    change: ChangeView

    @classmethod
    def of(cls, changed: PlanChanged) -> PlanChangedView:
        """Return what has become of a quote that was taken up."""
        return cls(
            subscription=SubscriptionView.of(changed.subscription, changed.change),
            change=ChangeView.of(changed.change),
        )


@frozen(kw_only=True)
class PlanChangesApi:
    """One's own plan, for accounts and the product's backend."""

    preview_change: PreviewingChange
    change_plan: ChangingPlan

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the routes by which an account changes its plan."""
        return (
            Endpoint(
                method="POST",
                path="/subscription/preview",
                handler=self.post_preview,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Subscription",
                summary="Preview a change of plan",
                description="Answers what changes, when, what is due and which credits come, and a "
                "quote that holds for fifteen minutes. Nothing is changed by it.",
                body=ChangePreviewBody,
                response=ChangePreviewView,
                refusals=(*PREVIEW_REFUSALS, SubscriptionNotNamed, AskedTooOften),
                example={
                    "plan_id": "019a8b1c-7d52-7c4e-9a53-0e2f4c6a8b10",
                    "interval": "monthly",
                },
            ),
            Endpoint(
                method="POST",
                path="/subscription/change",
                handler=self.post_change,
                policy=AccountHolder(Scope.CHECKOUT_CREATE),
                tag="Subscription",
                summary="Change the plan as quoted",
                description="One quote makes one change. Where the payment for it fails nothing "
                "changes; where the provider's answer is lost the change is `requested`, and a "
                "repeat asks for the same one again.",
                body=ChangeBody,
                response=PlanChangedView,
                refusals=CHANGE_REFUSALS,
                idempotency=Idempotency.OPTIONAL,
                example={"quote": "4m2hC1r6l0sPqA", "reason": "More credits"},
            ),
        )

    async def post_preview(self, request: web.Request) -> web.Response:
        """Answer what a change of plan would mean."""
        body = await read(request, ChangePreviewBody)
        named = body.subscription_id
        previewed = await self.preview_change(
            PreviewChange(
                plan_id=PlanId(body.plan_id),
                interval=body.interval,
                account_id=account_of(request, body.account_id),
                subscription_id=None if named is None else SubscriptionId(named),
            )
        )
        return reply(ChangePreviewView.of(previewed))

    async def post_change(self, request: web.Request) -> web.Response:
        """Carry out what was quoted."""
        body = await read(request, ChangeBody)
        account_id = account_of(request, body.account_id)
        changed = await self.change_plan(
            ChangePlan(
                quote=body.quote,
                account_id=account_id,
                reason=body.reason or "",
                actor=asker_of(request),
                key=request_key(request, account_id),
            )
        )
        return reply(PlanChangedView.of(changed), replayed=changed.is_replay)
