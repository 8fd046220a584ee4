"""What the configured key must be allowed to read at Stripe, tried with a question each.

A restricted key lacks what nobody thought of: selling works, and a year later the first refund
cannot be understood. Whatever the service reads stands here by the name that Stripe's page for
restricted keys gives it. A right to write cannot be tried without writing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import stripe
from attrs import frozen

from adapters.providers.stripe.calls import StripeCalls
from application.ports.provider_calls import RightTried
from domain.payments.errors import ProviderRefused

Listed = Awaitable[stripe.StripeObject]

RIGHTS: Mapping[str, Callable[[stripe.StripeClient], Listed]] = {
    "Checkout Sessions": lambda stripe: stripe.v1.checkout.sessions.list_async({"limit": 1}),
    "Coupons": lambda stripe: stripe.v1.coupons.list_async({"limit": 1}),
    "Customer portal": lambda stripe: stripe.v1.billing_portal.configurations.list_async(
        {"limit": 1}
    ),
    "Prices": lambda stripe: stripe.v1.prices.list_async({"limit": 1}),
    "Subscriptions": lambda stripe: stripe.v1.subscriptions.list_async({"limit": 1}),
    "Invoices": lambda stripe: stripe.v1.invoices.list_async({"limit": 1}),
    "Invoice payments": lambda stripe: stripe.v1.invoice_payments.list_async({"limit": 1}),
    "PaymentIntents": lambda stripe: stripe.v1.payment_intents.list_async({"limit": 1}),
    "Charges and Refunds": lambda stripe: stripe.v1.refunds.list_async({"limit": 1}),
    "Disputes": lambda stripe: stripe.v1.disputes.list_async({"limit": 1}),
    "Events": lambda stripe: stripe.v1.events.list_async({"limit": 1}),
}


@frozen(kw_only=True)
class _Any:
    """A list of whatever it is: that it was given says enough."""

    has_more: bool


async def tried(calls: StripeCalls) -> Sequence[RightTried]:
    """Ask for one thing of each kind, one after the other. Raises ProviderUnavailable."""
    return [
        RightTried(name=name, refusal=await _refusal(calls, ask)) for name, ask in RIGHTS.items()
    ]


async def _refusal(calls: StripeCalls, ask: Callable[[stripe.StripeClient], Listed]) -> str | None:
    try:
        await calls.ask(ask, _Any)
    except ProviderRefused as refusal:
        return refusal.reason
    return None
