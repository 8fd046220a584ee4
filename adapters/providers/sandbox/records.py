"""What the sandbox keeps in the store: customers, checkouts, subscriptions, tickets, webhooks."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

import msgspec
from attrs import evolve, frozen

from application.ports.sandbox import SandboxRecord
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.payments.provider_event import ProviderStatus
from domain.period import Interval, Period, period_after

T = TypeVar("T")

CUSTOMER = "customer"
CHECKOUT = "checkout"
CHECKOUT_TICKET = "checkout_ticket"
PORTAL_TICKET = "portal_ticket"
SUBSCRIPTION = "subscription"
WEBHOOK = "webhook"

RETRY_DAYS = (1, 3, 5, 7)
"""So many days after a period was due its payment is tried again; then no more."""

_TICK = timedelta(microseconds=1)


class CheckoutStatus(Enum):
    """Whether a checkout can still be paid."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"


@frozen(kw_only=True)
class CustomerState:
    """The sandbox's own record of an account; it exists from the first checkout on.

    While its card declines, nothing can be collected for what it subscribed to.
    """

    id: str
    email: str | None
    card_declines: bool = False

    def record(self) -> SandboxRecord:
        """Return it as it is kept."""
        return kept(CUSTOMER, self.id, self)


@frozen(kw_only=True)
class CheckoutState:
    """One checkout page. `told_at` is the instant of its last webhook."""

    order_id: OrderId
    session_id: str
    ticket: str
    customer_id: str
    item: str
    interval: Interval | None
    credits: int
    price_minor: int
    discount_minor: int
    currency: str
    email: str | None
    coupon_code: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime
    trial_days: int = 0
    account_id: AccountId | None = None
    discount_periods: int | None = 1
    status: CheckoutStatus = CheckoutStatus.OPEN
    told_at: datetime | None = None

    @property
    def payment_id(self) -> str:
        """The id of the payment, once there is one."""
        return f"pay_{self.order_id}"

    @property
    def net_minor(self) -> int:
        """What is to be paid: the price less the discount."""
        return self.price_minor - self.discount_minor

    def status_at(self, now: datetime) -> CheckoutStatus:
        """Return the status; a page whose time is over is closed, whether or not that was noted."""
        is_over = self.status is CheckoutStatus.OPEN and self.expires_at <= now
        return CheckoutStatus.CLOSED if is_over else self.status

    def become(self, status: CheckoutStatus, told_at: datetime) -> CheckoutState:
        """Take a status, and note the webhook that says so."""
        return evolve(self, status=status, told_at=told_at)

    def begun(self, now: datetime, told_at: datetime) -> SubscriptionState | None:
        """Return the subscription that paying now begins, or None where a thing is bought once.

        The discount is for as many periods as were promised, the first included. A trial costs
        nothing; the first period is collected when it ends.
        """
        if self.interval is None:
            return None
        first = period_after(now, now, self.interval)
        if self.trial_days:
            first = Period(now, now + timedelta(days=self.trial_days))
        return SubscriptionState(
            id=f"sub_{self.order_id}",
            order_id=self.order_id,
            customer_id=self.customer_id,
            item=self.item,
            interval=self.interval,
            price_minor=self.price_minor,
            currency=self.currency,
            anchor_at=first.start_at,
            start_at=first.start_at,
            end_at=first.end_at,
            told_at=told_at,
            status=ProviderStatus.TRIALING if self.trial_days else ProviderStatus.ACTIVE,
            is_on_trial=self.trial_days > 0,
            worth_minor=self.net_minor,
            collected_minor=self.net_minor,
            discount_minor=self.discount_minor,
            discounts_left=self._discounts_left,
        )

    @property
    def _discounts_left(self) -> int | None:
        """For how many periods to come something is taken off; None says for all of them.

        What a trial takes off is the whole price, and that once.
        """
        if self.trial_days:
            return 0
        return None if self.discount_periods is None else self.discount_periods - 1

    def record(self) -> SandboxRecord:
        """Return it as it is kept: due when an open page runs out."""
        due_at = self.expires_at if self.status is CheckoutStatus.OPEN else None
        return kept(CHECKOUT, self.order_id, self, due_at)


@frozen(kw_only=True)
class SubscriptionState:
    """A standing purchase, its period paid or its trial.

    `anchor_at` is the instant all periods count from. Where the next one could not be collected,
    it was tried `fails` times, and is tried again at `retry_at`, if at all. `paid_late_at` is when
    the period was paid, if that was not on its first instant.

    The running period is paid at `worth_minor`: its price, or less where a discount was given.
    `credit_minor` is the customer's balance: it pays of the next periods what it can, and paid
    `from_balance_minor` of the last. `discount_minor` lowers what they cost, for `discounts_left`
    periods to come (None: for all of them). `reference` is
    what the service calls the price it is billed by, since it was first changed. `change_key` is
    the request that changed it last, the `changes`-th in all.
    """

    id: str
    order_id: OrderId
    customer_id: str
    item: str
    interval: Interval
    price_minor: int
    currency: str
    anchor_at: datetime
    start_at: datetime
    end_at: datetime
    told_at: datetime
    periods_paid: int = 1
    status: ProviderStatus = ProviderStatus.ACTIVE
    cancel_at_period_end: bool = False
    is_on_trial: bool = False
    fails: int = 0
    retry_at: datetime | None = None
    paid_late_at: datetime | None = None
    worth_minor: int | None = None
    collected_minor: int | None = None
    from_balance_minor: int = 0
    credit_minor: int = 0
    discount_minor: int = 0
    discounts_left: int | None = 0
    reference: str | None = None
    changes: int = 0
    change_key: str | None = None

    @property
    def payment_id(self) -> str:
        """The id of the payment for the period that was paid last."""
        return f"pay_{self.order_id}_{self.periods_paid}"

    @property
    def change_payment_id(self) -> str:
        """The id of the payment for the last change of plan, if that was one of its own."""
        return f"pay_{self.order_id}_change_{self.changes}"

    @property
    def net_minor(self) -> int:
        """What was collected for the period that was paid last."""
        return self.price_minor if self.collected_minor is None else self.collected_minor

    @property
    def is_active(self) -> bool:
        """Say whether it runs: neither ended, nor paused, nor overdue."""
        return self.status in {ProviderStatus.ACTIVE, ProviderStatus.TRIALING}

    @property
    def has_ended(self) -> bool:
        """Say whether it has come to its end."""
        return self.status in {ProviderStatus.CANCELED, ProviderStatus.EXPIRED}

    def renewed(self, told_at: datetime) -> SubscriptionState:
        """Take the next period, its end counted from the anchor so that no day is lost.

        After a trial all periods count from its end.
        """
        anchor_at = self.end_at if self.is_on_trial else self.anchor_at
        following = period_after(anchor_at, self.end_at, self.interval)
        left = self.discounts_left
        discount = 0 if left == 0 else min(self.discount_minor, self.price_minor)
        worth = self.price_minor - discount
        credit = min(self.credit_minor, worth)
        return evolve(
            self,
            status=ProviderStatus.ACTIVE,
            is_on_trial=False,
            fails=0,
            retry_at=None,
            paid_late_at=told_at if self.fails else None,
            anchor_at=anchor_at,
            start_at=following.start_at,
            end_at=following.end_at,
            periods_paid=self.periods_paid + 1,
            worth_minor=worth,
            collected_minor=worth - credit,
            from_balance_minor=credit,
            credit_minor=self.credit_minor - credit,
            discounts_left=None if left is None else max(0, left - 1),
            told_at=told_at,
        )

    def declined(self, told_at: datetime) -> SubscriptionState:
        """Have the card declined: a trial is over then; a period is tried again some days later."""
        if self.is_on_trial:
            return evolve(self, status=ProviderStatus.EXPIRED, told_at=told_at)
        tries = self.fails + 1
        again = RETRY_DAYS[tries - 1] if tries <= len(RETRY_DAYS) else None
        return evolve(
            self,
            status=ProviderStatus.PAST_DUE,
            fails=tries,
            retry_at=None if again is None else self.end_at + timedelta(days=again),
            told_at=told_at,
        )

    def retried(self, now: datetime) -> SubscriptionState:
        """Be tried again at once, because the card is another one now."""
        return evolve(self, retry_at=now) if self.status is ProviderStatus.PAST_DUE else self

    def paused(self, told_at: datetime) -> SubscriptionState:
        """Be set aside: no further period is collected until it goes on."""
        return evolve(self, status=ProviderStatus.PAUSED, told_at=told_at)

    def back(self, now: datetime, told_at: datetime) -> SubscriptionState:
        """Go on after a pause: in the period that was paid, else in one that begins, and is paid.

        Periods count from the day of return then.
        """
        running = ProviderStatus.TRIALING if self.is_on_trial else ProviderStatus.ACTIVE
        if now < self.end_at:
            return evolve(self, status=running, told_at=told_at)
        return self.due_again(now).renewed(told_at)

    def due_again(self, now: datetime) -> SubscriptionState:
        """Have a period due from now on, which periods count from then."""
        return evolve(self, anchor_at=now, end_at=now, is_on_trial=False)

    def ended(self, told_at: datetime) -> SubscriptionState:
        """Come to the end."""
        return evolve(self, status=ProviderStatus.CANCELED, told_at=told_at)

    def ending(self, is_to_end: bool, told_at: datetime) -> SubscriptionState:
        """Be cancelled at the end of the period, or not any more."""
        return evolve(self, cancel_at_period_end=is_to_end, told_at=told_at)

    def record(self) -> SandboxRecord:
        """Return it as it is kept: found by its customer, due when its period is over.

        A paused one is due only if it is to end then; an overdue one, when it is tried again.
        """
        is_due = self.is_active or (self.cancel_at_period_end and not self.has_ended)
        due_at = self.end_at if is_due else None
        if self.status is ProviderStatus.PAST_DUE and not self.cancel_at_period_end:
            due_at = self.retry_at
        return kept(SUBSCRIPTION, f"{self.customer_id}/{self.id}", self, due_at)


@frozen(kw_only=True)
class CheckoutTicket:
    """Where a checkout page's address leads."""

    order_id: OrderId

    def record(self, ticket: str) -> SandboxRecord:
        """Return it as it is kept."""
        return kept(CHECKOUT_TICKET, digest_of(ticket), self)


@frozen(kw_only=True)
class PortalTicket:
    """Where a portal page's address leads, for a short while."""

    customer_id: str
    return_url: str
    expires_at: datetime

    def record(self, ticket: str) -> SandboxRecord:
        """Return it as it is kept: due to be forgotten when it runs out."""
        return kept(PORTAL_TICKET, digest_of(ticket), self, self.expires_at)


@frozen(kw_only=True)
class WebhookState:
    """An event on its way: its text, and how often it was sent in vain."""

    id: str
    event: str
    tries: int = 0

    def record(self, due_at: datetime) -> SandboxRecord:
        """Return it as it is kept: due when it is to be sent."""
        return kept(WEBHOOK, self.id, self, due_at)


def state_of(record: SandboxRecord, cl: type[T]) -> T:
    """Return what a record keeps."""
    return msgspec.json.decode(record.body, type=cl)


def digest_of(ticket: str) -> str:
    """Return what a ticket is kept under: whoever reads the store cannot open pages by it."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()


def customer_id_of(account_id: AccountId) -> str:
    """Return an account's customer id: always the same, so that no account has two customers."""
    return f"cus_{hashlib.sha256(account_id.encode()).hexdigest()[:32]}"


def later_than(now: datetime, told_at: datetime | None) -> datetime:
    """Return the instant of a further webhook: now, but always after the one before.

    The billing clock may stand still, and the order in which things were told must still show.
    """
    return now if told_at is None else max(now, told_at + _TICK)


def kept(kind: str, id: str, state: object, due_at: datetime | None = None) -> SandboxRecord:
    """Return a record of the sandbox's own JSON."""
    return SandboxRecord(kind=kind, id=id, body=msgspec.json.encode(state).decode(), due_at=due_at)
