"""What a provider can be asked to do beside selling, and what it answers."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import frozen

from domain.payments.provider_event import RefundStatus
from domain.period import Interval


class RefundReason(Enum):
    """Why money goes back, in words that every provider can take."""

    REQUESTED = "requested"
    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"


@frozen(kw_only=True)
class RefundRequest:
    """Give money of a payment back: `amount_minor` of it, tax included, or all that is left.

    `key` is ours and stays the same for every try of this one refund.
    """

    key: str
    provider_payment_id: str
    amount_minor: int | None
    reason: RefundReason


@frozen(kw_only=True)
class RefundTaken:
    """The provider has taken a refund on; `refund_id` is None where it tells that only later."""

    refund_id: str | None
    status: RefundStatus


class SubscriptionAction(Enum):
    """What can be done to a running subscription without changing its plan."""

    CANCEL_NOW = "cancel_now"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    UNDO_CANCEL = "undo_cancel"
    PAUSE = "pause"
    RESUME = "resume"


class ChangeBilling(Enum):
    """Whether the difference of a change of plan is settled, at once, or never."""

    NOW = "now"
    NONE = "none"


@frozen(kw_only=True)
class PriceSold:
    """A recurring price as we sell it, in minor units, and what it is called."""

    name: str
    interval: Interval
    price_minor: int
    currency: str


@frozen(kw_only=True)
class PlanChange:
    """Move a subscription to another price of the provider's.

    `proration_at` is the instant to prorate by: the same in the preview and in the change. `sold`
    is what is sold then, for a provider that keeps no prices of its own.
    """

    key: str
    provider_subscription_id: str
    reference: str
    billing: ChangeBilling
    proration_at: datetime
    sold: PriceSold | None = None


@frozen(kw_only=True)
class ChangePreview:
    """What a change of plan would cost now, tax included; `is_exact` is False for an estimate.

    `due_now_minor` may be below zero: then it is credited to the customer. Of what is due,
    `from_balance_minor` is paid by the customer's balance with the provider, which keeps such
    credits; below zero, it was owing. `begins_period` says that a paid period would begin with the
    change, and the present one end.
    """

    due_now_minor: int
    from_balance_minor: int = 0
    currency: str
    is_exact: bool
    begins_period: bool = False


@frozen(kw_only=True)
class ProviderPrice:
    """What a provider charges for an item of ours."""

    reference: str
    amount_minor: int
    currency: str
    interval: Interval | None
    is_active: bool


@frozen(kw_only=True)
class RightTried:
    """Something the service reads at a provider, by the provider's name for the right to it.

    `refusal` says why it was not answered; None means that it was.
    """

    name: str
    refusal: str | None
