"""The slots of coupons: reserved at checkout, kept by payment, given back otherwise, each once.

Plain steps, handed an open unit of work; they never commit. A coupon's lock is that of its codes
and uses as well. Locks are taken in one order everywhere: orders before coupons, each by id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import Factory, define, evolve

from application.events.steps.raised_events import raise_order
from application.payments.steps.pricing import OWN_UNPAID_MAX, NamedCoupon, asker_of
from application.ports.unit_of_work import UnitOfWork
from application.wallets.granting import Granting
from domain.credits.ids import AccountId
from domain.payments.ids import OrderId
from domain.payments.order import Order, OrderStatus
from domain.promotions.coupon_code import code_key
from domain.promotions.effect import Benefit
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.ids import CouponId, RedemptionId
from domain.promotions.redemption import Redemption, RedemptionStatus

Effects = tuple[str, ...]


async def reserve_slots(
    granting: Granting, order: Order, named: Sequence[NamedCoupon]
) -> Sequence[Order]:
    """Take a slot for an order of every coupon it names. Raises CouponRefused.

    Where none is left but those of the buyer's own unpaid orders, the oldest of them give way: they
    are given up, and returned. So does every other one to which something was promised as to the
    first purchase of the account, where this one is promised so, too: there is one first.
    """
    reserving = await _Reserving.begin(granting, order, named)
    for each in named:
        await reserving.reserve(each)
    return reserving.gave_way


async def release_slots(work: UnitOfWork, order_id: OrderId, now: datetime) -> Effects:
    """Give back the coupon slots of an order that will not be paid."""
    effects: Effects = ()
    for use in await work.redemptions.of_order(order_id):
        if not use.can_become(RedemptionStatus.RELEASED):
            continue
        held = await _taken(work, use.coupon_id, use.code)
        await work.coupons.save(held.coupon.release())
        await work.coupon_codes.save(held.code.release())
        await work.redemptions.save(use.become(RedemptionStatus.RELEASED, now))
        effects += (f"coupon {use.code} given back",)
    return effects


async def keep_slots(
    work: UnitOfWork, order: Order, now: datetime
) -> tuple[Sequence[Redemption], Effects]:
    """Confirm the uses of a paid order's coupons; return those for which that is news."""
    kept: list[Redemption] = []
    effects: Effects = ()
    for use in await work.redemptions.of_order(order.id):
        if use.status is RedemptionStatus.CONFIRMED:
            continue
        if use.status is RedemptionStatus.RELEASED and not await _taken_again(work, use):
            # The slot went back when the checkout ran out or gave way, and then the money came
            # after all. The price stands as promised; the slot is taken again only if one is left.
            effects += (f"coupon {use.code} is used up, its price honoured",)
            continue
        kept.append(use.become(RedemptionStatus.CONFIRMED, now))
        await work.redemptions.save(kept[-1])
        effects += (f"coupon {use.code} used",)
    return kept, effects


async def _taken_again(work: UnitOfWork, use: Redemption) -> bool:
    held = await _taken(work, use.coupon_id, use.code)
    most = held.coupon.terms.redemptions_per_account_max
    if most is not None and await work.redemptions.taken_by(use.coupon_id, use.account_id) >= most:
        return False
    if use.is_first_purchase and await _other_firsts(work, use.account_id, str(use.order_id)):
        return False
    try:
        coupon, code = held.coupon.reserve(), held.code.reserve()
    except CouponRefused:
        return False
    await work.coupons.save(coupon)
    await work.coupon_codes.save(code)
    return True


async def _other_firsts(
    work: UnitOfWork, account_id: AccountId, order_id: str
) -> Sequence[Redemption]:
    """Return what was promised to other orders as to the account's first purchase."""
    found = await work.redemptions.of_first_purchase(account_id, OWN_UNPAID_MAX)
    return [use for use in found if use.order_id != order_id]


async def _taken(work: UnitOfWork, coupon_id: CouponId, typed: str) -> NamedCoupon:
    coupon = await work.coupons.take(coupon_id)
    code = await work.coupon_codes.find(code_key(typed))
    assert code is not None, "a code stays, once it is there"
    return NamedCoupon(coupon=coupon, code=code)


@define(kw_only=True)
class _Reserving:
    """One purchase that takes slots, and the buyer's own unpaid orders that may give way to it."""

    granting: Granting
    order: Order
    unpaid: dict[str, Order]
    holding: Mapping[CouponId, Sequence[Redemption]]
    firsts: Sequence[Redemption]
    gave_way: list[Order] = Factory(list)

    @classmethod
    async def begin(
        cls, granting: Granting, order: Order, named: Sequence[NamedCoupon]
    ) -> _Reserving:
        """Lock all that this may change: the buyer's unpaid orders, then every coupon of them."""
        work = granting.work
        holding = {
            each.coupon.id: await work.redemptions.reserved_by(
                each.coupon.id, order.account_id, OWN_UNPAID_MAX
            )
            for each in named
        }
        firsts: Sequence[Redemption] = ()
        if any(each.coupon.terms.is_first_purchase_only for each in named):
            firsts = await _other_firsts(work, order.account_id, order.id)
        uses = [*firsts, *(use for held in holding.values() for use in held)]
        ids = sorted({use.order_id for use in uses if use.order_id})
        locked = [await work.orders.take(OrderId(each)) for each in ids]
        unpaid: dict[str, Order] = {each.id: each for each in locked if each.is_unpaid}
        concerned = set(holding)
        for order_id in unpaid:
            concerned |= {use.coupon_id for use in await work.redemptions.of_order(order_id)}
        for coupon_id in sorted(concerned):
            await work.coupons.take(coupon_id)
        return cls(granting=granting, order=order, unpaid=unpaid, holding=holding, firsts=firsts)

    async def reserve(self, named: NamedCoupon) -> None:
        """Take a slot of one coupon. Raises CouponRefused."""
        work = self.granting.work
        held, benefit = await self._with_room(named)
        await work.coupons.save(held.coupon.reserve())
        await work.coupon_codes.save(held.code.reserve())
        await work.redemptions.add(
            Redemption(
                id=RedemptionId(self.granting.new_id()),
                coupon_id=held.coupon.id,
                code=held.code.code,
                account_id=self.order.account_id,
                order_id=self.order.id,
                benefit=benefit,
                currency=self.order.line.currency,
                is_first_purchase=held.coupon.terms.is_first_purchase_only,
                reserved_at=self.granting.now,
            )
        )

    async def _with_room(self, named: NamedCoupon) -> tuple[NamedCoupon, Benefit]:
        """Judge the coupon, and let own orders go, one by one, while that is what is in the way."""
        while True:
            held = await _taken(self.granting.work, named.coupon.id, named.code.code)
            try:
                return held, await self._judged(held)
            except CouponRefused as refused:
                use = self._next(held, refused.reason)
                if use is None:
                    raise await self._told(held, refused) from None
                await self._give_up(use)

    async def _judged(self, held: NamedCoupon) -> Benefit:
        asker = await asker_of(self.granting.work, held, self.order.account_id)
        # What its own orders hold still counts: where that is in the way, one of them gives way.
        is_promised = any(use.order_id in self.unpaid for use in self.firsts)
        has_bought = asker.has_bought or is_promised
        strict = evolve(asker, held=0, code_held=0, has_bought=has_bought, has_used_code=False)
        return held.coupon.benefit(held.code, self.order.line.purchase, strict, self.granting.now)

    async def _told(self, held: NamedCoupon, refused: CouponRefused) -> CouponRefused:
        """Return the refusal as the buyer may know it: what they have used is no secret to them."""
        asker = await asker_of(self.granting.work, held, self.order.account_id)
        is_own = asker.has_used_code and refused.reason in _OF_SLOTS
        return CouponRefused(reason=CouponReason.ALREADY_USED) if is_own else refused

    def _next(self, held: NamedCoupon, reason: CouponReason) -> Redemption | None:
        """Return the oldest use whose end helps against a refusal, or None if none does."""
        if reason is CouponReason.NOT_FIRST_PURCHASE:
            uses = self.firsts
        elif reason in _OF_SLOTS:
            uses = self.holding[held.coupon.id]
        else:
            return None
        return next(
            (
                use
                for use in uses
                if use.order_id in self.unpaid
                and (reason is not CouponReason.CODE_USED_UP or use.code == held.code.code)
            ),
            None,
        )

    async def _give_up(self, use: Redemption) -> None:
        work, granting = self.granting.work, self.granting
        assert use.order_id is not None
        given_up = self.unpaid.pop(use.order_id).become(OrderStatus.EXPIRED)
        await work.orders.save(given_up)
        await raise_order(work, granting.new_id, granting.now, given_up)
        await release_slots(work, given_up.id, granting.now)
        self.gave_way.append(given_up)


_OF_SLOTS = frozenset(
    {CouponReason.USED_UP, CouponReason.CODE_USED_UP, CouponReason.USED_UP_BY_ACCOUNT}
)
