"""What a provider's side can do, whichever provider it is: what buyers, banks and time do there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware
from attrs import frozen

from domain.payments.ids import Channel
from domain.period import Interval


class Bank(Enum):
    """What a buyer's bank says about a payment."""

    CONTENT = "content"
    DISPUTING = "disputing"
    WON = "won"
    LOST = "lost"


@frozen(kw_only=True)
class PaymentThere:
    """A payment as the provider has it: by the id it counts under, in minor units."""

    id: str
    order_id: str | None
    subscription_id: str | None
    total_minor: int
    refunded_minor: int
    bank: Bank = Bank.CONTENT


@frozen(kw_only=True)
class SubscriptionThere:
    """A subscription as the provider has it, in our words, and the price it is billed by."""

    id: str
    status: str
    is_ending: bool
    reference: str | None = None


@frozen(kw_only=True)
class News:
    """One webhook as it would be delivered: its id, its type, its bytes and its signature."""

    id: str
    type: str
    body: bytes
    headers: Mapping[str, str]


class Till(Protocol):
    """The provider's side of the counter. Whatever happens here is told by news, in order."""

    @property
    def channel(self) -> Channel: ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What the service's environment must say about this provider, but for its address."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """Requests and answers that break the provider's own documents."""
        ...

    def app(self, middlewares: Sequence[Middleware] = ()) -> web.Application:
        """Return the provider as a server."""
        ...

    def enter(
        self, price_minor: int, currency: str, interval: Interval | None, *, is_taxed_in: bool
    ) -> str:
        """Enter something to be sold, and return its id; its price may have the tax in it."""
        ...

    def pay(self, session_id: str, *, tax_percent: int = 0) -> None:
        """Let the buyer pay on the checkout page."""
        ...

    def abandon(self, session_id: str) -> None:
        """Let a checkout page run out."""
        ...

    def renew(self, subscription_id: str) -> None:
        """Let the next period begin and be paid."""
        ...

    def fail_renewal(self, subscription_id: str) -> None:
        """Let the next payment fail."""
        ...

    def collect_overdue(self, subscription_id: str) -> None:
        """Let the payment that failed arrive after all."""
        ...

    def end_with_period(self, subscription_id: str) -> None:
        """Let the subscriber cancel at the portal, with the end of the period."""
        ...

    def keep_on(self, subscription_id: str) -> None:
        """Let the subscriber take that back."""
        ...

    def decline_changes(self, *, is_declining: bool) -> None:
        """Let every card fail that a change of plan is charged to, or no longer."""
        ...

    def end(self, subscription_id: str) -> None:
        """Let a subscription end now."""
        ...

    def refund(self, payment_id: str, amount_minor: int | None = None) -> None:
        """Give money back in the provider's dashboard: so much, or all that is left."""
        ...

    def dispute(self, payment_id: str) -> None:
        """Let a buyer's bank take a payment back."""
        ...

    def decide(self, payment_id: str, bank: Bank) -> None:
        """Let the bank decide, where the provider tells of that."""
        ...

    def payments(self) -> Sequence[PaymentThere]:
        """Return all payments, oldest first."""
        ...

    def subscriptions(self) -> Sequence[SubscriptionThere]:
        """Return all subscriptions, oldest first."""
        ...

    def customers(self) -> Sequence[str]:
        """Return the ids of all customers."""
        ...

    def checkouts(self) -> Sequence[str]:
        """Return the ids of all checkout pages that were ever opened."""
        ...

    def open_checkouts(self) -> Sequence[str]:
        """Return the ids of those that can still be paid."""
        ...

    def period_end(self, subscription_id: str) -> datetime:
        """Return when a subscription's present period is over."""
        ...

    def refunds(self) -> int:
        """Return how many refunds were made."""
        ...

    def news(self) -> Sequence[News]:
        """Return everything that was told so far, oldest first."""
        ...
