"""Redeem a code that gives credits by itself."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from application.events.steps.raised_events import raise_redeemed
from application.payments.steps.pricing import NamedCoupon, asker_of, coupon_named
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from application.wallets.granting import Granting, begin_granting, grant_bonus
from domain.credits.ids import AccountId
from domain.promotions.effect import Benefit
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.ids import RedemptionId
from domain.promotions.redemption import Redemption, RedemptionStatus
from domain.promotions.terms import Asker


@frozen(kw_only=True)
class RedeemCode:
    """An account, and the code it has been given."""

    account_id: AccountId
    code: str
    key: RequestKey | None = None


@frozen(kw_only=True)
class CodeRedeemed:
    """The use as it was first made, its credits granted."""

    redemption: Redemption
    is_replay: bool = False


@frozen(kw_only=True)
class RedeemingCode:
    """Take a slot, grant the credits and tell of it, in one commit.

    Slots that the account's own open checkouts hold do not give way here. Refusals: CouponRefused,
    KeyReused.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: RedeemCode) -> CodeRedeemed:
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    redeemed = await work.redemptions.find(RedemptionId(first.id))
                    return CodeRedeemed(redemption=redeemed, is_replay=True)
            # The wallet first: its lock lets one use of an account be decided at a time.
            granting = await begin_granting(work, command.account_id, self.clock(), self.new_id)
            named = await coupon_named(work, command.code)
            use = await self._used(granting, named, command.account_id)
            if command.key is not None:
                await work.answers.keep(command.key, AnswerAbout(id=use.id))
            await grant_bonus(granting, use, use.cause)
            await granting.save()
            await raise_redeemed(work, self.new_id, granting.now, use)
            await work.commit()
        return CodeRedeemed(redemption=use)

    async def _used(
        self, granting: Granting, named: NamedCoupon, account_id: AccountId
    ) -> Redemption:
        work = granting.work
        coupon = await work.coupons.take(named.coupon.id)
        # Read again under the coupon's lock: it may have changed while this waited.
        held = evolve(await coupon_named(work, named.code.code), coupon=coupon)
        asker = await asker_of(work, held, account_id)
        benefit = _benefit(held, asker, granting.now)
        use = Redemption(
            id=RedemptionId(self.new_id()),
            coupon_id=coupon.id,
            code=held.code.code,
            account_id=account_id,
            order_id=None,
            benefit=benefit,
            status=RedemptionStatus.CONFIRMED,
            reserved_at=granting.now,
            settled_at=granting.now,
        )
        await work.coupons.save(coupon.reserve())
        await work.coupon_codes.save(held.code.reserve())
        await work.redemptions.add(use)
        return use


def _benefit(held: NamedCoupon, asker: Asker, now: datetime) -> Benefit:
    """Return what the code gives by itself. Raises CouponRefused."""
    alone = evolve(asker, held=0, code_held=0)
    try:
        return held.coupon.benefit(held.code, None, alone, now)
    except CouponRefused:
        if asker.code_held == 0:
            raise
        held.coupon.benefit(held.code, None, asker, now)
        raise CouponRefused(reason=CouponReason.HELD_BY_PURCHASE) from None
