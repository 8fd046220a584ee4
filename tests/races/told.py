"""What the sandbox tells the service, written and signed with the sandbox's own code."""

from datetime import datetime, timedelta

from attrs import frozen

from adapters.providers.sandbox.events import (
    CHECKOUT_PAID,
    BegunData,
    CheckoutPaidData,
    Outgoing,
    PaymentData,
    PeriodData,
    written,
)
from adapters.providers.sandbox.signature import HEADER, sign
from adapters.system import new_id, system_clock
from tests.races.configuration import WEBHOOK_SECRET
from tests.support.load import Request

_MONTH = timedelta(days=30)


@frozen(kw_only=True)
class Purchase:
    """An order at a provider, as far as its events tell of it."""

    order_id: str
    account_id: str
    net_minor: int
    is_plan: bool = False


def webhook(body: bytes) -> Request:
    """Return the delivery of an event, signed now."""
    signature = sign(body, (WEBHOOK_SECRET,), system_clock())
    return Request(
        method="POST", path="/payment/webhook/sandbox", raw=body, headers={HEADER: signature}
    )


def paid(purchase: Purchase, *, paid_at: datetime | None = None) -> bytes:
    """Return an event, under an id of its own, that tells of the one payment of a purchase."""
    now = paid_at or system_clock()
    begun = BegunData(
        id=f"sub_{purchase.order_id}", period=PeriodData(start_at=now, end_at=now + _MONTH)
    )
    data = CheckoutPaidData(
        session_id=f"session_{purchase.order_id}",
        order_id=purchase.order_id,
        customer_id=f"cus_{purchase.account_id}",
        payment=PaymentData(
            id=f"pay_{purchase.order_id}",
            net_minor=purchase.net_minor,
            tax_minor=0,
            currency="USD",
            paid_at=now,
        ),
        subscription=begun if purchase.is_plan else None,
    )
    event = Outgoing(id=f"evt_{new_id()}", type=CHECKOUT_PAID, created_at=now, data=data)
    return written(event).encode()
