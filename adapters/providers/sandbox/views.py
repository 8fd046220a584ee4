"""What the sandbox's pages show of what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.providers.sandbox.records import (
    CheckoutState,
    CustomerState,
    PortalTicket,
    SubscriptionState,
)
from application.ports.sandbox import SandboxCheckout, SandboxPortal, SandboxSubscription


def checkout_view(checkout: CheckoutState, now: datetime) -> SandboxCheckout:
    """Return what a checkout page shows now."""
    return SandboxCheckout(
        session_id=checkout.session_id,
        item=checkout.item,
        interval=None if checkout.interval is None else checkout.interval.value,
        credits=checkout.credits,
        price_minor=checkout.price_minor,
        discount_minor=checkout.discount_minor,
        total_minor=checkout.net_minor,
        currency=checkout.currency,
        email=checkout.email,
        coupon_code=checkout.coupon_code,
        status=checkout.status_at(now).value,
        trial_days=checkout.trial_days,
        success_url=checkout.success_url,
        cancel_url=checkout.cancel_url,
    )


def portal_view(
    portal: PortalTicket, customer: CustomerState, subscriptions: Sequence[SubscriptionState]
) -> SandboxPortal:
    """Return what a portal page shows, the newest subscription first."""
    return SandboxPortal(
        customer_id=customer.id,
        email=customer.email,
        subscriptions=tuple(_subscription_view(each) for each in reversed(subscriptions)),
        return_url=portal.return_url,
    )


def _subscription_view(subscription: SubscriptionState) -> SandboxSubscription:
    return SandboxSubscription(
        id=subscription.id,
        item=subscription.item,
        interval=subscription.interval.value,
        price_minor=subscription.price_minor,
        currency=subscription.currency,
        status=subscription.status.value,
        period_end_at=subscription.end_at,
        cancel_at_period_end=subscription.cancel_at_period_end,
    )
