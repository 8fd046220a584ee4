"""Start a purchase: write the order down, then ask the provider for its checkout page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from attrs import evolve, field, frozen

from application.payments.steps.asking_provider import AskingProvider
from application.payments.steps.placing import Basket, Placed, place
from application.payments.steps.pricing import OWN_UNPAID_MAX, NamedCoupon, coupons_named, quote
from application.ports.idempotency import RequestKey
from application.ports.provider import Capability, CheckoutRequest, Provider, Providers
from application.ports.system import Alarm, Clock, NewId
from application.ports.unit_of_work import BeginRead, BeginWork, UnitOfWork
from application.subscriptions.steps.add_ons import check_add_on
from application.subscriptions.steps.trials import TrialOffer, offered_trial
from application.wallets.granting import Granting, begin_granting
from domain.credits.claw_back import Shortfall
from domain.credits.ids import AccountId
from domain.payments.errors import (
    CapabilityMissing,
    ChannelUnknown,
    CheckoutOver,
    NotSoldThere,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.payments.ids import Channel, OrderId
from domain.payments.order import Order, OrderLine, OrderType
from domain.payments.return_url import check_return_url
from domain.period import Interval
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.ids import PackId, PlanId

_ASKED_MAX = 2
"""About how many of a buyer's open pages a provider is asked before another one is opened."""


@frozen(kw_only=True)
class StartCheckout:
    """Buy a plan at an interval, or a pack, through a channel."""

    account_id: AccountId
    channel: Channel
    item: PlanId | PackId
    type: OrderType
    interval: Interval = Interval.MONTHLY
    coupon_code: str | None = None
    credit_codes: tuple[str, ...] = ()
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
    """Place the order and open the provider's page for it, or find the one that is open.

    Somebody who asks for the same purchase again, on the same terms, while it still waits to be
    paid is sent to the same page: there is one order, one page, one coupon slot.

    The order is committed before the provider hears of it, and its id is the provider's key: a
    crash in between leaves something that can be found, and a repeat opens no second checkout.
    A purchase whose total is nothing is paid at once; where a trial comes first, nothing is due
    now, and the provider is asked to collect after it. A purchase with a coupon has no trial, since
    what the coupon gives counts at once, unless a trial is what it gives: then the longer of its
    days and the plan's counts, once for an account and plan group, as ever. `trial_key` is what
    e-mail addresses are hashed with, so that one person has one trial; without it accounts alone
    are told apart.

    Refusals: ChannelUnknown, CapabilityMissing, NotSoldThere, PlanNotFound, PackNotFound,
    NotOnSale, IntervalNotOffered, SubscriptionExists, SubscriptionRequired, CouponRefused,
    ReturnUrlRefused, ProviderUnavailable, ProviderRefused, KeyReused, CheckoutOver.
    """

    begin: BeginWork
    read: BeginRead
    providers: Providers
    return_origins: tuple[str, ...]
    clock: Clock
    new_id: NewId
    alarm: Alarm
    shortfall: Shortfall
    trial_key: str = field(default="", repr=False)

    async def __call__(self, command: StartCheckout) -> CheckoutStarted:
        check_return_url("success_url", command.success_url, self.return_origins)
        check_return_url("cancel_url", command.cancel_url, self.return_origins)
        provider = _provider_for(self.providers, command)
        await self._look_at_earlier(command)
        gave_way: Sequence[Order] = ()
        async with self.begin() as work:
            first = None
            if command.key is not None:
                first = await work.answers.claim(command.key, _Placed)
            if first is not None:
                order = await work.orders.find(first.order_id)
            else:
                placed = await self._placed(work, command, provider)
                order, gave_way = placed.order, placed.gave_way
                if command.key is not None:
                    await work.answers.keep(
                        command.key, _Placed(order_id=order.id), is_kept_for_ever=True
                    )
                await work.commit()
        await self._close(gave_way)
        if order.url is None:
            if not order.is_pending:
                raise CheckoutOver(order_id=order.id)
            order = await self._opened(order, provider, command)
        return CheckoutStarted(order=order, is_replay=first is not None)

    async def _look_at_earlier(self, command: StartCheckout) -> None:
        """Ask what has become of pages that would be shown again or give way: news may be late.

        A provider that does not answer leaves it as it is known here.
        """
        async with self.read() as work:
            own = await work.orders.unpaid_of(command.account_id, OWN_UNPAID_MAX)
        asking = AskingProvider(
            begin=self.begin, clock=self.clock, new_id=self.new_id, shortfall=self.shortfall
        )
        for order in [each for each in own if _is_concerned(each, command)][:_ASKED_MAX]:
            provider = self.providers.get(order.channel)
            if provider is not None and Capability.READ in provider.capabilities:
                with suppress(ProviderUnavailable, ProviderRefused):
                    await asking.about_checkout(provider, order, self.alarm)

    async def _placed(self, work: UnitOfWork, command: StartCheckout, provider: Provider) -> Placed:
        # The wallet first: its lock lets one checkout of an account be decided at a time.
        granting = await begin_granting(work, command.account_id, self.clock(), self.new_id)
        item = await _item(work, command)
        _check_sold(item, command, provider)
        if isinstance(item, Plan):
            live = await work.subscriptions.live_in_group(command.account_id, item.group)
            # A free plan gives way to a paid one; two that cost would charge the buyer twice.
            if live is not None and (item.is_free or not live.is_free):
                raise live.in_the_way
        else:
            await check_add_on(work, item, command.account_id)
        line = item.line(command.interval) if isinstance(item, Plan) else item.line()
        named = await coupons_named(work, command.coupon_code, command.credit_codes)
        basket = Basket(
            account_id=command.account_id,
            line=line,
            channel=command.channel,
            named=named,
            credit_codes=command.credit_codes,
            success_url=command.success_url,
            cancel_url=command.cancel_url,
            trial=await self._trial(granting, item, line, named, provider),
            ends_with_group=_group_ended_with(item),
        )
        placed = await place(granting, basket)
        if placed.order.discount_periods != 1:
            _check_able(provider, Capability.RECURRING_COUPONS)
        return placed

    async def _trial(
        self,
        granting: Granting,
        item: Plan | Pack,
        line: OrderLine,
        named: Sequence[NamedCoupon],
        provider: Provider,
    ) -> TrialOffer | None:
        work, account_id, now = granting.work, granting.posting.wallet.account_id, granting.now
        promised = 0
        if any(each.coupon.terms.gives_trial for each in named):
            # Judged before: what the channel cannot do is told of a code that counts, of no other.
            promised = (await quote(work, account_id, line, named, now)).trial_days
            _check_able(provider, Capability.TRIALS)
        elif named:
            return None
        if not isinstance(item, Plan) or Capability.TRIALS not in provider.capabilities:
            return None
        return await offered_trial(work, item, account_id, self.trial_key, now, promised)

    async def _opened(self, order: Order, provider: Provider, command: StartCheckout) -> Order:
        async with self.read() as work:
            item = await _item(work, command)
            account = await work.accounts.find(order.account_id)
            customer_id = await work.customers.customer_of(order.account_id, order.channel)
        reference = item.reference(order.channel, order.line.interval)
        if reference is not None and not _costs_as_ordered(item, order):
            # The provider's price has changed with ours: its page would ask for other money.
            raise CheckoutOver(order_id=order.id)
        opened = await provider.open_checkout(
            CheckoutRequest(
                order=order,
                reference=reference,
                email=account.email if account is not None else None,
                customer_id=customer_id,
            )
        )
        async with self.begin() as work:
            current = await work.orders.take(order.id)
            # Two may have asked for the page at once: the first answer stands for both.
            if current.url is not None:
                return current
            opened_order = current.opened(opened.session_id, opened.url, opened.expires_at)
            await work.orders.save(opened_order)
            await work.commit()
        if not current.is_pending:
            await self._close([opened_order])
            raise CheckoutOver(order_id=order.id)
        return opened_order

    async def _close(self, orders: Sequence[Order]) -> None:
        """Close the pages of orders that have been given up, where that can be done.

        One that stays open may still be paid. Such money is honoured, as always.
        """
        for order in orders:
            provider = self.providers.get(order.channel)
            if provider is not None and order.session_id is not None:
                with suppress(ProviderUnavailable, ProviderRefused):
                    await provider.close_checkout(order.session_id)


def _is_concerned(order: Order, command: StartCheckout) -> bool:
    """Say whether an open page is one for the same thing, or one that may give way to a code."""
    has_code = command.coupon_code is not None or bool(command.credit_codes)
    may_give_way = has_code and (order.coupon_code is not None or bool(order.credit_codes))
    is_open = order.is_pending and order.session_id is not None
    return is_open and (may_give_way or order.sells(command.item, command.channel))


def _group_ended_with(item: Plan | Pack) -> str | None:
    """Return the plan group with whose plan a pack ends, if it does."""
    if isinstance(item, Pack) and item.ends_with_plan:
        return item.requires_group
    return None


def _provider_for(providers: Providers, command: StartCheckout) -> Provider:
    provider = providers.get(command.channel)
    if provider is None:
        raise ChannelUnknown(channel=command.channel, configured=tuple(sorted(providers)))
    needed = (
        Capability.SUBSCRIPTIONS if command.type is OrderType.SUBSCRIPTION else Capability.ONE_OFF
    )
    _check_able(provider, needed)
    if command.coupon_code is not None:
        _check_able(provider, Capability.COUPONS)
    return provider


def _check_able(provider: Provider, capability: Capability) -> None:
    if capability not in provider.capabilities:
        raise CapabilityMissing(channel=provider.channel, capability=capability.value)


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


def _costs_as_ordered(item: Plan | Pack, order: Order) -> bool:
    """Say whether what was ordered has the order's price before any discount, on sale or not."""
    ordered = order.line
    if isinstance(item, Plan):
        assert ordered.interval is not None, "a plan is ordered at an interval"
        today = evolve(item, is_on_sale=True).line(ordered.interval)
    else:
        today = evolve(item, is_on_sale=True).line()
    return (today.price_minor, today.currency) == (ordered.price_minor, ordered.currency)
