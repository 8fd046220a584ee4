"""Many codes of a coupon: made up at once, each with a limit of its own, switched off and on."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from application.ports.paging import PageRequest
from application.promotions.export_codes import ExportCodes, ExportingCodes
from application.promotions.make_codes import (
    CodesMade,
    DisableCode,
    DisablingCode,
    MakeCodes,
    MakingCodes,
)
from application.promotions.read_coupons import ListCodes, ListingCodes
from domain.errors import InvalidField
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CODES_AT_ONCE_MAX, CouponCode
from domain.promotions.errors import CouponCodeNotFound, CouponNotFound, CouponRefused
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack
from tests.support.clock import fresh_id


async def makes(shop: Shop, coupon: Coupon, **fields: Any) -> CodesMade:
    make = MakingCodes(
        begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id, new_secret=fresh_id
    )
    return await make(evolve(MakeCodes(coupon_id=coupon.id, count=3, actor=ADMIN), **fields))


async def switches(shop: Shop, coupon: Coupon, code: str, *, is_disabled: bool) -> CouponCode:
    switch = DisablingCode(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await switch(
        DisableCode(coupon_id=coupon.id, code=code, is_disabled=is_disabled, actor=ADMIN)
    )


async def codes_of(shop: Shop, coupon: Coupon, batch: str | None) -> Sequence[CouponCode]:
    listing = ListingCodes(read=shop.store.read)
    page = await listing(ListCodes(coupon_id=coupon.id, page=PageRequest(limit=100), batch=batch))
    return page.items


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"count": 0}, "count"),
        ({"count": CODES_AT_ONCE_MAX + 1}, "count"),
        ({"prefix": "no good"}, "prefix"),
        ({"redemptions_max": 0}, "max_redemptions"),
    ],
)
async def test_codes_that_cannot_be_are_refused_and_leave_nothing(
    shop: Shop, fields: dict[str, Any], path: str
) -> None:
    await shop.offers(coupon := a_coupon())

    with pytest.raises(InvalidField) as refusal:
        await makes(shop, coupon, **fields)

    assert refusal.value.path == path
    assert await codes_of(shop, coupon, None) == (await shop.code(coupon.code),)


async def test_codes_for_no_coupon_are_refused(shop: Shop) -> None:
    with pytest.raises(CouponNotFound):
        await makes(shop, a_coupon(), key=a_key())

    assert len(shop.store.tables.answers.main.keys) == 0


async def test_as_many_codes_are_made_as_asked_for_and_a_repeat_makes_no_more(shop: Shop) -> None:
    await shop.offers(coupon := a_coupon())
    key = a_key()

    made = await makes(shop, coupon, prefix="vip", key=key)
    again = await makes(shop, coupon, prefix="vip", key=key)

    assert again == evolve(made, is_replay=True)
    codes = await codes_of(shop, coupon, made.batch)
    assert len({code.key for code in codes}) == made.count == 3
    assert all(code.code.startswith("VIP-") for code in codes)
    assert {code.redemptions_max for code in codes} == {1}
    assert [entry.action for entry in shop.audited()] == ["coupon.codes"]


async def test_a_single_use_code_counts_once_whoever_comes_next(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(redemptions_per_account_max=None))
    made = await makes(shop, coupon)
    first, second, _ = await codes_of(shop, coupon, made.batch)

    order = await shop.buys(pack, coupon_code=first.code.replace("-", "").lower())

    assert (order.coupon_code, order.discount_minor) == (first.code, 50)
    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(pack, coupon_code=first.code, account_id=SOMEBODY_ELSE)
    assert refusal.value.reason == "code_used_up"
    await shop.buys(pack, coupon_code=second.code, account_id=SOMEBODY_ELSE)
    assert (await shop.coupon(coupon.code)).taken == 2
    assert (await shop.code(first.code)).taken == (await shop.code(second.code)).taken == 1
    assert (await shop.code(coupon.code)).taken == 0


async def test_the_slot_of_a_code_comes_back_once_when_nobody_pays(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(redemptions_per_account_max=None))
    code = (await codes_of(shop, coupon, (await makes(shop, coupon, count=1)).batch))[0]
    await shop.buys(pack, coupon_code=code.code)
    shop.clock.advance(days=2)

    await shop.gives_up()
    await shop.gives_up()

    assert (await shop.code(code.code)).taken == (await shop.coupon(coupon.code)).taken == 0
    order = await shop.buys(pack, coupon_code=code.code, account_id=SOMEBODY_ELSE)
    await shop.hears(paid(order))
    assert (await shop.code(code.code)).taken == (await shop.coupon(coupon.code)).taken == 1


async def test_ones_own_unpaid_checkout_with_the_same_code_gives_way(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(redemptions_per_account_max=None))
    batch = (await makes(shop, coupon, count=2)).batch
    one, other = await codes_of(shop, coupon, batch)
    with_other = await shop.buys(pack, coupon_code=other.code)
    earlier = await shop.buys(pack, coupon_code=one.code)

    await shop.buys(pack, coupon_code=one.code)

    assert not (await shop.order(earlier.id)).is_unpaid
    assert (await shop.order(with_other.id)).is_unpaid
    assert (await shop.coupon(coupon.code)).taken == 2


async def test_a_code_that_is_switched_off_counts_for_nothing_new(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon())
    order = await shop.buys(pack, coupon_code=coupon.code)

    for _ in range(2):
        assert (await switches(shop, coupon, coupon.code, is_disabled=True)).is_disabled

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)
    assert refusal.value.reason == "disabled"
    await shop.hears(paid(order))
    assert (await shop.code(coupon.code)).taken == 1
    await switches(shop, coupon, coupon.code, is_disabled=False)
    assert (await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)).is_unpaid
    assert [entry.action for entry in shop.audited()] == ["coupon.code_off", "coupon.code_on"]


async def test_a_code_of_another_coupon_cannot_be_switched_off_here(shop: Shop) -> None:
    await shop.offers(coupon := a_coupon(), other := a_coupon())

    with pytest.raises(CouponCodeNotFound):
        await switches(shop, coupon, other.code, is_disabled=True)
    with pytest.raises(CouponCodeNotFound):
        await switches(shop, coupon, "NOSUCHCODE", is_disabled=True)


async def test_every_code_is_in_the_file_however_many_there_are(shop: Shop) -> None:
    await shop.offers(coupon := a_coupon())
    made = await makes(shop, coupon, count=1100)
    export = ExportingCodes(read=shop.store.read)

    sizes: list[int] = []
    codes: list[CouponCode] = []
    async for page in export(ExportCodes(coupon_id=coupon.id, batch=made.batch)):
        sizes.append(len(page))
        codes += page

    assert sizes == [500, 500, 100]
    assert len({code.key for code in codes}) == 1100
