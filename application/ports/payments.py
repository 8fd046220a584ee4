"""The collections of the payments area."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.ids import Channel, DisputeId, InboxId, OrderId, RefundId
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund
from domain.payments.webhook_names import NameDigest

ApplyNow = Callable[[Channel, str], Awaitable[bool]]
"""Apply one event of the inbox, by its channel and id, if it is due; say whether it was tried."""

ApplyDelivered = Callable[[Channel, str], Awaitable[bool]]
"""The same for one that its provider has delivered just now, which is tried whenever it is due."""


@frozen(kw_only=True)
class OrderFilter:
    """Which orders an admin's list holds; None means all. `to_at` itself is left out."""

    account_id: AccountId | None = None
    status: OrderStatus | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


class Orders(Protocol):
    """All orders."""

    async def add(self, order: Order) -> None:
        """Keep a new order."""
        ...

    async def save(self, order: Order) -> None:
        """Keep an order that was taken in this unit of work."""
        ...

    async def find(self, order_id: OrderId) -> Order:
        """Return the order, unlocked. Raises OrderNotFound."""
        ...

    async def take(self, order_id: OrderId) -> Order:
        """Return the order, locked until the unit ends. Raises OrderNotFound."""
        ...

    async def page(self, account_id: AccountId, request: PageRequest) -> Page[Order]:
        """Return an account's orders, newest first, with offset and total."""
        ...

    async def search(self, where: OrderFilter, request: PageRequest) -> Page[Order]:
        """Return orders of all accounts, newest first, without offset or total."""
        ...

    async def unpaid_of(self, account_id: AccountId, limit: int) -> Sequence[Order]:
        """Return an account's orders whose page may still be paid, newest first, unlocked."""
        ...

    async def has_bought(self, account_id: AccountId) -> bool:
        """Say whether the account has ever paid money for an order."""
        ...

    async def overdue(self, now: datetime, limit: int) -> Sequence[OrderId]:
        """Return orders whose page may still be paid as far as we know, but has run out."""
        ...

    async def next_receipt_number(self) -> int:
        """Return the number after the last receipt's, beginning with 1.

        Whoever asks next waits until this unit ends, so ask as late as can be. Left without
        commit, the number was never given: the next one who asks gets it, and no gap is left.
        """
        ...

    async def paid_for(self, subscription_id: str, start_at: datetime) -> Order | None:
        """Return the first order that paid for a subscription's period from then on, or None."""
        ...

    async def first_of(self, subscription_ids: Sequence[str]) -> Mapping[str, Order]:
        """Return the order that each subscription began with, by its id, unlocked.

        It is the first written of those that brought one of its periods: paid, free or given.
        """
        ...

    async def beside(
        self,
        channel: Channel,
        provider_subscription_id: str,
        after: OrderId | None,
        limit: int,
    ) -> Sequence[Order]:
        """Return the next orders that paid for this second subscription, in id order, unlocked."""
        ...

    async def needing_person(
        self, channel: Channel, after: OrderId | None, limit: int
    ) -> Sequence[Order]:
        """Return the next orders that a person has to look at, in id order, unlocked.

        One whose money has gone back as a whole is settled.
        """
        ...


class Payments(Protocol):
    """Every payment a provider reported, by its own id: each counts once, for ever."""

    async def order_paid_by(self, channel: Channel, provider_payment_id: str) -> OrderId | None:
        """Return the order that this payment paid, or None if it is new."""
        ...

    async def paid_together(self, channel: Channel, provider_payment_id: str) -> Sequence[OrderId]:
        """Return the orders that were paid in one collection with this payment's, it among them.

        In id order; nearly always it is one. None at all, if the payment is new.
        """
        ...

    async def add(self, payment: Payment, order_id: OrderId) -> None:
        """Keep a payment. Channel and provider's id are unique together."""
        ...


class Refunds(Protocol):
    """Refunds of orders. One is changed only by who has taken its order in this unit of work."""

    async def add(self, refund: Refund) -> None:
        """Keep a new refund.

        Channel and provider's id, where it has one, are unique for an order: the same refund falls
        on several orders where one collection paid them.
        """
        ...

    async def save(self, refund: Refund) -> None:
        """Keep a changed refund."""
        ...

    async def find(self, refund_id: RefundId) -> Refund | None:
        """Return the refund, or None."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Refund]:
        """Return an order's refunds, oldest first."""
        ...

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Refund]:
        """Return the refunds of several orders at once, oldest first."""
        ...

    async def to_ask_about(self, now: datetime, limit: int) -> Sequence[Refund]:
        """Return open refunds about which it is time to ask their providers, longest due first."""
        ...


class Disputes(Protocol):
    """Disputes about orders. One is changed only by who has taken its order in this unit."""

    async def add(self, dispute: Dispute) -> None:
        """Keep a new dispute. Channel and provider's id are unique for an order, as of refunds."""
        ...

    async def save(self, dispute: Dispute) -> None:
        """Keep a changed dispute."""
        ...

    async def find(self, dispute_id: DisputeId) -> Dispute:
        """Return the dispute. Raises DisputeNotFound."""
        ...

    async def of_order(self, order_id: OrderId) -> Sequence[Dispute]:
        """Return an order's disputes, oldest first."""
        ...

    async def of_orders(self, order_ids: Sequence[OrderId]) -> Sequence[Dispute]:
        """Return the disputes of several orders at once, oldest first."""
        ...

    async def page(self, status: DisputeStatus | None, request: PageRequest) -> Page[Dispute]:
        """Return disputes of all accounts, newest first, without offset or total."""
        ...


class Customers(Protocol):
    """Which customer record at a provider belongs to an account: one each way, per channel."""

    async def customer_of(self, account_id: AccountId, channel: Channel) -> str | None:
        """Return the provider's customer id of an account."""
        ...

    async def link(self, account_id: AccountId, channel: Channel, customer_id: str) -> None:
        """Remember the pair; the first link of either side stands.

        A record that was deleted at the provider is never linked again.
        """
        ...

    async def unlink(self, channel: Channel, customer_id: str) -> AccountId | None:
        """Forget whose record this was, since the provider has deleted it; return the account.

        None means that nobody's was known. News of it that comes late links nobody any more.
        """
        ...

    async def account_of(self, channel: Channel, customer_id: str) -> AccountId | None:
        """Return the account that a provider's customer id belongs to, or None."""
        ...

    async def of_account(self, account_id: AccountId) -> Sequence[tuple[Channel, str]]:
        """Return an account's customer ids, by channel."""
        ...


@frozen(kw_only=True)
class InboxFilter:
    """Which events an operator's list holds; None means all. `to_at` itself is left out."""

    channel: Channel | None = None
    status: InboxStatus | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


@frozen(kw_only=True)
class NotedName:
    """That an event's body holds a name."""

    name: NameDigest
    inbox_id: InboxId


class Inbox(Protocol):
    """Webhooks as they came."""

    async def add(self, event: InboxEvent) -> bool:
        """Keep an event, and note the names in its body: by them it is found as long as that stays.

        Returns False, and changes nothing, if its id is there already.
        """
        ...

    async def find(self, channel: Channel, event_id: str) -> InboxEvent | None:
        """Return an event, unlocked, or None."""
        ...

    async def find_id(self, inbox_id: InboxId) -> InboxEvent:
        """Return an event by our own id, unlocked. Raises EventNotFound."""
        ...

    async def page(self, where: InboxFilter, request: PageRequest) -> Page[InboxEvent]:
        """Return events, newest first, without offset or total."""
        ...

    async def of_ids(self, inbox_ids: Sequence[InboxId]) -> Sequence[InboxEvent]:
        """Return events by our own ids, newest first, unlocked."""
        ...

    async def noted_by(
        self, names: Sequence[NameDigest], after: NotedName | None, limit: int
    ) -> Sequence[NotedName]:
        """Return the next events that are noted by some of the names, by name and id.

        One that is noted by several comes as often. No body is read for it.
        """
        ...

    async def take(self, channel: Channel, event_id: str) -> InboxEvent:
        """Return an event, locked until the unit ends. Raises EventNotFound."""
        ...

    async def save(self, event: InboxEvent) -> None:
        """Keep an event that was taken in this unit of work; without its body it has no names."""
        ...

    async def waiting(self, now: datetime, limit: int) -> Sequence[tuple[Channel, str]]:
        """Return events not yet applied whose next try is due, oldest first."""
        ...

    async def drop_bodies(self, before: datetime, limit: int) -> int:
        """Drop the oldest bodies that came in before an instant, and their names; say how many.

        Everything else about the events stays. What is still to be applied keeps its body, and so
        does what another process holds: it is left out, not waited for.
        """
        ...
