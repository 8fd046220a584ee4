"""Rows of the memory store that are no entity of the domain by themselves."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.idempotency import RequestKey
from domain.credits.ids import AccountId
from domain.events.outgoing_event import KeptEvent
from domain.payments.ids import Channel, OrderId
from domain.payments.payment import Payment


@frozen(kw_only=True)
class KeptAnswer:
    """The first answer to a request that did not go through the ledger.

    `seen_at` is when it was first noted by whoever forgets old ones.
    """

    key: RequestKey
    answer: object
    is_kept_for_ever: bool = False
    seen_at: datetime | None = None


@frozen(kw_only=True)
class ReportedPayment:
    """A provider's payment and the order it paid."""

    payment: Payment
    order_id: OrderId


@frozen(kw_only=True)
class CustomerLink:
    """A customer record at a provider and its account; None once the provider has deleted it."""

    channel: Channel
    customer_id: str
    account_id: AccountId | None


@frozen(kw_only=True)
class GivenInPeriod:
    """What the product has given for check-ins in one day or month, in credits."""

    period: str
    credits: int


@frozen(kw_only=True)
class OutboxRow:
    """An event, and whether deliveries are still to be made for it."""

    event: KeptEvent
    is_new: bool = True


@frozen(kw_only=True)
class Mark:
    """How far something is counted."""

    name: str
    position: str
