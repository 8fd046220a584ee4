"""Read all codes of a coupon, page by page, for a file of any length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from attrs import frozen

from application.ports.paging import PageRequest
from application.ports.unit_of_work import BeginRead
from domain.promotions.coupon_code import CodeState, CouponCode
from domain.promotions.ids import CouponId

_CODES_AT_ONCE = 500


@frozen(kw_only=True)
class ExportCodes:
    """Every code of a coupon, or those of one batch, or in one state."""

    coupon_id: CouponId
    batch: str | None = None
    state: CodeState | None = None


@frozen(kw_only=True)
class ExportingCodes:
    """Read so many codes at a time, each page as of its own instant."""

    read: BeginRead

    async def __call__(self, command: ExportCodes) -> AsyncIterator[Sequence[CouponCode]]:
        after: str | None = None
        while True:
            async with self.read() as work:
                page = await work.coupon_codes.page(
                    command.coupon_id,
                    PageRequest(limit=_CODES_AT_ONCE, after=after),
                    batch=command.batch,
                    state=command.state,
                )
            yield page.items
            after = page.next
            if after is None:
                return
