"""Running subscriptions: cancelled, paused, resumed, moved to another price."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import frozen

from adapters.providers.stripe.calls import StripeCalls, key_of
from adapters.providers.stripe.facts import subscription_reported
from adapters.providers.stripe.invoices import InvoiceObject
from adapters.providers.stripe.objects import (
    SubscriptionItem,
    SubscriptionObject,
    instant,
)
from adapters.providers.stripe.reading import StripeReading
from adapters.providers.stripe.refusals import StripeRefused
from adapters.providers.stripe.signature import CHANNEL
from application.ports.provider_calls import (
    ChangeBilling,
    ChangePreview,
    PlanChange,
    SubscriptionAction,
)
from application.ports.system import Clock
from domain.payments.errors import ProviderRefused
from domain.payments.provider_event import SubscriptionReported

Prorations = Literal["always_invoice", "none"]


@frozen(kw_only=True)
class StripeSubscriptions:
    """Does to a subscription what its subscriber or an admin asks for."""

    calls: StripeCalls
    reading: StripeReading
    wall_clock: Clock

    async def act(
        self, subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionReported:
        """Do it, or find it done: a repeat is refused by Stripe once the key is forgotten."""
        asked_at = self.wall_clock()
        try:
            found = await self._acted(subscription_id, action, key)
        except StripeRefused:
            found = await self.reading.subscription(subscription_id)
            if not _is_done(found, action):
                raise
        return subscription_reported(found, asked_at)

    async def preview(self, change: PlanChange) -> ChangePreview:
        """Return what a change would cost now, tax included, without making it."""
        item = await self._item(change.provider_subscription_id)
        invoice = await self.calls.ask(
            lambda stripe: stripe.v1.invoices.create_preview_async(
                {
                    "subscription": change.provider_subscription_id,
                    "subscription_details": {
                        "items": [
                            {
                                "id": item.id,
                                "price": change.reference,
                                "quantity": item.quantity or 1,
                            }
                        ],
                        "proration_behavior": _prorations(change.billing),
                        "proration_date": int(change.proration_at.timestamp()),
                    },
                }
            ),
            InvoiceObject,
        )
        begins = _begins_period(await self.reading.whole(invoice), change)
        is_due_now = begins or change.billing is ChangeBilling.NOW
        return ChangePreview(
            due_now_minor=invoice.total if is_due_now else 0,
            from_balance_minor=_from_balance(invoice) if is_due_now else 0,
            currency=invoice.currency.upper(),
            is_exact=True,
            begins_period=begins,
        )

    async def change(self, change: PlanChange) -> SubscriptionReported:
        """Move to another price, all or nothing: where a payment is due and fails, nothing changes.

        The item is named: without it a second one would be added, and both billed.
        """
        asked_at = self.wall_clock()
        item = await self._item(change.provider_subscription_id)
        found = await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.update_async(
                change.provider_subscription_id,
                {
                    "items": [
                        {
                            "id": item.id,
                            "price": change.reference,
                            "quantity": item.quantity or 1,
                        }
                    ],
                    "proration_behavior": _prorations(change.billing),
                    "proration_date": int(change.proration_at.timestamp()),
                    "payment_behavior": "error_if_incomplete",
                },
                {"idempotency_key": key_of("change", change.key)},
            ),
            SubscriptionObject,
        )
        return subscription_reported(found, asked_at)

    async def _acted(
        self, subscription_id: str, action: SubscriptionAction, key: str
    ) -> SubscriptionObject:
        match action:
            case SubscriptionAction.CANCEL_NOW:
                # No key: cancelling is idempotent, and Stripe takes keys with POST alone.
                return await self.calls.ask(
                    lambda stripe: stripe.v1.subscriptions.cancel_async(subscription_id),
                    SubscriptionObject,
                )
            case SubscriptionAction.CANCEL_AT_PERIOD_END:
                return await self._ending(subscription_id, key_of(action.value, key))
            case SubscriptionAction.UNDO_CANCEL:
                return await self._not_ending(subscription_id, key_of(action.value, key))
            case SubscriptionAction.PAUSE:
                return await self._paused(subscription_id, key_of(action.value, key))
            case SubscriptionAction.RESUME:
                return await self._resumed(subscription_id, key_of(action.value, key))

    async def _ending(self, subscription_id: str, key: str) -> SubscriptionObject:
        return await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.update_async(
                subscription_id, {"cancel_at_period_end": True}, {"idempotency_key": key}
            ),
            SubscriptionObject,
        )

    async def _not_ending(self, subscription_id: str, key: str) -> SubscriptionObject:
        found = await self.reading.subscription(subscription_id)
        if not found.is_ending:
            return found
        if found.cancel_at_period_end:
            return await self.calls.ask(
                lambda stripe: stripe.v1.subscriptions.update_async(
                    subscription_id, {"cancel_at_period_end": False}, {"idempotency_key": key}
                ),
                SubscriptionObject,
            )
        # The portal sets a date where the subscription is billed flexibly.
        return await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.update_async(
                subscription_id, {"cancel_at": ""}, {"idempotency_key": key}
            ),
            SubscriptionObject,
        )

    async def _paused(self, subscription_id: str, key: str) -> SubscriptionObject:
        # Left alone, Stripe would credit the rest of the period, whose credits we have granted:
        # pausing and resuming would buy them again and again for next to nothing.
        return await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.pause_async(
                subscription_id,
                {"bill_for": {"unused_time_from": {"type": "none"}}},
                {"idempotency_key": key},
            ),
            SubscriptionObject,
        )

    async def _resumed(self, subscription_id: str, key: str) -> SubscriptionObject:
        # In the period that was paid it goes on; after it, a new period is begun and paid.
        found = await self.reading.subscription(subscription_id)
        bounds = found.bounds
        is_paid = bounds is not None and self.wall_clock() < instant(bounds[1])
        anchor = "unchanged" if is_paid else "now"
        return await self.calls.ask(
            lambda stripe: stripe.v1.subscriptions.resume_async(
                subscription_id,
                {"billing_cycle_anchor": {"type": anchor}, "proration_behavior": "none"},
                {"idempotency_key": key},
            ),
            SubscriptionObject,
        )

    async def _item(self, subscription_id: str) -> SubscriptionItem:
        found = await self.reading.subscription(subscription_id)
        if len(found.items.data) != 1:
            raise ProviderRefused(
                channel=CHANNEL, reason="the subscription there is not for one thing alone"
            )
        return found.items.data[0]


def _prorations(billing: ChangeBilling) -> Prorations:
    match billing:
        case ChangeBilling.NOW:
            return "always_invoice"
        case ChangeBilling.NONE:
            return "none"


def _begins_period(invoice: InvoiceObject, change: PlanChange) -> bool:
    """Say whether the previewed invoice is for a period that would begin at once.

    A change between month and year begins one whatever was asked for; its invoice is written now.
    """
    begins: list[datetime] = [instant(line.period.start) for line in invoice.period_lines]
    return any(start_at <= change.proration_at for start_at in begins)


def _from_balance(invoice: InvoiceObject) -> int:
    """Return what of a previewed invoice is not charged to a card: the balance with Stripe pays it.

    One that gives more than it costs is added to the balance instead.
    """
    return invoice.total - invoice.amount_due if invoice.total > 0 else 0


def _is_done(found: SubscriptionObject, action: SubscriptionAction) -> bool:
    match action:
        case SubscriptionAction.CANCEL_NOW:
            return found.status in {"canceled", "incomplete_expired"}
        case SubscriptionAction.CANCEL_AT_PERIOD_END:
            return found.is_ending
        case SubscriptionAction.UNDO_CANCEL:
            return not found.is_ending
        case SubscriptionAction.PAUSE:
            return found.status == "paused"
        case SubscriptionAction.RESUME:
            return found.status in {"active", "trialing"}
