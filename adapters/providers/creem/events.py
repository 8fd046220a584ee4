"""Creem's webhooks, and what we pull in their stead: what they mean in our words.

An event is a snapshot that may be late, and the published ones leave out much. What it does not
hold, or holds in doubt, is asked for: the order of a checkout, the payment behind a paid period, a
subscription's period, and how a subscription stands that is said to have run out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from attrs import evolve, frozen
from msgspec import Meta

from adapters.providers.creem.marks import account_id_of, order_id_of
from adapters.providers.creem.mode import CreemMode, fits
from adapters.providers.creem.payments import one_off_payment, period_paid
from adapters.providers.creem.reading import CreemReading
from adapters.providers.creem.refusals import unreadable
from adapters.providers.creem.reversals import dispute_reported, gone_back, refund_reported
from adapters.providers.creem.signature import CHANNEL
from adapters.providers.creem.standing import period_of, run_out, subscription_reported
from adapters.providers.creem.statuses import TransactionStatus, transaction_status_of
from adapters.providers.creem.wire import (
    CheckoutData,
    DisputeData,
    Marked,
    Moment,
    OrderData,
    Reference,
    RefundData,
    SubscriptionData,
    TransactionData,
    id_of,
    instant_of,
)
from application.ports.provider import SignedEvent
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutLinked,
    CheckoutPaid,
    ProviderEvent,
    ProviderStatus,
    TrialBegun,
)

T = TypeVar("T")

PULLED = "pull:"
"""What the ids of events begin with that we made ourselves; no webhook has such an id."""
PULLED_TRANSACTION = "pull.transaction"
PULLED_SUBSCRIPTION = "pull.subscription"

_EXPIRED = "subscription.expired"
_PAID = frozenset(
    {
        TransactionStatus.PAID,
        TransactionStatus.PARTLY_REFUNDED,
        TransactionStatus.REFUNDED,
        TransactionStatus.CHARGED_BACK,
    }
)

EventType = Annotated[str, Meta(pattern=r"^[a-z_.]{1,64}\Z")]


@frozen(kw_only=True)
class Told:
    """An event as it was told: which, when, and about what."""

    id: str
    type: str
    at: datetime
    object: msgspec.Raw


def named(body: bytes, mode: CreemMode) -> SignedEvent:
    """Return the id and the type of a signed event.

    Raises WebhookUnreadable, also for one of another mode than ours.
    """
    told = _told(body, mode)
    if told.id.startswith(PULLED):
        raise unreadable("its id is one of ours")
    return SignedEvent(event_id=told.id, type=told.type)


@frozen(kw_only=True)
class CreemTranslation:
    """Says what events and objects of Creem's mean, asking Creem for what they leave out."""

    reading: CreemReading
    mode: CreemMode

    async def translated(self, body: bytes) -> tuple[ProviderEvent, ...]:
        """Return what an event means in our words. Raises WebhookUnreadable."""
        told = _told(body, self.mode)
        translate = self._meaning.get(told.type)
        return () if translate is None else await translate(told)

    async def of_checkout(self, checkout_id: str) -> tuple[ProviderEvent, ...]:
        """Return what has become of a checkout, the first payment of a subscription included."""
        checkout = await self.reading.checkout(checkout_id)
        order_id = order_id_of(checkout.metadata)
        if checkout.status == "expired" and order_id is not None:
            return (CheckoutExpired(order_id=order_id),)
        facts = await self._completed(checkout)
        subscription_id = id_of(checkout.subscription)
        if not facts or subscription_id is None:
            return facts
        subscription = await self.reading.subscription(subscription_id)
        if subscription.last_transaction_id is None and subscription.last_transaction is None:
            return facts
        transaction = await self._last_transaction(subscription)
        return (*facts, *_period_facts(subscription, transaction))

    @property
    def _meaning(self) -> Mapping[str, Callable[[Told], Awaitable[tuple[ProviderEvent, ...]]]]:
        return {
            "checkout.completed": self._checkout_completed,
            "subscription.paid": self._subscription_paid,
            "subscription.active": self._subscription,
            "subscription.trialing": self._subscription,
            "subscription.update": self._subscription,
            "subscription.scheduled_cancel": self._subscription,
            "subscription.canceled": self._subscription,
            "subscription.past_due": self._subscription,
            "subscription.unpaid": self._subscription,
            "subscription.paused": self._subscription,
            _EXPIRED: self._subscription_expired,
            "refund.created": self._refund_created,
            "dispute.created": self._dispute_created,
            PULLED_TRANSACTION: self._transaction,
            PULLED_SUBSCRIPTION: self._subscription,
        }

    async def _checkout_completed(self, told: Told) -> tuple[ProviderEvent, ...]:
        return await self._completed(_read(told.object, CheckoutData))

    async def _completed(self, checkout: CheckoutData) -> tuple[ProviderEvent, ...]:
        order_id = order_id_of(checkout.metadata)
        if order_id is None or checkout.status != "completed":
            return ()
        subscription_id = id_of(checkout.subscription)
        if subscription_id is not None:
            linked = CheckoutLinked(
                order_id=order_id,
                channel=CHANNEL,
                customer_id=id_of(checkout.customer),
                provider_subscription_id=subscription_id,
            )
            return (linked,)
        order = checkout.order
        if not isinstance(order, OrderData) or not _is_told_in_full(order):
            checkout = await self.reading.checkout(checkout.id)
            order = checkout.order
        if not isinstance(order, OrderData):
            raise unreadable("a completed checkout comes without its order")
        if order.type == "recurring" or order.status != "paid":
            return ()
        paid = CheckoutPaid(
            order_id=order_id,
            payment=one_off_payment(order, checkout),
            account_id=account_id_of(checkout.metadata),
            customer_id=id_of(checkout.customer),
        )
        return (paid,)

    async def _subscription_paid(self, told: Told) -> tuple[ProviderEvent, ...]:
        subscription = await self._with_its_mark(_read(told.object, SubscriptionData))
        transaction = await self._last_transaction(subscription)
        return _period_facts(subscription, transaction)

    async def _subscription(self, told: Told) -> tuple[ProviderEvent, ...]:
        subscription = _read(told.object, SubscriptionData)
        if period_of(subscription) is None:
            subscription = await self.reading.subscription(subscription.id)
        subscription = await self._with_its_mark(subscription)
        report = subscription_reported(subscription, told.at)
        order_id = order_id_of(subscription.metadata)
        if report.status is not ProviderStatus.TRIALING or order_id is None:
            return (report,)
        # A trial of the product's own, which no payment announces.
        begun = TrialBegun(
            order_id=order_id,
            channel=CHANNEL,
            customer_id=id_of(subscription.customer),
            provider_subscription_id=subscription.id,
            period=report.period,
            as_of=report.as_of,
        )
        return (begun, report)

    async def _subscription_expired(self, told: Told) -> tuple[ProviderEvent, ...]:
        subscription = _read(told.object, SubscriptionData)
        now = await self.reading.subscription(subscription.id)
        return (run_out(now, told.at),)

    async def _refund_created(self, told: Told) -> tuple[ProviderEvent, ...]:
        refund = _read(told.object, RefundData)
        transaction = refund.transaction
        if isinstance(transaction, str):
            transaction = await self.reading.transaction(transaction)
        is_ours = await self._bears_our_mark(refund, transaction)
        return (refund_reported(refund, transaction, bears_our_mark=is_ours),)

    async def _dispute_created(self, told: Told) -> tuple[ProviderEvent, ...]:
        dispute = _read(told.object, DisputeData)
        if isinstance(dispute.transaction, str):
            transaction = await self.reading.transaction(dispute.transaction)
            dispute = evolve(dispute, transaction=transaction)
        is_ours = await self._bears_our_mark(dispute, dispute.transaction)
        return (dispute_reported(dispute, bears_our_mark=is_ours),)

    async def _transaction(self, told: Told) -> tuple[ProviderEvent, ...]:
        """Say what a pulled transaction means.

        A one-off payment names no checkout and so no order of ours: that is found by reading the
        checkouts we know of. What has gone back of it is found here, and if that is of a payment
        which nobody has found by then, others have sold it.
        """
        transaction = _read(told.object, TransactionData)
        subscription_id = id_of(transaction.subscription)
        if subscription_id is None or not _is_paid(transaction):
            return gone_back(transaction, told.at, bears_our_mark=False)
        subscription = await self.reading.subscription(subscription_id)
        paid = period_paid(subscription, transaction)
        back = gone_back(transaction, told.at, bears_our_mark=paid.bears_our_mark)
        return (paid, *back)

    async def _with_its_mark(self, subscription: SubscriptionData) -> SubscriptionData:
        """Return a subscription with the metadata it has, which not every event tells."""
        if subscription.metadata is not None:
            return subscription
        found = await self.reading.subscription(subscription.id)
        return evolve(subscription, metadata=found.metadata)

    async def _bears_our_mark(
        self,
        reversal: RefundData | DisputeData,
        transaction: TransactionData | str | None,
    ) -> bool:
        """Say whether what money goes back for is ours; where nothing tells, it may be."""
        told = [e for e in (reversal.checkout, reversal.subscription) if isinstance(e, Marked)]
        known = [each.metadata for each in told if each.metadata is not None]
        subscription_id = id_of(reversal.subscription)
        if subscription_id is None and isinstance(transaction, TransactionData):
            subscription_id = id_of(transaction.subscription)
        if not known and subscription_id is not None:
            known.append((await self.reading.subscription(subscription_id)).metadata)
        return not known or any(order_id_of(each) is not None for each in known)

    async def _last_transaction(self, subscription: SubscriptionData) -> TransactionData:
        last = subscription.last_transaction
        if isinstance(last, TransactionData) and last.amount_paid is not None:
            return last
        transaction_id = id_of(last) or subscription.last_transaction_id
        if transaction_id is None:
            raise unreadable("a paid subscription does not name its payment")
        return await self.reading.transaction(transaction_id)


def _is_told_in_full(order: OrderData) -> bool:
    """Say whether an order is paid, and tells how much that was with the tax on it."""
    return order.status == "paid" and order.amount_paid is not None


def _period_facts(
    subscription: SubscriptionData, transaction: TransactionData
) -> tuple[ProviderEvent, ...]:
    return (period_paid(subscription, transaction),) if _is_paid(transaction) else ()


def _is_paid(transaction: TransactionData) -> bool:
    """Say whether money came in, even if it has gone back since."""
    return transaction_status_of(transaction.status) in _PAID


def _told(body: bytes, mode: CreemMode) -> Told:
    """Read an event's envelope, in either of the two forms that Creem's own library takes."""
    envelope = _read(body, dict[str, msgspec.Raw])
    about = _part(envelope, ("object", "data"), msgspec.Raw)
    if not fits(_read(about, dict[str, Any]), mode):
        raise unreadable(f"it is not of the mode this service runs in, {mode.value}")
    at = instant_of(_part(envelope, ("created_at",), Moment))
    assert at is not None, "a part that is there is an instant"
    return Told(
        id=_part(envelope, ("id",), Reference),
        type=_part(envelope, ("eventType", "type"), EventType),
        at=at,
        object=about,
    )


def _part(envelope: Mapping[str, msgspec.Raw], names: tuple[str, ...], cl: Any) -> Any:
    for name in names:
        if name in envelope:
            return _read(envelope[name], cl)
    raise unreadable(f"{names[0]} is missing")


def _read(text: bytes | msgspec.Raw, cl: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=cl)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise unreadable(str(fault)) from fault
    except RecursionError as fault:
        raise unreadable("is nested too deeply") from fault
