"""Orders, payments, webhooks, and what the sandbox remembers."""

from datetime import datetime

from attrs import evolve

from application.ports.sandbox import SandboxRecord
from domain.credits.ids import AccountId
from domain.payments.dispute import Dispute
from domain.payments.ids import Channel, DisputeId, InboxId, OrderId, RefundId
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order, OrderLine, OrderStatus, OrderType
from domain.payments.payment import Payment
from domain.payments.provider_event import DisputeStatus
from domain.payments.refund import Refund, RefundKind, RefundState
from domain.period import Interval
from domain.subscriptions.subscription import Subscription
from tests.support.builders.credits import SOMEBODY
from tests.support.clock import NOON, fresh_id

SANDBOX = Channel("sandbox")


def an_order(
    *,
    id: str | None = None,
    account_id: AccountId = SOMEBODY,
    line: OrderLine | None = None,
    status: OrderStatus = OrderStatus.PENDING,
    channel: Channel = SANDBOX,
    discount_minor: int = 0,
    created_at: datetime = NOON,
    expires_at: datetime | None = None,
    paid_at: datetime | None = None,
    coupon_code: str | None = None,
) -> Order:
    """Return an order of a credit pack at 5.00, waiting to be paid."""
    ordered = line or an_order_line()
    return Order(
        id=OrderId(id or fresh_id()),
        account_id=account_id,
        line=ordered,
        status=status,
        channel=channel,
        discount_minor=discount_minor,
        total_minor=ordered.price_minor - discount_minor,
        collected_minor=0 if paid_at is None else ordered.price_minor - discount_minor,
        coupon_code=coupon_code,
        created_at=created_at,
        expires_at=expires_at,
        paid_at=paid_at,
    )


def an_order_line(
    *,
    type: OrderType = OrderType.CREDITS,
    interval: Interval | None = None,
    price_minor: int = 500,
    currency: str = "USD",
    credits: int = 500,
) -> OrderLine:
    """Return an order's line for a pack of 500 credits at 5.00."""
    return OrderLine(
        type=type,
        item_id=fresh_id(),
        name="Small",
        interval=interval,
        price_minor=price_minor,
        currency=currency,
        credits=credits,
    )


def a_first_order(sold: Subscription) -> Order:
    """Return the order by which a subscription began, if nothing was paid and changed since."""
    line = OrderLine(
        type=OrderType.SUBSCRIPTION,
        item_id=sold.plan_id,
        name=sold.plan_name,
        interval=sold.interval,
        price_minor=sold.price_minor,
        currency=sold.currency,
        credits=sold.credits_per_month,
    )
    order = an_order(
        id=sold.order_id,
        account_id=sold.account_id,
        line=line,
        status=OrderStatus.PAID,
        channel=sold.channel,
        created_at=sold.started_at,
        paid_at=sold.started_at,
    )
    return evolve(order, subscription_id=sold.id, period=sold.period)


def a_payment(
    *,
    channel: Channel = SANDBOX,
    provider_payment_id: str | None = None,
    net_minor: int = 500,
    tax_minor: int = 0,
    currency: str = "USD",
    paid_at: datetime = NOON,
) -> Payment:
    """Return a payment of 5.00 that no tax was added to."""
    return Payment(
        channel=channel,
        provider_payment_id=provider_payment_id or f"pay_{fresh_id()}",
        net_minor=net_minor,
        tax_minor=tax_minor,
        currency=currency,
        paid_at=paid_at,
    )


def a_refund(
    order: Order,
    *,
    id: str | None = None,
    amount_minor: int = 100,
    state: RefundState = RefundState.REQUESTED,
    provider_refund_id: str | None = None,
) -> Refund:
    """Return a refund of 1.00 that an admin has asked for."""
    return Refund(
        id=RefundId(id or fresh_id()),
        order_id=order.id,
        account_id=order.account_id,
        channel=order.channel,
        amount_minor=amount_minor,
        state=state,
        kind=RefundKind.REQUESTED,
        reason="Bought by mistake",
        provider_refund_id=provider_refund_id,
        created_at=NOON,
        changed_at=NOON,
    )


def a_dispute(
    order: Order,
    *,
    id: str | None = None,
    provider_dispute_id: str | None = None,
    amount_minor: int = 500,
    status: DisputeStatus = DisputeStatus.OPEN,
    as_of: datetime = NOON,
) -> Dispute:
    """Return a dispute about a whole payment that nobody has decided yet."""
    return Dispute(
        id=DisputeId(id or fresh_id()),
        order_id=order.id,
        account_id=order.account_id,
        channel=order.channel,
        provider_dispute_id=provider_dispute_id or f"dispute_{fresh_id()}",
        amount_minor=amount_minor,
        currency=order.line.currency,
        status=status,
        as_of=as_of,
        opened_at=NOON,
        changed_at=NOON,
    )


def an_inbox_event(
    *,
    channel: Channel = SANDBOX,
    event_id: str | None = None,
    type: str = "checkout.paid",
    body: bytes = b"{}",
    received_at: datetime = NOON,
    status: InboxStatus = InboxStatus.RECEIVED,
    next_try_at: datetime | None = None,
) -> InboxEvent:
    """Return a webhook that has just come in."""
    return InboxEvent(
        id=InboxId(fresh_id()),
        channel=channel,
        event_id=event_id or f"evt_{fresh_id()}",
        type=type,
        body=body,
        received_at=received_at,
        status=status,
        next_try_at=next_try_at,
    )


def a_sandbox_record(
    *,
    kind: str = "checkout",
    id: str | None = None,
    body: str = "{}",
    due_at: datetime | None = None,
) -> SandboxRecord:
    """Return something the sandbox remembers."""
    return SandboxRecord(kind=kind, id=id or fresh_id(), body=body, due_at=due_at)
