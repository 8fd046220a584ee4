"""Apply a stored provider event: translate it, and do all it causes in one commit."""

from __future__ import annotations

from attrs import evolve, frozen

from application.granting import begin_granting
from application.monthly_credits import grant_months_paid
from application.payments.fulfilment import (
    Effects,
    ProviderSide,
    fulfil_payment,
    release_coupon,
)
from application.ports.provider import Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginWork, UnitOfWork
from domain.errors import BillingError
from domain.payments.errors import ChannelUnknown, OrderUnknownYet, PaymentMismatch
from domain.payments.ids import Channel, OrderId
from domain.payments.inbox import InboxEvent, InboxStatus
from domain.payments.order import Order, OrderLine, OrderStatus, OrderType
from domain.payments.provider_event import (
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    Ignored,
    PeriodPaid,
    ProviderEvent,
    SubscriptionReported,
)
from domain.subscriptions.errors import SubscriptionEnded
from domain.subscriptions.subscription import Subscription, SubscriptionStatus


@frozen(kw_only=True)
class ApplyEvent:
    """Apply one event of the inbox; one that has been applied is left as it is."""

    channel: Channel
    event_id: str


@frozen(kw_only=True)
class EventApplied:
    """The event as it stands in the inbox now."""

    event: InboxEvent


@frozen(kw_only=True)
class ApplyingEvent:
    """Bring one event to its effects, or note in the inbox why that failed.

    Two events about one purchase wait for each other at the wallet, and the second finds the
    effects done. Refusals: EventNotFound.
    """

    begin: BeginWork
    providers: Providers
    clock: Clock
    new_id: NewId
    alarm: Alarm

    async def __call__(self, command: ApplyEvent) -> EventApplied:
        try:
            async with self.begin() as work:
                event = await work.inbox.take(command.channel, command.event_id)
                if event.is_settled:
                    return EventApplied(event=event)
                effects = await self._effects(work, event.channel, self._translated(event))
                done = event.applied(effects, self.clock())
                await work.inbox.save(done)
                await work.commit()
            return EventApplied(event=done)
        except BillingError as refusal:
            return await self._set_aside(command, refusal, f"{refusal.code}: {refusal}")
        except Exception as fault:  # noqa: BLE001 - one poisonous event must not hold up others
            self.alarm(f"event {command.channel}:{command.event_id} failed", fault)
            return await self._set_aside(command, fault, type(fault).__name__)

    async def _set_aside(self, command: ApplyEvent, fault: Exception, error: str) -> EventApplied:
        async with self.begin() as work:
            event = await work.inbox.take(command.channel, command.event_id)
            if event.is_settled:
                return EventApplied(event=event)
            failed = event.failed(error, self.clock())
            await work.inbox.save(failed)
            await work.commit()
        if failed.status is InboxStatus.DEAD:
            self.alarm(f"event {command.channel}:{command.event_id} needs a person", fault)
        return EventApplied(event=failed)

    def _translated(self, event: InboxEvent) -> ProviderEvent:
        provider = self.providers.get(event.channel)
        if provider is None:
            raise ChannelUnknown(channel=event.channel, configured=tuple(sorted(self.providers)))
        return provider.translate(event)

    async def _effects(self, work: UnitOfWork, channel: Channel, event: ProviderEvent) -> Effects:
        match event:
            case CheckoutPaid():
                return await self._checkout_paid(work, event)
            case CheckoutFailed(order_id=order_id):
                return await self._unpaid(work, channel, order_id, OrderStatus.FAILED)
            case CheckoutExpired(order_id=order_id):
                return await self._unpaid(work, channel, order_id, OrderStatus.EXPIRED)
            case PeriodPaid():
                return await self._period_paid(work, event)
            case SubscriptionReported():
                return await self._reported(work, event)
            case Ignored():
                return ()

    async def _checkout_paid(self, work: UnitOfWork, event: CheckoutPaid) -> Effects:
        found = await work.orders.find(event.order_id)
        granting = await begin_granting(work, found.account_id, self.clock(), self.new_id)
        order = await work.orders.take(event.order_id)
        if event.customer_id is not None:
            await work.customers.link(order.account_id, order.channel, event.customer_id)
        side = ProviderSide(subscription_id=event.provider_subscription_id, period=event.period)
        return await fulfil_payment(granting, order, event.payment, side)

    async def _unpaid(
        self, work: UnitOfWork, channel: Channel, order_id: OrderId, status: OrderStatus
    ) -> Effects:
        order = await work.orders.take(order_id)
        if order.channel != channel:
            raise PaymentMismatch(
                order_id=order_id, differs="channel", ordered=order.channel, reported=channel
            )
        if not order.can_become(status):
            return ()
        await work.orders.save(order.become(status))
        # A declined buyer may start again with the same code, so the slot goes back at once.
        released = await release_coupon(work, order_id)
        return (f"order {order_id} {status.value}", *released)

    async def _period_paid(self, work: UnitOfWork, event: PeriodPaid) -> Effects:
        payment = event.payment
        found = await self._known(work, payment.channel, event.provider_subscription_id)
        granting = await begin_granting(work, found.account_id, self.clock(), self.new_id)
        paid = await work.payments.order_paid_by(payment.channel, payment.provider_payment_id)
        if paid is not None:
            return ()
        subscription = await work.subscriptions.take(found.id)
        if not subscription.is_live and not subscription.is_reported_since(payment.paid_at):
            raise SubscriptionEnded(subscription_id=subscription.id)
        order = _renewal(subscription, event, OrderId(self.new_id())).paid_by(payment, granting.now)
        await work.orders.add(order)
        await work.payments.add(payment, order.id)
        if event.period.start_at > subscription.period.start_at:
            renewed = subscription.renewed(event.period, payment.paid_at)
            after, effects = await grant_months_paid(granting, renewed)
        else:
            # Told after a later period: what of its months still runs is granted, all else stands.
            after = subscription
            _, effects = await grant_months_paid(granting, subscription.as_of(event.period))
        await granting.save()
        await work.subscriptions.save(after)
        return (f"order {order.id} paid", f"subscription {subscription.id} renewed", *effects)

    async def _reported(self, work: UnitOfWork, event: SubscriptionReported) -> Effects:
        channel = event.channel
        found = await self._known(work, channel, event.provider_subscription_id)
        subscription = await work.subscriptions.take(found.id)
        if subscription.reported_at is not None and event.as_of < subscription.reported_at:
            return ()
        status = SubscriptionStatus(event.status.value)
        if not subscription.can_become(status):
            return ()
        after = evolve(
            subscription.become(status, self.clock()),
            cancel_at_period_end=event.cancel_at_period_end,
            reported_at=event.as_of,
        )
        await work.subscriptions.save(after)
        return (f"subscription {after.id} {status.value}",)

    async def _known(self, work: UnitOfWork, channel: Channel, reference: str) -> Subscription:
        found = await work.subscriptions.find_at_provider(channel, reference)
        if found is None:
            raise OrderUnknownYet(reference=reference)
        return found


def _renewal(subscription: Subscription, event: PeriodPaid, order_id: OrderId) -> Order:
    """Return the order for a further period, as the subscription was sold."""
    if event.payment.net_minor > subscription.price_minor:
        raise PaymentMismatch(
            order_id=subscription.order_id,
            differs="amount",
            ordered=str(subscription.price_minor),
            reported=str(event.payment.net_minor),
        )
    discount = subscription.price_minor - event.payment.net_minor
    return Order(
        id=order_id,
        account_id=subscription.account_id,
        line=OrderLine(
            type=OrderType.SUBSCRIPTION,
            item_id=subscription.plan_id,
            name=subscription.plan_name,
            interval=subscription.interval,
            price_minor=subscription.price_minor,
            currency=subscription.currency,
            credits=subscription.credits_per_month,
        ),
        channel=subscription.channel,
        discount_minor=discount,
        total_minor=event.payment.total_minor,
        created_at=event.payment.paid_at,
        subscription_id=subscription.id,
    )
