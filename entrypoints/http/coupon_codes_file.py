"""The codes of a coupon as a CSV file, the same for the API and the console."""

from __future__ import annotations

from aiohttp import web
from attrs import frozen

from application.promotions.export_codes import ExportCodes, ExportingCodes
from application.promotions.read_coupons import ReadCoupon, ReadingCoupon
from domain.promotions.coupon_code import CodeState
from domain.promotions.ids import CouponId
from entrypoints.http.csv_file import Rows, send_csv

COLUMNS = ("code", "state", "redeemed", "max_redemptions", "batch", "created_at")


@frozen(kw_only=True)
class CouponCodesFile:
    """Codes in the order they were made, sent as they are read: however many there are."""

    read_coupon: ReadingCoupon
    export_codes: ExportingCodes

    async def send(
        self,
        request: web.Request,
        coupon_id: CouponId,
        *,
        batch: str | None,
        state: CodeState | None,
    ) -> web.StreamResponse:
        """Send every code, or those of a batch or state. Raises CouponNotFound."""
        coupon = await self.read_coupon(ReadCoupon(coupon_id=coupon_id))
        wish = ExportCodes(coupon_id=coupon_id, batch=batch, state=state)
        return await send_csv(request, f"codes-{coupon.code}.csv", COLUMNS, self._rows(wish))

    async def _rows(self, wish: ExportCodes) -> Rows:
        async for codes in self.export_codes(wish):
            yield [
                (
                    code.code,
                    code.state.value,
                    str(code.taken),
                    "" if code.redemptions_max is None else str(code.redemptions_max),
                    code.batch or "",
                    f"{code.created_at:%Y-%m-%dT%H:%M:%SZ}",
                )
                for code in codes
            ]
