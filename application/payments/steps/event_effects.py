"""What each provider event causes, in an open unit of work.

Plain steps; they never commit. Webhooks, the return page and reconciliation all come here, so that
a fact has the same effects, once, however we hear of it.
"""

from __future__ import annotations

from datetime import datetime

from attrs import Factory, evolve, frozen

from application.events.steps.raised_events import raise_order, raise_subscription
from application.payments.steps.booking import book, is_agreed, number_receipt
from application.payments.steps.concerns import Concern
from application.payments.steps.following import Following
from application.payments.steps.fulfilment import (
    Effects,
    ProviderSide,
    fulfil_payment,
    fulfil_trial,
)
from application.payments.steps.money_back import MoneyBack
from application.payments.steps.period_orders import (
    change_order,
    check_certain,
    ended_order,
    renewal_order,
    unagreed_order,
)
from application.payments.steps.second_subscription import book_change, fulfil_further, order_beside
from application.ports.system import NewId
from application.ports.unit_of_work import UnitOfWork
from application.promotions.steps.coupon_slots import release_slots
from application.subscriptions.steps.monthly_credits import grant_months_paid
from application.subscriptions.steps.plan_change_effects import (
    apply_with_period,
    begun_by,
    granting_for_change,
    order_of_change,
)
from application.subscriptions.steps.subscription_history import note_move
from application.wallets.granting import Granting, begin_granting
from application.worked_on import note
from domain.access.audit import Actor
from domain.credits.claw_back import Shortfall
from domain.payments.errors import OrderUnknownYet, PaymentMismatch
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderStatus
from domain.payments.payment import Payment
from domain.payments.provider_event import (
    ChangePaid,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutLinked,
    CheckoutPaid,
    CustomerDeleted,
    DisputeReported,
    PeriodPaid,
    ProviderEvent,
    RefundReported,
    SubscriptionReported,
    TrialBegun,
)
from domain.subscriptions.subscription import Subscription
from domain.subscriptions.terms import on_terms


@frozen(kw_only=True)
class EventEffects:
    """The effects of a channel's events at one instant, in one unit of work.

    `concerns` gathers what needs a person, to be told once the unit is committed.
    """

    work: UnitOfWork
    channel: Channel
    now: datetime
    new_id: NewId
    shortfall: Shortfall
    concerns: list[Concern] = Factory(list)

    async def of_all(self, events: tuple[ProviderEvent, ...]) -> Effects:
        """Do what several facts cause, in order; return in words what was done."""
        effects: Effects = ()
        for event in events:
            effects += await self.of(event)
        return effects

    async def of(self, event: ProviderEvent) -> Effects:  # noqa: PLR0911 - one for each kind
        """Do what one fact causes; nothing, if that has happened before.

        Raises OrderNotFound, OrderUnknownYet, PaymentMismatch: then the whole unit is to be left.
        """
        match event:
            case CheckoutPaid():
                return await self._checkout_paid(event)
            case CheckoutFailed(order_id=order_id):
                return await self._unpaid(order_id, OrderStatus.FAILED)
            case CheckoutExpired(order_id=order_id):
                return await self._unpaid(order_id, OrderStatus.EXPIRED)
            case CheckoutLinked():
                return await self._linked(event)
            case TrialBegun():
                return await self._trial_begun(event)
            case PeriodPaid():
                return await self._period_paid(event)
            case ChangePaid():
                return await self._change_paid(event)
            case SubscriptionReported():
                return await self._reported(event)
            case RefundReported():
                return await self._money_back.refund_reported(event)
            case DisputeReported():
                return await self._money_back.dispute_reported(event)
            case CustomerDeleted(channel=channel, customer_id=customer_id):
                owner = await self.work.customers.unlink(channel, customer_id)
                return () if owner is None else (f"customer {customer_id} is gone",)

    async def _checkout_paid(self, event: CheckoutPaid) -> Effects:
        note("order_id", event.order_id)
        found = await self.work.orders.find(event.order_id)
        granting = await begin_granting(self.work, found.account_id, self.now, self.new_id)
        order = await self.work.orders.take(event.order_id)
        _check_account(order, event)
        if event.customer_id is not None:
            await self.work.customers.link(order.account_id, order.channel, event.customer_id)
        side = ProviderSide(
            subscription_id=event.provider_subscription_id,
            period=event.period,
            paid_at=event.payment.paid_at,
        )
        fulfilled = await fulfil_payment(granting, order, event.payment, side)
        if fulfilled.effects:
            self._note(fulfilled.order)
        return fulfilled.effects

    async def _trial_begun(self, event: TrialBegun) -> Effects:
        reference = event.provider_subscription_id
        if await self.work.subscriptions.find_at_provider(self.channel, reference) is not None:
            return ()
        note("order_id", event.order_id)
        found = await self.work.orders.find(event.order_id)
        granting = await begin_granting(self.work, found.account_id, self.now, self.new_id)
        order = await self.work.orders.take(event.order_id)
        self._check_channel(order)
        if event.customer_id is not None:
            await self.work.customers.link(order.account_id, order.channel, event.customer_id)
        side = ProviderSide(subscription_id=reference, period=event.period, paid_at=event.as_of)
        fulfilled = await fulfil_trial(granting, order, side)
        if fulfilled.effects:
            self._note(fulfilled.order)
        return fulfilled.effects

    async def _unpaid(self, order_id: OrderId, status: OrderStatus) -> Effects:
        order = await self.work.orders.take(order_id)
        self._check_channel(order)
        if not order.can_become(status):
            return ()
        after = order.become(status)
        await self.work.orders.save(after)
        await raise_order(self.work, self.new_id, self.now, after)
        # A declined buyer may try another card on the same page, so the slot is kept for it.
        released = () if after.is_unpaid else await release_slots(self.work, order_id, self.now)
        return (f"order {order_id} {status.value}", *released)

    async def _linked(self, event: CheckoutLinked) -> Effects:
        order = await self.work.orders.find(event.order_id)
        self._check_channel(order)
        customer_id = event.customer_id
        if customer_id is None:
            return ()
        known = await self.work.customers.customer_of(order.account_id, order.channel)
        if known is not None:
            return ()
        await self.work.customers.link(order.account_id, order.channel, customer_id)
        # Where the record belongs to another account, that link stands and this is no effect.
        linked = await self.work.customers.customer_of(order.account_id, order.channel)
        return () if linked is None else (f"customer {customer_id} linked",)

    async def _period_paid(self, event: PeriodPaid) -> Effects:
        reference = event.provider_subscription_id
        found = await self.work.subscriptions.find_at_provider(self.channel, reference)
        if found is not None:
            return await self._renewed(event, found)
        beside = await order_beside(self.work, self.channel, reference)
        if beside is not None:
            return await self._paid_further(event, beside)
        if event.order_id is None:
            if not event.bears_our_mark:
                return ()
            raise OrderUnknownYet(reference=reference)
        first = CheckoutPaid(
            order_id=event.order_id,
            payment=event.payment,
            account_id=event.account_id,
            customer_id=event.customer_id,
            provider_subscription_id=reference,
            period=event.period,
        )
        return await self._checkout_paid(first)

    async def _paid_further(self, event: PeriodPaid, first: Order) -> Effects:
        granting = await begin_granting(self.work, first.account_id, self.now, self.new_id)
        if await self._is_counted(event.payment):
            return ()
        reference = event.provider_subscription_id
        begun = await self.work.subscriptions.find_at_provider(self.channel, reference)
        if begun is not None:
            return await self._renewed(event, begun)
        fulfilled = await fulfil_further(granting, first, event)
        self._note(fulfilled.order)
        return fulfilled.effects

    async def _renewed(self, event: PeriodPaid, found: Subscription) -> Effects:
        work, payment = self.work, event.payment
        note("subscription_id", found.id)
        granting = await begin_granting(work, found.account_id, self.now, self.new_id)
        if await self._is_counted(payment):
            return ()
        subscription = await work.subscriptions.take(found.id)
        if not subscription.is_live and not subscription.is_told_since(payment.paid_at):
            order = ended_order(subscription, payment, OrderId(self.new_id()))
            return await self._booked(granting, subscription, order, payment)
        change = await begun_by(work, subscription, event.period)
        sold = subscription if change is None else on_terms(subscription, change.after)
        check_certain(sold, event)
        if not is_agreed(payment, sold.price):
            order = unagreed_order(sold, event, OrderId(self.new_id()))
            return await self._booked(granting, subscription, order, payment)
        before = await work.orders.find(subscription.order_id)
        earlier = await work.orders.paid_for(subscription.id, event.period.start_at)
        order_id = OrderId(self.new_id())
        if change is not None and change.begins_period and earlier is None:
            # The order that the change was promised, so that its receipt can say how its sum
            # comes about.
            order_id = change.order_id
        priced = before.discounts(renewal_order(sold, event, order_id))
        order = priced.paid_by(payment, self.now)
        if earlier is not None:
            order = evolve(order, concern=_paid_twice(event, earlier))
        order = await number_receipt(work, order)
        await work.orders.add(order)
        await raise_order(work, self.new_id, self.now, order)
        await work.payments.add(payment, order.id)
        if earlier is not None:
            self._note(order)
            return (f"order {order.id} paid", f"its period was paid before by {earlier.id}")
        moved: Effects = ()
        if event.period.start_at > subscription.period.start_at:
            by = Actor(id=self.channel)
            if change is not None:
                moved = await apply_with_period(granting, subscription, change, by)
            renewed = sold.renewed(event.period, payment.paid_at)
            paid = evolve(renewed, order_id=order.id)
            after, effects = await grant_months_paid(granting, paid)
        else:
            # Told after a later period: what of its months still runs is granted, all else stands.
            after = subscription
            paid = evolve(subscription.as_of(event.period), order_id=order.id)
            _, effects = await grant_months_paid(granting, paid)
        if payment.total_minor > 0:
            after = after.paying_since(event.period.start_at)
        await granting.save()
        await work.subscriptions.save(after)
        await note_move(work, self.new_id, self.now, Actor(id=self.channel), subscription, after)
        await raise_subscription(work, self.new_id, self.now, subscription, after)
        renewal = f"subscription {subscription.id} renewed"
        return (f"order {order.id} paid", renewal, *moved, *effects)

    async def _change_paid(self, event: ChangePaid) -> Effects:
        subscription = await self._known(event)
        if subscription is None:
            return await self._change_paid_beside(event)
        account_id = subscription.account_id
        granting = await begin_granting(self.work, account_id, self.now, self.new_id)
        if await self._is_counted(event.payment):
            return ()
        promised = await order_of_change(self.work, subscription, event)
        order = change_order(subscription, event.payment, promised or OrderId(self.new_id()))
        return await self._booked(granting, subscription, order, event.payment)

    async def _booked(
        self, granting: Granting, subscription: Subscription, order: Order, payment: Payment
    ) -> Effects:
        """Keep money of a subscription that renews nothing."""
        booked = await book(granting, order, payment)
        self._note(booked)
        if subscription.paying_from_at is None and booked.total_minor > 0:
            taken = await self.work.subscriptions.take(subscription.id)
            await self.work.subscriptions.save(taken.paying_since(payment.paid_at))
        return (f"order {booked.id} paid",)

    async def _change_paid_beside(self, event: ChangePaid) -> Effects:
        first = await order_beside(self.work, self.channel, event.provider_subscription_id)
        if first is None:
            return ()
        granting = await begin_granting(self.work, first.account_id, self.now, self.new_id)
        if await self._is_counted(event.payment):
            return ()
        order = await book_change(granting, first, event.payment)
        self._note(order)
        return (f"order {order.id} paid",)

    async def _reported(self, event: SubscriptionReported) -> Effects:
        found = await self._known(event)
        if found is None:
            return ()
        note("subscription_id", found.id)
        granting = await granting_for_change(self.work, found, self.now, self.new_id)
        subscription = await self.work.subscriptions.take(found.id)
        following = Following(
            work=self.work,
            now=self.now,
            new_id=self.new_id,
            concerns=self.concerns,
            granting=granting,
        )
        return await following.report(event, subscription)

    def _note(self, order: Order) -> None:
        if order.concern is not None:
            note("order_id", order.id)
            self.concerns.append(Concern(about=f"order {order.id}", problem=order.concern))

    @property
    def _money_back(self) -> MoneyBack:
        return MoneyBack(work=self.work, now=self.now, new_id=self.new_id, shortfall=self.shortfall)

    async def _is_counted(self, payment: Payment) -> bool:
        paid = await self.work.payments.order_paid_by(payment.channel, payment.provider_payment_id)
        return paid is not None

    async def _known(self, event: ChangePaid | SubscriptionReported) -> Subscription | None:
        """Return the subscription that news is about.

        None where others have sold it, or where it is a second one that never began here.
        """
        reference = event.provider_subscription_id
        found = await self.work.subscriptions.find_at_provider(self.channel, reference)
        is_ours = found is None and event.bears_our_mark
        if is_ours and await order_beside(self.work, self.channel, reference) is None:
            raise OrderUnknownYet(reference=reference)
        return found

    def _check_channel(self, order: Order) -> None:
        if order.channel != self.channel:
            raise PaymentMismatch(
                order_id=order.id,
                differs="channel",
                ordered=order.channel,
                reported=self.channel,
            )


def _check_account(order: Order, event: CheckoutPaid) -> None:
    """Refuse money for an order of which the provider says that it is another account's."""
    if event.account_id not in {None, order.account_id}:
        raise PaymentMismatch(
            order_id=order.id,
            differs="account",
            ordered=order.account_id,
            reported=str(event.account_id),
        )


def _paid_twice(event: PeriodPaid, earlier: Order) -> str:
    return (
        f"it paid for the period from {event.period.start_at:%Y-%m-%d}, which order {earlier.id} "
        "had paid for: refund one of them"
    )
