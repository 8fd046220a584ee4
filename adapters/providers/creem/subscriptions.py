"""Changing subscriptions at Creem, whose calls take no key: what has happened is read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import frozen

from adapters.providers.creem.amounts import estimated_change
from adapters.providers.creem.client import CreemClient
from adapters.providers.creem.reading import CreemReading, segment
from adapters.providers.creem.refusals import refused
from adapters.providers.creem.standing import period_of, reported_as_of
from adapters.providers.creem.statuses import SCHEDULED_CANCEL
from adapters.providers.creem.wire import ProductData, SubscriptionData, id_of, minor_of
from application.ports.provider_calls import (
    ChangeBilling,
    ChangePreview,
    PlanChange,
    SubscriptionAction,
)
from application.ports.system import Clock
from domain.payments.errors import ProviderRefused, ProviderUnavailable
from domain.payments.provider_event import SubscriptionReported

_RUNNING = frozenset({"active", "trialing"})
_ENDED = frozenset({"canceled"})
_MICROSECOND = timedelta(microseconds=1)

_UPDATE_BEHAVIOUR: Mapping[ChangeBilling, str] = {
    ChangeBilling.NOW: "proration-charge-immediately",
    ChangeBilling.NONE: "proration-none",
}


@frozen(kw_only=True)
class _Move:
    """How an action is asked for, from which states, and which states show that it is done."""

    call: str
    body: Mapping[str, Any] | None = None
    only_from: frozenset[str] | None = None
    done_in: frozenset[str]


# Undoing a cancellation and ending a pause are one call at Creem: without a look at the state
# first, the one would do the other.
_MOVES: Mapping[SubscriptionAction, _Move] = {
    SubscriptionAction.CANCEL_NOW: _Move(call="cancel", body={"mode": "immediate"}, done_in=_ENDED),
    SubscriptionAction.CANCEL_AT_PERIOD_END: _Move(
        call="cancel",
        body={"mode": "scheduled", "onExecute": "cancel"},
        done_in=_ENDED | {SCHEDULED_CANCEL},
    ),
    SubscriptionAction.UNDO_CANCEL: _Move(
        call="resume", only_from=frozenset({SCHEDULED_CANCEL}), done_in=_RUNNING
    ),
    SubscriptionAction.PAUSE: _Move(call="pause", done_in=frozenset({"paused"})),
    SubscriptionAction.RESUME: _Move(
        call="resume", only_from=frozenset({"paused"}), done_in=_RUNNING
    ),
}


@frozen(kw_only=True)
class CreemSubscriptions:
    """Cancels, pauses, resumes and changes subscriptions.

    What is read holds as of the instant before it was asked for, by `wall_clock`: Creem's own
    instant of the last change may lie before a payment that has been told since.
    """

    client: CreemClient
    reading: CreemReading
    wall_clock: Clock

    async def read(self, subscription_id: str) -> SubscriptionReported:
        """Return how a subscription stands now."""
        asked_at = self.wall_clock()
        return reported_as_of(asked_at, await self.reading.subscription(subscription_id))

    async def act(self, subscription_id: str, action: SubscriptionAction) -> SubscriptionReported:
        """Do something to a subscription; one that is as it should be is left as it is."""
        move, asked_at = _MOVES[action], self.wall_clock()
        if move.only_from is not None:
            before = await self.reading.subscription(subscription_id)
            if before.status in move.done_in:
                return reported_as_of(asked_at, before)
            if before.status not in move.only_from:
                raise refused("the subscription is in no state for this")
        path = f"/v1/subscriptions/{segment(subscription_id)}/{move.call}"
        try:
            after = await self.client.post(path, SubscriptionData, move.body)
        except (ProviderUnavailable, ProviderRefused):
            after = await self.reading.subscription(subscription_id)
            if after.status not in move.done_in:
                raise
        return reported_as_of(asked_at, after)

    async def change_plan(self, change: PlanChange) -> SubscriptionReported:
        """Move a subscription to another product; one that is there already is left there."""
        asked_at = self.wall_clock()
        before = await self.reading.subscription(change.provider_subscription_id)
        if id_of(before.product) == change.reference:
            return reported_as_of(asked_at, before)
        path = f"/v1/subscriptions/{segment(change.provider_subscription_id)}/upgrade"
        asked = {
            "product_id": change.reference,
            "update_behavior": _UPDATE_BEHAVIOUR[change.billing],
        }
        try:
            await self.client.post(path, SubscriptionData, asked)
        except (ProviderUnavailable, ProviderRefused):
            after = await self.reading.subscription(change.provider_subscription_id)
            if id_of(after.product) != change.reference:
                raise
            return reported_as_of(asked_at, after)
        # What is answered, and told, right after a change may be half the old and half the new.
        return await self.read(change.provider_subscription_id)

    async def preview_change(self, change: PlanChange) -> ChangePreview:
        """Estimate what a change would cost now, before tax: Creem itself previews none.

        A change that is settled now starts a new period, and what is left of the paid one counts
        towards it; a change that is never settled costs nothing now.
        """
        subscription = await self.reading.subscription(change.provider_subscription_id)
        new_minor, currency = _price_of(await self.reading.product(change.reference))
        due = 0
        if change.billing is ChangeBilling.NOW:
            old = subscription.product
            if isinstance(old, str):
                old = await self.reading.product(old)
            if old is None:
                raise refused("it does not say what the subscription is for")
            old_minor, old_currency = _price_of(old)
            if old_currency != currency:
                raise refused("the two are sold in different currencies")
            left, whole = _left_of(subscription, change.proration_at)
            due = estimated_change(old_minor, new_minor, left, whole)
        return ChangePreview(
            due_now_minor=due,
            currency=currency,
            is_exact=False,
            begins_period=change.billing is ChangeBilling.NOW,
        )


def _price_of(product: ProductData) -> tuple[int, str]:
    amount = minor_of(product.price)
    if amount is None or product.currency is None:
        raise refused("it does not say what the product costs")
    return amount, product.currency.upper()


def _left_of(subscription: SubscriptionData, at: datetime) -> tuple[int, int]:
    """Return how much of a subscription's period is left at an instant, and how long it is."""
    period = period_of(subscription)
    if period is None:
        return 0, 1
    inside = min(max(at.astimezone(UTC), period.start_at), period.end_at)
    left = (period.end_at - inside) // _MICROSECOND
    return left, (period.end_at - period.start_at) // _MICROSECOND
