"""How a purchase is written down: a new order, or the buyer's own that still waits to be paid.

Plain steps, handed an open unit of work in which the account's wallet is taken, so that one
purchase of an account is decided at a time; they never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.events.steps.raised_events import raise_order
from application.payments.steps.fulfilment import fulfil_free
from application.payments.steps.pricing import OWN_UNPAID_MAX, NamedCoupon, Quote
from application.ports.unit_of_work import UnitOfWork
from application.promotions.steps.coupon_slots import reserve_slots
from application.subscriptions.steps.trials import TrialOffer, with_trial
from application.wallets.granting import Granting
from domain.credits.ids import AccountId
from domain.payments.ids import Channel, OrderId
from domain.payments.order import ORDER_LIFE, Order, OrderLine
from domain.promotions.errors import CouponReason, CouponRefused


@frozen(kw_only=True)
class Basket:
    """What an account is about to buy, at today's price, and where the buyer goes afterwards.

    `named` are the coupons of its codes, those of `credit_codes` last.
    """

    account_id: AccountId
    line: OrderLine
    channel: Channel
    named: Sequence[NamedCoupon]
    credit_codes: tuple[str, ...]
    success_url: str
    cancel_url: str
    trial: TrialOffer | None = None
    ends_with_group: str | None = None


@frozen(kw_only=True)
class Placed:
    """The order of a basket, and the buyer's earlier ones that gave way to it."""

    order: Order
    gave_way: Sequence[Order] = ()


async def place(granting: Granting, basket: Basket) -> Placed:
    """Return the buyer's own order for this very purchase while it can be paid, else a new one.

    Where a coupon has no slot left but those of the buyer's own unpaid orders, the oldest of them
    give way: they are given up, and what their slots were kept for is this purchase now.
    Raises CouponRefused.
    """
    work, now = granting.work, granting.now
    own = await work.orders.unpaid_of(basket.account_id, OWN_UNPAID_MAX)
    order = await _order(work, basket, OrderId(granting.new_id()), now)
    earlier = next((each for each in own if each.can_stand_for(order, now)), None)
    if earlier is not None:
        return Placed(order=earlier)
    await work.orders.add(order)
    await raise_order(work, granting.new_id, now, order)
    gave_way = await reserve_slots(granting, order, basket.named)
    if not order.needs_provider:
        await fulfil_free(granting, evolve(order, url=basket.success_url))
        order = await work.orders.find(order.id)
    return Placed(order=order, gave_way=gave_way)


async def _order(work: UnitOfWork, basket: Basket, order_id: OrderId, now: datetime) -> Order:
    """Return the order with what its codes promise, and with the trial that it begins with."""
    purchase = basket.line.purchase
    promised = Quote(benefits=tuple(each.coupon.terms.promised(purchase) for each in basket.named))
    codes = tuple(each.code.code for each in basket.named)
    own_code = codes[: len(codes) - len(basket.credit_codes)]
    order = Order(
        id=order_id,
        account_id=basket.account_id,
        line=basket.line,
        channel=basket.channel,
        discount_minor=promised.discount_minor,
        discount_periods=promised.discount_periods,
        total_minor=basket.line.price_minor - promised.discount_minor,
        bonus_credits=promised.bonus_credits,
        coupon_code=own_code[0] if own_code else None,
        credit_codes=codes[len(own_code) :],
        created_at=now,
        expires_at=now + ORDER_LIFE,
        success_url=basket.success_url,
        cancel_url=basket.cancel_url,
        ends_with_group=basket.ends_with_group,
    )
    order = await with_trial(work, order, basket.trial, now)
    if promised.trial_days and not order.trial_days:
        # Had before, or promised to another account of the same address a moment ago.
        raise CouponRefused(reason=CouponReason.TRIAL_HAD)
    return order
