"""What the sandbox's pages say: amounts, intervals and dates in words, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from application.ports.sandbox import SandboxCheckout, SandboxPortal, SandboxSubscription
from entrypoints.http.currencies import decimals_of

# English that names a dollar's country: a buyer anywhere can tell which one is meant.
_LOCALE = "en_GB"

_PER: Mapping[str, str] = {"monthly": "per month", "yearly": "per year"}
_EVERY: Mapping[str, str] = {"monthly": "every month", "yearly": "every year"}
_ADVERB: Mapping[str, str] = {"monthly": "monthly", "yearly": "yearly"}


@frozen(kw_only=True)
class CheckoutPage:
    """The checkout page, and the one that leads back from it."""

    item: str
    kind: str
    account: str | None
    line: str
    price: str
    per: str | None
    credits: str | None
    coupon: str | None
    discount: str
    total: str
    afterwards: str | None
    status: str
    success_url: str
    cancel_url: str

    @staticmethod
    def of(checkout: SandboxCheckout) -> CheckoutPage:
        """Put what the sandbox shows into words."""
        interval = checkout.interval
        price = money(checkout.price_minor, checkout.currency)
        is_discounted = checkout.discount_minor > 0
        return CheckoutPage(
            item=checkout.item,
            kind="Subscribe to" if interval else "Buy",
            account=checkout.email,
            line=f"{checkout.item}, billed {_ADVERB[interval]}" if interval else checkout.item,
            price=price,
            per=_PER[interval] if interval else None,
            credits=_credits(checkout.credits, is_recurring=interval is not None),
            coupon=_deduction(checkout, is_discounted=is_discounted),
            discount=f"−{money(checkout.discount_minor, checkout.currency)}",
            total=money(checkout.total_minor, checkout.currency),
            afterwards=_afterwards(checkout, price),
            status=checkout.status,
            success_url=checkout.success_url,
            cancel_url=checkout.cancel_url,
        )


@frozen(kw_only=True)
class SubscriptionCard:
    """One subscription on the portal page; `state` is active, ending or ended."""

    id: str
    item: str
    price: str
    state: str
    badge: str
    sentence: str

    @staticmethod
    def of(subscription: SandboxSubscription) -> SubscriptionCard:
        """Put what the sandbox shows into words."""
        end = _day(subscription.period_end_at)
        if subscription.status == "paused":
            ending = f", ends on {end}" if subscription.cancel_at_period_end else ""
            state, badge, sentence = "paused", "Paused", f"Nothing is collected{ending}."
        elif subscription.status == "past_due":
            state, badge, sentence = "paused", "Overdue", "The card was declined."
        elif subscription.status == "trialing" and not subscription.cancel_at_period_end:
            state, badge, sentence = "active", "Trial", f"First payment on {end}."
        elif subscription.status not in {"active", "trialing"}:
            # What was not to end with its period was ended at once, before it was over.
            on = f" on {end}" if subscription.cancel_at_period_end else ""
            state, badge, sentence = "ended", "Ended", f"Ended{on}."
        elif subscription.cancel_at_period_end:
            state, badge, sentence = "ending", "Ending", f"Ends on {end}, and is not renewed."
        else:
            state, badge, sentence = "active", "Active", f"Renews on {end}."
        price = money(subscription.price_minor, subscription.currency)
        return SubscriptionCard(
            id=subscription.id,
            item=subscription.item,
            price=f"{price} {_PER[subscription.interval]}",
            state=state,
            badge=badge,
            sentence=sentence,
        )


def _deduction(checkout: SandboxCheckout, *, is_discounted: bool) -> str | None:
    if checkout.trial_days:
        return f"Trial of {checkout.trial_days} days"
    return _coupon(checkout.coupon_code, is_discounted=is_discounted)


def _afterwards(checkout: SandboxCheckout, price: str) -> str | None:
    if checkout.interval is None:
        return None
    after = f"after {checkout.trial_days} days " if checkout.trial_days else ""
    return f"Then {after}{price} {_EVERY[checkout.interval]}, until cancelled."


@frozen(kw_only=True)
class PortalPage:
    """The portal page."""

    account: str | None
    subscriptions: tuple[SubscriptionCard, ...]
    return_url: str

    @staticmethod
    def of(portal: SandboxPortal) -> PortalPage:
        """Put what the sandbox shows into words."""
        return PortalPage(
            account=portal.email,
            subscriptions=tuple(SubscriptionCard.of(each) for each in portal.subscriptions),
            return_url=portal.return_url,
        )


def money(amount_minor: int, currency: str) -> str:
    """Return an amount as people write it: `US$9.90`, `JP¥990`."""
    decimals = decimals_of(currency)
    pattern = "¤#,##0." + "0" * decimals if decimals else "¤#,##0"
    return format_currency(
        Decimal(amount_minor).scaleb(-decimals),
        currency,
        format=pattern,
        locale=_LOCALE,
        # The decimals are those of ISO 4217; the library's own differ for some currencies.
        currency_digits=False,
    )


def _credits(credits: int, *, is_recurring: bool) -> str | None:
    if credits == 0:
        return None
    counted = f"{format_decimal(credits, locale=_LOCALE)} {'credit' if credits == 1 else 'credits'}"
    # Credits come monthly, on a yearly plan too.
    return f"{counted} every month" if is_recurring else counted


def _coupon(code: str | None, *, is_discounted: bool) -> str | None:
    if code is None:
        return "Discount" if is_discounted else None
    return f"Coupon {code}"


def _day(instant: datetime) -> str:
    return format_date(instant, "d MMMM y", locale=_LOCALE)
