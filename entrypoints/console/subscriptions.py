"""What is done to a customer's subscription by hand: ended, set aside, or let go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from attrs import frozen

from application.subscriptions.fulfil_wish import Asked, FulfillingWish, FulfilWish
from application.subscriptions.search_subscriptions import (
    InspectingSubscription,
    InspectSubscription,
    SubscriptionInspected,
)
from domain.access.role import Right
from domain.errors import BillingError, InvalidField
from domain.subscriptions.errors import SubscriptionNotFound
from domain.subscriptions.ids import SubscriptionId
from domain.subscriptions.quote import obstacle_to_change
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from entrypoints.console.forms import Filled, Reading, refused
from entrypoints.console.ids import id_of
from entrypoints.console.page import Page, Visit
from entrypoints.http.admin_subscriptions import AdminWishBody

_LABELS: Mapping[Asked, str] = {
    Asked.CANCEL_AT_PERIOD_END: "Cancel at the end of the paid period",
    Asked.CANCEL_NOW: "Cancel now; its money is given back apart, by refunding its order",
    Asked.PAUSE: "Pause: nothing is collected, no month's credits come",
    Asked.RESUME: "Let it go on",
}
_FIELDS = ("asked", "reason")


@frozen(kw_only=True)
class SubscriptionPages:
    """One subscription with its history, and what may be done to it."""

    inspect_subscription: InspectingSubscription
    fulfil_wish: FulfillingWish

    def pages(self) -> Sequence[Page]:
        """Return the page and its form."""
        path = "/customer/subscription"
        return (
            Page(method="GET", path=path, handler=self.get_subscription, right=Right.READ),
            Page(method="POST", path=path, handler=self.post_subscription, right=Right.CREDIT),
        )

    async def get_subscription(self, visit: Visit) -> web.Response:
        """Show a subscription and everything that happened to it."""
        return self._page(visit, await self._found(visit), Filled(values={}))

    async def post_subscription(self, visit: Visit) -> web.Response:
        """Do what was chosen, with its reason."""
        given, found = await visit.given(), await self._found(visit)
        subscription, reading = found.subscription, Reading(given)
        try:
            chosen = next((each for each in Asked if each.value == given.text("asked")), None)
            if chosen is None:
                raise InvalidField(path="asked", problem="choose what to do")
            body = reading.body(AdminWishBody, {"reason": reading.text("reason")})
            await self.fulfil_wish(
                FulfilWish(
                    asked=chosen,
                    subscription_id=subscription.id,
                    reason=body.reason,
                    actor=visit.actor,
                    key=visit.key(given),
                )
            )
        except BillingError as refusal:
            return self._page(visit, found, refused(given, refusal, fields=_FIELDS), 400)
        return visit.go("/customer/subscription", notice="subscription-changed", id=subscription.id)

    async def _found(self, visit: Visit) -> SubscriptionInspected:
        subscription_id = SubscriptionId(id_of(visit, lambda _: SubscriptionNotFound()))
        return await self.inspect_subscription(InspectSubscription(subscription_id=subscription_id))

    def _page(
        self, visit: Visit, found: SubscriptionInspected, form: Filled, status: int = 200
    ) -> web.Response:
        choices = _choices(found.subscription) if visit.may(Right.CREDIT) else ()
        return visit.shown(
            "subscription.html",
            status=status,
            sold=found.subscription,
            found=found,
            form=form,
            obstacle=obstacle_to_change(found.subscription),
            choices=[(each.value, _LABELS[each]) for each in choices],
        )


def _choices(subscription: Subscription) -> Sequence[Asked]:
    """Return what makes sense as it stands; the rules have the last word when it is asked for."""
    if not subscription.is_live:
        return ()
    if subscription.cancel_at_period_end or subscription.status is SubscriptionStatus.PAUSED:
        return (Asked.RESUME, Asked.CANCEL_NOW)
    return (Asked.CANCEL_AT_PERIOD_END, Asked.PAUSE, Asked.CANCEL_NOW)
