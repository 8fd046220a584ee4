"""How a purchase is written down: a new order, or the buyer's own that still waits to be paid.

Plain steps, handed an open unit of work in which the account's wallet is taken, so that one
purchase of an account is decided at a time; they never commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import evolve, frozen

from application.granting import Granting
from application.payments.fulfilment import fulfil_free, release_coupon
from application.ports.unit_of_work import UnitOfWork
from application.pricing import OWN_UNPAID_MAX, coupon_named
from application.raised_events import raise_order
from application.trial_steps import TrialOffer, with_trial
from domain.credits.ids import AccountId
from domain.money import Money
from domain.payments.ids import Channel, OrderId
from domain.payments.order import ORDER_LIFE, Order, OrderLine, OrderStatus
from domain.promotions.coupon import Benefit, Coupon, Redemption
from domain.promotions.ids import RedemptionId


@frozen(kw_only=True)
class Wish:
    """What an account wishes to buy, at today's price, and where the buyer goes afterwards."""

    account_id: AccountId
    line: OrderLine
    channel: Channel
    coupon_code: str | None
    success_url: str
    cancel_url: str
    trial: TrialOffer | None = None
    ends_with_group: str | None = None


@frozen(kw_only=True)
class Placed:
    """The order of a wish, and the buyer's earlier ones that gave way to it."""

    order: Order
    gave_way: Sequence[Order] = ()


async def place(granting: Granting, wish: Wish) -> Placed:
    """Return the buyer's own order for this very purchase while it can be paid, else a new one.

    Where a coupon has no slot left but those of the buyer's own unpaid orders, the oldest of them
    give way: they are given up, and what their slots were kept for is this purchase now.
    Raises CouponRefused.
    """
    work, now = granting.work, granting.now
    own = await work.orders.unpaid_of(wish.account_id, OWN_UNPAID_MAX)
    coupon = await coupon_named(work, wish.coupon_code)
    order = _order(wish, coupon, OrderId(granting.new_id()), now)
    order = await with_trial(work, order, wish.trial, now)
    earlier = next((each for each in own if each.can_stand_for(order, now)), None)
    if earlier is not None:
        return Placed(order=earlier)
    await work.orders.add(order)
    await raise_order(work, granting.new_id, now, order)
    gave_way: Sequence[Order] = ()
    if coupon is not None:
        holding = [each.id for each in reversed(own) if each.coupon_code == coupon.code]
        gave_way = await _reserve(granting, coupon.code, order, holding)
    if not order.needs_provider:
        await fulfil_free(granting, evolve(order, url=wish.success_url))
        order = await work.orders.find(order.id)
    return Placed(order=order, gave_way=gave_way)


def _order(wish: Wish, coupon: Coupon | None, order_id: OrderId, now: datetime) -> Order:
    price = Money(wish.line.price_minor, wish.line.currency)
    benefit = Benefit() if coupon is None else coupon.promised(price)
    return Order(
        id=order_id,
        account_id=wish.account_id,
        line=wish.line,
        channel=wish.channel,
        discount_minor=benefit.discount_minor,
        total_minor=wish.line.price_minor - benefit.discount_minor,
        bonus_credits=benefit.bonus_credits,
        coupon_code=None if coupon is None else coupon.code,
        created_at=now,
        expires_at=now + ORDER_LIFE,
        success_url=wish.success_url,
        cancel_url=wish.cancel_url,
        ends_with_group=wish.ends_with_group,
    )


async def _reserve(
    granting: Granting, code: str, order: Order, holding: Sequence[OrderId]
) -> Sequence[Order]:
    """Take a slot of a coupon for an order. Raises CouponRefused.

    As many of the buyer's own unpaid orders are given up, of those that hold a slot, as it needs.
    """
    work = granting.work
    # Locks are taken in one order everywhere: orders before their coupon.
    locked = [await work.orders.take(order_id) for order_id in holding]
    unpaid = [each for each in locked if each.is_unpaid]
    coupon = await _taken(work, code)
    taken = await work.coupons.taken_by(coupon.id, order.account_id)
    benefit = coupon.benefit(
        Money(order.line.price_minor, order.line.currency),
        taken_by_account=taken,
        held_by_account=len(unpaid),
        now=granting.now,
    )
    gave_way = unpaid[: coupon.slots_missing(taken)]
    for each in gave_way:
        given_up = each.become(OrderStatus.EXPIRED)
        await work.orders.save(given_up)
        await raise_order(work, granting.new_id, granting.now, given_up)
        await release_coupon(work, each.id)
    await work.coupons.save((await _taken(work, code)).reserve())
    await work.coupons.add_redemption(
        Redemption(
            id=RedemptionId(granting.new_id()),
            coupon_id=coupon.id,
            account_id=order.account_id,
            order_id=order.id,
            benefit=benefit,
            reserved_at=order.created_at,
        )
    )
    return gave_way


async def _taken(work: UnitOfWork, code: str) -> Coupon:
    coupon = await work.coupons.take_code(code)
    assert coupon is not None, "a coupon stays, once it is there"
    return coupon
