"""Coupons put together: their terms, their codes and their uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from application.promotions.check_coupon import CheckingCoupon
from application.promotions.export_codes import ExportingCodes
from application.promotions.make_codes import DisablingCode, MakingCodes
from application.promotions.preview_coupon import PreviewingCoupon
from application.promotions.publish_coupon import (
    ArchivingCoupon,
    ChangingCoupon,
    CreatingCoupon,
)
from application.promotions.read_coupons import (
    ListingCodes,
    ListingCoupons,
    ListingRedemptions,
    ReadingCoupon,
)
from application.promotions.redeem_code import RedeemingCode
from application.promotions.verify_counters import VerifyingCounters
from entrypoints.http.coupon_codes_file import CouponCodesFile

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class CouponDesk:
    """What customers and admins do with coupons."""

    preview_coupon: PreviewingCoupon
    redeem_code: RedeemingCode
    create_coupon: CreatingCoupon
    change_coupon: ChangingCoupon
    archive_coupon: ArchivingCoupon
    check_coupon: CheckingCoupon
    list_coupons: ListingCoupons
    read_coupon: ReadingCoupon
    list_redemptions: ListingRedemptions
    make_codes: MakingCodes
    disable_code: DisablingCode
    list_codes: ListingCodes
    export_codes: ExportingCodes
    verify_counters: VerifyingCounters

    @property
    def codes_file(self) -> CouponCodesFile:
        """The file of a coupon's codes, for whoever sends it."""
        return CouponCodesFile(read_coupon=self.read_coupon, export_codes=self.export_codes)


def coupon_desk_of(made: Container) -> CouponDesk:
    """Return the use cases."""
    begin, read = made.begin(), made.read()
    clock, new_id = made.clock(), made.new_id()
    trial_key = made.settings().lives.trial_key
    return CouponDesk(
        preview_coupon=PreviewingCoupon(read=read, clock=clock, trial_key=trial_key),
        redeem_code=RedeemingCode(begin=begin, clock=clock, new_id=new_id),
        create_coupon=CreatingCoupon(begin=begin, clock=clock, new_id=new_id),
        change_coupon=ChangingCoupon(begin=begin, clock=clock, new_id=new_id),
        archive_coupon=ArchivingCoupon(begin=begin, clock=clock, new_id=new_id),
        check_coupon=CheckingCoupon(read=read, clock=clock, trial_key=trial_key),
        list_coupons=ListingCoupons(read=read),
        read_coupon=ReadingCoupon(read=read),
        list_redemptions=ListingRedemptions(read=read),
        make_codes=MakingCodes(
            begin=begin, clock=clock, new_id=new_id, new_secret=made.new_secret()
        ),
        disable_code=DisablingCode(begin=begin, clock=clock, new_id=new_id),
        list_codes=ListingCodes(read=read),
        export_codes=ExportingCodes(read=read),
        verify_counters=VerifyingCounters(read=read),
    )
