"""News of money going back, as tests tell it."""

from datetime import timedelta

from domain.payments.order import Order
from domain.payments.provider_event import (
    DisputeReported,
    DisputeStatus,
    RefundReported,
    RefundStatus,
)
from tests.application.shop import Shop, paid
from tests.support.builders.subscriptions import a_pack
from tests.support.clock import NOON


def refunded(
    order: Order,
    amount_minor: int = 500,
    status: RefundStatus = RefundStatus.SUCCEEDED,
    *,
    refund_id: str = "re_1",
    payment_id: str | None = None,
    currency: str = "USD",
    sum_minor: int | None = None,
    key: str | None = None,
) -> RefundReported:
    """Return the news that money of an order goes back."""
    return RefundReported(
        channel=order.channel,
        refund_id=refund_id,
        payment_ids=("unknown", payment_id or f"payment-of-{order.id}"),
        amount_minor=amount_minor,
        currency=currency,
        status=status,
        as_of=NOON,
        sum_minor=sum_minor,
        key=key,
    )


def disputed(
    order: Order,
    status: DisputeStatus = DisputeStatus.OPEN,
    *,
    amount_minor: int = 500,
    dispute_id: str = "dp_1",
    as_of: timedelta = timedelta(0),
    currency: str = "USD",
) -> DisputeReported:
    """Return the news that an order's payment is disputed, or how that ended."""
    return DisputeReported(
        channel=order.channel,
        dispute_id=dispute_id,
        payment_ids=(f"payment-of-{order.id}",),
        amount_minor=amount_minor,
        currency=currency,
        status=status,
        as_of=NOON + as_of,
    )


async def sold(shop: Shop) -> Order:
    """Let somebody have bought 500 credits for 5.00."""
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    await shop.hears(paid(order))
    return await shop.order(order.id)
