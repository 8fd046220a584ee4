"""What the provider keeps: pages, payments, subscriptions, and what it has told of them."""

from datetime import datetime

from attrs import define, field, frozen

from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    RefundStatus,
    SubscriptionReported,
)
from domain.period import Interval, Period
from tests.providers.till import Bank, PaymentThere, SubscriptionThere
from tests.support.builders.payments import SANDBOX

CHANNEL: Channel = SANDBOX

_BANK = {
    None: Bank.CONTENT,
    DisputeStatus.OPEN: Bank.DISPUTING,
    DisputeStatus.WON: Bank.WON,
    DisputeStatus.LOST: Bank.LOST,
}


@define(eq=False, kw_only=True)
class Page:
    """A checkout page: open until it is paid, closed, or its time is over."""

    session_id: str
    order: Order
    expires_at: datetime
    payment_id: str | None = None
    subscription_id: str | None = None
    is_closed: bool = False

    def can_be_paid(self, now: datetime) -> bool:
        """Say whether a buyer finds a page on which to pay."""
        return self.payment_id is None and not self.is_closed and now < self.expires_at


@define(eq=False, kw_only=True)
class MoneyBack:
    """A refund, asked for under `key` or made in the provider's dashboard."""

    id: str
    key: str | None
    amount_minor: int
    status: RefundStatus


@define(eq=False, kw_only=True)
class Collected:
    """One payment, and all that became of it. `told_at` is when something was last said of it."""

    payment: Payment
    order_id: OrderId | None
    subscription_id: str | None
    told_at: datetime
    refunds: list[MoneyBack] = field(factory=list)
    dispute: DisputeStatus | None = None
    disputed_minor: int = 0

    @property
    def id(self) -> str:
        """The provider's id of the payment."""
        return self.payment.provider_payment_id

    @property
    def refunded_minor(self) -> int:
        """What has gone back, or is on its way."""
        return sum(
            each.amount_minor for each in self.refunds if each.status is not RefundStatus.FAILED
        )

    @property
    def left_minor(self) -> int:
        """What could still go back."""
        return self.payment.total_minor - self.refunded_minor

    def there(self) -> PaymentThere:
        """Return what our books have to say of it."""
        return PaymentThere(
            id=self.id,
            order_id=self.order_id,
            subscription_id=self.subscription_id,
            total_minor=self.payment.total_minor,
            refunded_minor=self.refunded_minor,
            bank=_BANK[self.dispute],
        )

    def refund_reported(self, refund: MoneyBack) -> RefundReported:
        """Say how far a refund has come."""
        return RefundReported(
            channel=CHANNEL,
            refund_id=refund.id,
            payment_ids=(self.id,),
            amount_minor=refund.amount_minor,
            currency=self.payment.currency,
            status=refund.status,
            as_of=self.told_at,
            key=refund.key,
        )

    def dispute_reported(self) -> DisputeReported:
        """Say how the dispute stands."""
        assert self.dispute is not None
        return DisputeReported(
            channel=CHANNEL,
            dispute_id=f"dp_{self.id}",
            payment_ids=(self.id,),
            amount_minor=self.disputed_minor,
            currency=self.payment.currency,
            status=self.dispute,
            as_of=self.told_at,
        )

    def reversals(self) -> tuple[ProviderEvent, ...]:
        """Return all that took of it, as it stands."""
        refunds = tuple(self.refund_reported(each) for each in self.refunds)
        return refunds if self.dispute is None else (*refunds, self.dispute_reported())


@define(eq=False, kw_only=True)
class Standing:
    """A subscription as it truly is, billed at its price less what is owed to the customer.

    The running period was paid at `worth_minor`; a trial was not paid. `changed_under` are the keys
    of its changes of plan, `reference` is what the service calls the price since the last of them.
    """

    id: str
    order: Order
    anchor_at: datetime
    period: Period
    told_at: datetime
    status: ProviderStatus = ProviderStatus.ACTIVE
    is_ending: bool = False
    is_stray: bool = False
    is_on_trial: bool = False
    interval: Interval
    price_minor: int
    worth_minor: int
    credit_minor: int = 0
    reference: str | None = None
    changed_under: list[str] = field(factory=list)

    @property
    def is_live(self) -> bool:
        """Say whether it has not ended."""
        return self.status not in {ProviderStatus.CANCELED, ProviderStatus.EXPIRED}

    @property
    def is_running(self) -> bool:
        """Say whether its period, or its trial, ends by itself and is followed by another."""
        return self.status in {ProviderStatus.ACTIVE, ProviderStatus.TRIALING}

    def there(self) -> SubscriptionThere:
        """Return what our books have to say of it."""
        return SubscriptionThere(id=self.id, status=self.status.value, is_ending=self.is_ending)

    def reported(self) -> SubscriptionReported:
        """Say how it stands."""
        return SubscriptionReported(
            channel=CHANNEL,
            provider_subscription_id=self.id,
            status=self.status,
            period=self.period,
            cancel_at_period_end=self.is_ending,
            as_of=self.told_at,
            reference=self.reference,
        )


@frozen(kw_only=True)
class Told:
    """One event: under an id that stays the same, what it says, and when that was so."""

    id: str
    at: datetime
    facts: tuple[ProviderEvent, ...]
