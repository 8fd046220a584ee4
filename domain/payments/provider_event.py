"""What providers tell us, in our words; each adapter translates its webhooks to these.

Others may sell on the same provider's account. Where `bears_our_mark` is False, nothing at the
provider names an order of ours: unless we know the purchase already, it is none of our business.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import frozen

from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.payments.payment import Payment
from domain.period import Period


class ProviderStatus(Enum):
    """The state of a subscription as a provider reports it."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCELED = "canceled"
    EXPIRED = "expired"


@frozen(kw_only=True)
class CheckoutPaid:
    """The checkout of an order was paid. For a subscription it also names what was begun.

    `account_id` is whose the purchase is as far as the provider was told; None if it does not say.
    """

    order_id: OrderId
    payment: Payment
    account_id: AccountId | None = None
    customer_id: str | None = None
    provider_subscription_id: str | None = None
    period: Period | None = None


@frozen(kw_only=True)
class CheckoutFailed:
    """A payment for the order was declined for good; the buyer may start another checkout."""

    order_id: OrderId


@frozen(kw_only=True)
class CheckoutExpired:
    """The checkout page of an order was closed unpaid, by the buyer or by time."""

    order_id: OrderId


@frozen(kw_only=True)
class CheckoutLinked:
    """The checkout of a subscription was completed; its first payment is told apart from this."""

    order_id: OrderId
    channel: Channel
    customer_id: str | None
    provider_subscription_id: str


@frozen(kw_only=True)
class TrialBegun:
    """A provider has begun a trial of its own for an order: nothing was paid, and we did not ask.

    Where a trial was ours to ask for, its beginning is told as a payment of nothing.
    """

    order_id: OrderId
    channel: Channel
    customer_id: str | None
    provider_subscription_id: str
    period: Period
    as_of: datetime


@frozen(kw_only=True)
class PeriodPaid:
    """A period of a subscription was paid: a further one, or the first of the order it names.

    `reference` is the provider's id of the price that it was paid by, where that is told.
    """

    provider_subscription_id: str
    payment: Payment
    period: Period
    reference: str | None = None
    order_id: OrderId | None = None
    account_id: AccountId | None = None
    customer_id: str | None = None
    bears_our_mark: bool = True


@frozen(kw_only=True)
class ChangePaid:
    """What a change of plan cost was paid, beside the regular periods; it brings no credits.

    Which change that was, a provider says by the `key` under which we asked for it, or by the
    instants to which it was reckoned: one payment may be for several changes, made elsewhere too.
    """

    provider_subscription_id: str
    payment: Payment
    key: str | None = None
    prorated_at: tuple[datetime, ...] = ()
    bears_our_mark: bool = True


class RefundStatus(Enum):
    """How far money has come on its way back."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@frozen(kw_only=True)
class RefundReported:
    """Money of a payment goes back, or fails to. The amount includes tax.

    `payment_ids` are all ids under which we may know the payment, the likeliest first.
    `refund_id` is the provider's; where it gives none, the adapter derives one that stays the
    same for this refund. A provider that tells sums instead of refunds says in `sum_minor` how much
    of the payment has gone back once this has; how much this one is then follows from the others.
    """

    channel: Channel
    refund_id: str
    payment_ids: tuple[str, ...]
    amount_minor: int
    currency: str
    status: RefundStatus
    as_of: datetime
    key: str | None = None
    sum_minor: int | None = None
    bears_our_mark: bool = True


class DisputeStatus(Enum):
    """How a dispute stands: open, or decided for or against us.

    Before a bank takes money back it may ask first, with nothing taken: an inquiry. It ends like a
    dispute that was won, or becomes one.
    """

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@frozen(kw_only=True)
class DisputeReported:
    """A buyer's bank asks about a payment, takes it back, or has decided. Amounts include tax."""

    channel: Channel
    dispute_id: str
    payment_ids: tuple[str, ...]
    amount_minor: int
    currency: str
    status: DisputeStatus
    as_of: datetime
    bears_our_mark: bool = True


@frozen(kw_only=True)
class SubscriptionReported:
    """The provider's view of a subscription at an instant; an older report never undoes a newer.

    `reference` is the provider's id of the price it is billed by.
    """

    channel: Channel
    provider_subscription_id: str
    status: ProviderStatus
    period: Period
    cancel_at_period_end: bool
    as_of: datetime
    reference: str | None = None
    bears_our_mark: bool = True


@frozen(kw_only=True)
class CustomerDeleted:
    """The provider has deleted a customer's record: nothing can be sold to it any more."""

    channel: Channel
    customer_id: str


ProviderEvent = (
    CheckoutPaid
    | CheckoutFailed
    | CheckoutExpired
    | CheckoutLinked
    | TrialBegun
    | PeriodPaid
    | ChangePaid
    | SubscriptionReported
    | RefundReported
    | DisputeReported
    | CustomerDeleted
)
