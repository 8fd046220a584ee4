"""Start a purchase: write the order down, then ask the provider for its checkout page."""

from __future__ import annotations

from attrs import evolve, frozen

from application.granting import begin_granting
from application.payments.fulfilment import fulfil_free
from application.ports.idempotency import RequestKey
from application.ports.provider import Capability, CheckoutRequest, Provider, Providers
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.pricing import Quote, quote
from application.raised_events import raise_order
from domain.credits.ids import AccountId
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    CheckoutOver,
    NotSoldThere,
)
from domain.payments.ids import Channel, OrderId
from domain.payments.order import ORDER_LIFE, Order, OrderType
from domain.payments.return_url import check_return_url
from domain.period import Interval
from domain.promotions.coupon import Redemption
from domain.promotions.ids import RedemptionId
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.errors import SubscriptionExists
from domain.subscriptions.ids import PackId, PlanId


@frozen(kw_only=True)
class StartCheckout:
    """Buy a plan at an interval, or a pack, through a channel."""

    account_id: AccountId
    channel: Channel
    item: PlanId | PackId
    type: OrderType
    interval: Interval = Interval.MONTHLY
    coupon_code: str | None = None
    success_url: str
    cancel_url: str
    key: RequestKey | None = None


@frozen(kw_only=True)
class CheckoutStarted:
    """The order, with the address the buyer goes to next."""

    order: Order
    is_replay: bool = False


@frozen(kw_only=True)
class _Placed:
    """What is remembered under the caller's key: which order it made."""

    order_id: OrderId


@frozen(kw_only=True)
class StartingCheckout:
    """Place the order and open the provider's page for it.

    The order is committed before the provider hears of it, and its id is the provider's key: a
    crash in between leaves something that can be found, and a repeat opens no second checkout.
    A purchase whose total is nothing is paid at once.

    Refusals: ChannelUnknown, CapabilityMissing, NotSoldThere, PlanNotFound, PackNotFound,
    NotOnSale, IntervalNotOffered, SubscriptionExists, CouponRefused, ReturnUrlRefused,
    ProviderUnavailable, ProviderRefused, KeyReused, CheckoutOver.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    return_origins: tuple[str, ...]
    clock: Clock
    new_id: NewId

    async def __call__(self, command: StartCheckout) -> CheckoutStarted:
        check_return_url("success_url", command.success_url, self.return_origins)
        check_return_url("cancel_url", command.cancel_url, self.return_origins)
        provider = _provider_for(self.providers, command)
        async with self.begin() as work:
            first = None
            if command.key is not None:
                first = await work.answers.claim(command.key, _Placed)
            if first is not None:
                order = await work.orders.find(first.order_id)
            else:
                order = await self._placed(work, command, provider)
                if command.key is not None:
                    await work.answers.keep(command.key, _Placed(order_id=order.id))
                await work.commit()
        if order.url is None:
            if not order.is_pending:
                raise CheckoutOver(order_id=order.id)
            order = await self._opened(order, provider, command)
        return CheckoutStarted(order=order, is_replay=first is not None)

    async def _placed(self, work: UnitOfWork, command: StartCheckout, provider: Provider) -> Order:
        # The wallet first: its lock lets one checkout of an account be decided at a time.
        now = self.clock()
        granting = await begin_granting(work, command.account_id, now, self.new_id)
        item = await _item(work, command)
        _check_sold(item, command, provider)
        if isinstance(item, Plan):
            live = await work.subscriptions.live_in_group(command.account_id, item.group)
            # A free plan gives way to a paid one; two that cost would charge the buyer twice.
            if live is not None and (item.is_free or not live.is_free):
                raise SubscriptionExists(subscription_id=live.id)
        line = item.line(command.interval) if isinstance(item, Plan) else item.line()
        priced = await quote(
            work, command.account_id, line, command.coupon_code, now, is_to_be_reserved=True
        )
        order = Order(
            id=OrderId(self.new_id()),
            account_id=command.account_id,
            line=line,
            channel=command.channel,
            discount_minor=priced.benefit.discount_minor,
            total_minor=line.price_minor - priced.benefit.discount_minor,
            bonus_credits=priced.benefit.bonus_credits,
            coupon_code=priced.coupon.code if priced.coupon is not None else None,
            created_at=now,
            expires_at=now + ORDER_LIFE,
            success_url=command.success_url,
            cancel_url=command.cancel_url,
        )
        await work.orders.add(order)
        await raise_order(work, self.new_id, now, order)
        await self._reserve(work, order, priced)
        if order.due_minor > 0:
            return order
        free = evolve(order, url=command.success_url)
        await fulfil_free(granting, free)
        return await work.orders.find(order.id)

    async def _reserve(self, work: UnitOfWork, order: Order, priced: Quote) -> None:
        if priced.coupon is None:
            return
        await work.coupons.save(priced.coupon.reserve())
        await work.coupons.add_redemption(
            Redemption(
                id=RedemptionId(self.new_id()),
                coupon_id=priced.coupon.id,
                account_id=order.account_id,
                order_id=order.id,
                benefit=priced.benefit,
                reserved_at=order.created_at,
            )
        )

    async def _opened(self, order: Order, provider: Provider, command: StartCheckout) -> Order:
        async with self.read() as work:
            item = await _item(work, command)
            account = await work.accounts.find(order.account_id)
            customer_id = await work.customers.customer_of(order.account_id, order.channel)
        opened = await provider.open_checkout(
            CheckoutRequest(
                order=order,
                reference=item.reference(order.channel, order.line.interval),
                email=account.email if account is not None else None,
                customer_id=customer_id,
            )
        )
        async with self.begin() as work:
            current = await work.orders.take(order.id)
            order = current.opened(opened.session_id, opened.url, opened.expires_at)
            await work.orders.save(order)
            await work.commit()
        return order


def _provider_for(providers: Providers, command: StartCheckout) -> Provider:
    provider = providers.get(command.channel)
    if provider is None:
        raise ChannelUnknown(channel=command.channel, configured=tuple(sorted(providers)))
    needed = (
        Capability.SUBSCRIPTIONS if command.type is OrderType.SUBSCRIPTION else Capability.ONE_OFF
    )
    if needed not in provider.capabilities:
        raise CapabilityMissing(channel=command.channel, capability=needed.value)
    if command.coupon_code is not None and Capability.COUPONS not in provider.capabilities:
        raise CapabilityMissing(channel=command.channel, capability=Capability.COUPONS.value)
    return provider


def _check_sold(item: Plan | Pack, command: StartCheckout, provider: Provider) -> None:
    interval = command.interval if isinstance(item, Plan) else None
    if isinstance(item, Plan) and item.is_free:
        return
    is_known_there = item.reference(command.channel, interval) is not None
    if provider.needs_reference_for(command.type) and not is_known_there:
        raise NotSoldThere(channel=command.channel, item_id=item.id)


async def _item(work: UnitOfWork, command: StartCheckout) -> Plan | Pack:
    if command.type is OrderType.SUBSCRIPTION:
        return await work.plans.get(PlanId(command.item))
    return await work.packs.get(PackId(command.item))
