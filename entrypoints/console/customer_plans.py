"""The plan that a customer is on: changed as it was quoted, or given without payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.change_plan import ChangePlan, ChangingPlan
from application.subscriptions.comp_subscription import CompingSubscription, CompSubscription
from application.subscriptions.preview_change import (
    ChangePreviewed,
    PreviewChange,
    PreviewingChange,
)
from application.subscriptions.search_subscriptions import (
    InspectingSubscription,
    InspectSubscription,
    SubscriptionInspected,
)
from domain.access.role import Right
from domain.errors import BillingError
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.comp import is_given
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import PlanId, SubscriptionId
from domain.subscriptions.quote import obstacle_to_change
from domain.subscriptions.subscription import Subscription
from entrypoints.console.forms import STEP, Filled, Given, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.page import Page, Visit
from entrypoints.console.shelf import OFFER, Offer, Shelf, offer_of
from entrypoints.http.admin_comp import CompBody
from entrypoints.http.admin_plan_changes import AdminChangeBody, AdminChangePreviewBody
from entrypoints.http.admin_subscriptions import AdminWishBody
from entrypoints.http.change_lines import change_lines

_CHANGE = (OFFER, "reason")
_COMP = (OFFER, "until", "reason")

_OTHER = "Tax, and what the payment provider reckons otherwise"

# How far a change has come when the page is shown again. One that is refused never comes so far.
_NOTICES: Mapping[ChangeStatus, str] = {
    ChangeStatus.REQUESTED: "plan-change-asked",
    ChangeStatus.SCHEDULED: "plan-change-scheduled",
    ChangeStatus.PLACED: "plan-change-scheduled",
    ChangeStatus.APPLIED: "plan-changed",
    ChangeStatus.WITHDRAWN: "plan-change-withdrawn",
}


@frozen(kw_only=True)
class CustomerPlanPages:
    """A change of plan shows what it means before it is confirmed; a gift costs nobody anything."""

    inspect_subscription: InspectingSubscription
    preview_change: PreviewingChange
    change_plan: ChangingPlan
    comp_subscription: CompingSubscription
    shelf: Shelf

    def pages(self) -> Sequence[Page]:
        """Return the two forms and what they do."""
        change, comp, may = "/customer/plan", "/customer/comp", Right.CREDIT
        return (
            Page(method="GET", path=change, handler=self.get_change, right=may),
            Page(method="POST", path=change, handler=self.post_change, right=may),
            Page(method="GET", path=comp, handler=self.get_comp, right=may),
            Page(method="POST", path=comp, handler=self.post_comp, right=may),
        )

    async def get_change(self, visit: Visit) -> web.Response:
        """Ask which plan it is to be, and why."""
        return await self._change_form(visit, await self._found(visit), Filled(values={}))

    async def post_change(self, visit: Visit) -> web.Response:
        """Show what a change would mean; carry it out when that has been seen."""
        given, found = await visit.given(), await self._found(visit)
        try:
            if given.text(STEP) == "confirm":
                return await self._changed(visit, given, found)
            if given.text(STEP) == "change":
                return await self._change_form(visit, found, Filled(values=given.values))
            previewed = await self._previewed(given, found)
        except BillingError as refusal:
            form = refused(given, refusal, fields=_CHANGE)
            return await self._change_form(visit, found, form, 400)
        return visit.shown(
            "plan-change-quote.html",
            sold=found.subscription,
            quote=previewed.quote,
            lines=list(change_lines(previewed.quote, previewed.quote.due_minor, _OTHER)),
            sealed=previewed.sealed,
            form=Filled(values=given.values, once=given.text("once")),
        )

    async def get_comp(self, visit: Visit) -> web.Response:
        """Ask which plan is given, until when, and why."""
        return await self._comp_form(visit, Filled(values={}))

    async def post_comp(self, visit: Visit) -> web.Response:
        """Give the subscription."""
        given, account_id = await visit.given(), visit.account()
        reading = Reading(given)
        plan_id, interval = offer_of(reading)
        try:
            values = {
                "account_id": account_id,
                "plan_id": plan_id,
                "interval": interval,
                "until": reading.instant("until"),
                "reason": reading.text("reason"),
            }
            body = reading.body(CompBody, values)
            comped = await self.comp_subscription(
                CompSubscription(
                    account_id=account_id,
                    plan_id=PlanId(body.plan_id),
                    interval=body.interval,
                    until=body.until,
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return await self._comp_form(visit, refused(given, refusal, fields=_COMP), 400)
        return visit.go("/customer/subscription", notice="comped", id=comped.subscription.id)

    async def _previewed(self, given: Given, found: SubscriptionInspected) -> ChangePreviewed:
        reading = Reading(given)
        plan_id, interval = offer_of(reading)
        # The reason is wanted now, so that what is shown next needs nothing but a yes.
        reading.body(AdminWishBody, {"reason": reading.text("reason")})
        body = reading.body(AdminChangePreviewBody, {"plan_id": plan_id, "interval": interval})
        return await self.preview_change(
            PreviewChange(
                plan_id=PlanId(body.plan_id),
                interval=body.interval,
                subscription_id=found.subscription.id,
            )
        )

    async def _changed(
        self, visit: Visit, given: Given, found: SubscriptionInspected
    ) -> web.Response:
        reading, subscription_id = Reading(given), found.subscription.id
        said = {"quote": reading.text("quote"), "reason": reading.text("reason")}
        body = reading.body(AdminChangeBody, said)
        changed = await self.change_plan(
            ChangePlan(
                quote=body.quote,
                subscription_id=subscription_id,
                reason=body.reason,
                actor=visit.actor,
                key=visit.key(given),
            )
        )
        notice = _NOTICES[changed.change.status]
        return visit.go("/customer/subscription", notice=notice, id=subscription_id)

    async def _found(self, visit: Visit) -> SubscriptionInspected:
        subscription_id = SubscriptionId(id_of(visit, lambda _: SubscriptionNotFound()))
        return await self.inspect_subscription(InspectSubscription(subscription_id=subscription_id))

    async def _change_form(
        self, visit: Visit, found: SubscriptionInspected, form: Filled, status: int = 200
    ) -> web.Response:
        obstacle = obstacle_to_change(found.subscription)
        return visit.shown(
            "plan-change.html",
            status=status,
            sold=found.subscription,
            change=found.change,
            form=form,
            obstacle=obstacle,
            offers=() if obstacle else _offered(await self.shelf.offers(), found),
        )

    async def _comp_form(self, visit: Visit, form: Filled, status: int = 200) -> web.Response:
        return visit.shown(
            "comp.html",
            status=status,
            account_id=visit.account(),
            form=form,
            offers=await self.shelf.offers(),
        )


def _offered(offers: Sequence[Offer], found: SubscriptionInspected) -> Sequence[Offer]:
    """Return what makes sense to change to; the rules have the last word.

    The plan it is on is among them only where choosing it takes back a change that is waiting.
    """
    sold, is_waiting = found.subscription, found.change is not None and found.change.is_waiting
    now = (sold.plan_id, sold.interval)
    return [
        offer
        for offer in offers
        if offer.plan.group == sold.group
        and offer.plan.currency == sold.currency
        and (is_waiting if (offer.plan.id, offer.interval) == now else _fits(offer, sold))
    ]


def _fits(offer: Offer, sold: Subscription) -> bool:
    """Say whether a plan is for sale, and paid for where the present one is, or free where not.

    Who was given a plan may be given any.
    """
    is_alike = offer.plan.is_free is sold.renews_itself or is_given(sold)
    return offer.plan.is_on_sale and is_alike
