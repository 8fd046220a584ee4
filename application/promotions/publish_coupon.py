"""Create coupons, change them, put them aside."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry
from application.ports.idempotency import AnswerAbout, RequestKey
from application.ports.system import Clock, NewId
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CouponCode, normal_code
from domain.promotions.ids import CodeId, CouponId
from domain.promotions.terms import CouponTerms


@frozen(kw_only=True)
class CreateCoupon:
    """A new coupon; its code is kept in upper case, and is the first of its codes."""

    code: str
    terms: CouponTerms
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class CouponCreated:
    """The coupon as it was first created."""

    coupon: Coupon
    is_replay: bool = False


@frozen(kw_only=True)
class CreatingCoupon:
    """Keep a coupon under its code. Refusals: InvalidField, CouponCodeTaken."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: CreateCoupon) -> CouponCreated:
        now = self.clock()
        coupon = Coupon(
            id=CouponId(self.new_id()),
            code=normal_code(command.code),
            terms=command.terms,
            created_at=now,
        )
        first_code = CouponCode(
            id=CodeId(self.new_id()), coupon_id=coupon.id, code=coupon.code, created_at=now
        )
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, AnswerAbout)
                if first is not None:
                    created = await work.coupons.find(CouponId(first.id))
                    return CouponCreated(coupon=created, is_replay=True)
                await work.answers.keep(command.key, AnswerAbout(id=coupon.id))
            await work.coupons.add(coupon, first_code)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    now,
                    command.actor,
                    "coupon.create",
                    f"coupon:{coupon.id}",
                    after=coupon,
                )
            )
            await work.commit()
        return CouponCreated(coupon=coupon)


@frozen(kw_only=True)
class ChangeCoupon:
    """Other terms for a coupon, as a whole; its codes and what they were used for stay."""

    coupon_id: CouponId
    terms: CouponTerms
    actor: Actor
    reason: str = ""


@frozen(kw_only=True)
class ChangingCoupon:
    """Replace the terms, and note it in the audit log, in one commit.

    Checkouts that are open keep what they were promised. Refusals: CouponNotFound, InvalidField.
    """

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ChangeCoupon) -> Coupon:
        async with self.begin() as work:
            before = await work.coupons.take(command.coupon_id)
            after = before.changed(command.terms)
            await work.coupons.save(after)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "coupon.replace",
                    f"coupon:{after.id}",
                    before=before,
                    after=after,
                    reason=command.reason,
                )
            )
            await work.commit()
        return after


@frozen(kw_only=True)
class ArchiveCoupon:
    """Put a coupon aside, so that it counts for nothing new, or take it up again."""

    coupon_id: CouponId
    is_archived: bool
    actor: Actor
    reason: str = ""


@frozen(kw_only=True)
class ArchivingCoupon:
    """Note it, too, if it changes anything. Refusals: CouponNotFound."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: ArchiveCoupon) -> Coupon:
        async with self.begin() as work:
            before = await work.coupons.take(command.coupon_id)
            if before.is_archived is command.is_archived:
                return before
            after = before.archived(command.is_archived)
            await work.coupons.save(after)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "coupon.archive" if command.is_archived else "coupon.unarchive",
                    f"coupon:{after.id}",
                    reason=command.reason,
                )
            )
            await work.commit()
        return after
