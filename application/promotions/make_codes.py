"""Make up codes for a coupon, many at once, and switch single ones off."""

from __future__ import annotations

from attrs import frozen

from application.access.steps.auditing import entry
from application.ports.idempotency import RequestKey
from application.ports.system import Clock, NewId, NewSecret
from application.ports.unit_of_work import BeginWork
from domain.access.audit import Actor
from domain.amount import within
from domain.promotions.coupon_code import (
    CODES_AT_ONCE_MAX,
    CouponCode,
    code_key,
    made_up_code,
    normal_prefix,
)
from domain.promotions.errors import CouponCodeNotFound
from domain.promotions.ids import CodeId, CouponId
from domain.promotions.terms import check_limit


@frozen(kw_only=True)
class MakeCodes:
    """So many codes with one beginning, each good for so many uses (None: for any number)."""

    coupon_id: CouponId
    count: int
    prefix: str = ""
    redemptions_max: int | None = 1
    actor: Actor
    key: RequestKey | None = None


@frozen(kw_only=True)
class _Batch:
    """What is remembered under the caller's key."""

    batch: str
    prefix: str
    count: int


@frozen(kw_only=True)
class CodesMade:
    """How many codes there are now under the name of a batch."""

    batch: str
    prefix: str
    count: int
    is_replay: bool = False


@frozen(kw_only=True)
class MakingCodes:
    """Write all codes in one commit, or none. Refusals: InvalidField, CouponNotFound."""

    begin: BeginWork
    clock: Clock
    new_id: NewId
    new_secret: NewSecret

    async def __call__(self, command: MakeCodes) -> CodesMade:
        within("count", command.count, least=1, most=CODES_AT_ONCE_MAX)
        check_limit("max_redemptions", command.redemptions_max)
        made = _Batch(
            batch=self.new_id(), prefix=normal_prefix(command.prefix), count=command.count
        )
        async with self.begin() as work:
            if command.key is not None:
                first = await work.answers.claim(command.key, _Batch)
                if first is not None:
                    return _answer(first, is_replay=True)
                await work.answers.keep(command.key, made)
            coupon = await work.coupons.find(command.coupon_id)
            await work.coupon_codes.add_all(self._codes(command, made))
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "coupon.codes",
                    f"coupon:{coupon.id}",
                    after=made,
                )
            )
            await work.commit()
        return _answer(made)

    def _codes(self, command: MakeCodes, made: _Batch) -> list[CouponCode]:
        now = self.clock()
        return [
            CouponCode(
                id=CodeId(self.new_id()),
                coupon_id=command.coupon_id,
                code=made_up_code(made.prefix, self.new_secret()),
                batch=made.batch,
                redemptions_max=command.redemptions_max,
                created_at=now,
            )
            for _ in range(made.count)
        ]


@frozen(kw_only=True)
class DisableCode:
    """Switch one code of a coupon off, so that it counts for nothing new, or on again."""

    coupon_id: CouponId
    code: str
    is_disabled: bool
    actor: Actor
    reason: str = ""


@frozen(kw_only=True)
class DisablingCode:
    """Note it, too, if it changes anything. Refusals: CouponNotFound, CouponCodeNotFound."""

    begin: BeginWork
    clock: Clock
    new_id: NewId

    async def __call__(self, command: DisableCode) -> CouponCode:
        async with self.begin() as work:
            coupon = await work.coupons.take(command.coupon_id)
            before = await work.coupon_codes.find(code_key(command.code))
            if before is None or before.coupon_id != coupon.id:
                raise CouponCodeNotFound(coupon_id=coupon.id)
            if before.is_disabled is command.is_disabled:
                return before
            after = before.disabled(command.is_disabled)
            await work.coupon_codes.save(after)
            await work.audit_log.add(
                entry(
                    self.new_id,
                    self.clock(),
                    command.actor,
                    "coupon.code_off" if command.is_disabled else "coupon.code_on",
                    f"coupon:{coupon.id}",
                    after=after.code,
                    reason=command.reason,
                )
            )
            await work.commit()
        return after


def _answer(made: _Batch, *, is_replay: bool = False) -> CodesMade:
    return CodesMade(batch=made.batch, prefix=made.prefix, count=made.count, is_replay=is_replay)
