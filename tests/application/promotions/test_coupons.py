"""Coupons through the use cases: created once, listed, and previewed as they will be sold."""

from typing import Any

import pytest
from attrs import evolve

from application.ports.paging import PageRequest
from application.promotions.check_coupon import CheckCoupon, CheckingCoupon
from application.promotions.preview_coupon import CouponPreviewed, PreviewCoupon, PreviewingCoupon
from application.promotions.publish_coupon import (
    ArchiveCoupon,
    ArchivingCoupon,
    ChangeCoupon,
    ChangingCoupon,
    CouponCreated,
    CreateCoupon,
    CreatingCoupon,
)
from application.promotions.read_coupons import (
    ListCoupons,
    ListingCoupons,
    ListingRedemptions,
    ListRedemptions,
)
from domain.credits.errors import KeyReused
from domain.errors import BillingError, InvalidField
from domain.money import Money
from domain.payments.order import OrderType
from domain.period import Interval
from domain.promotions.coupon import Coupon
from domain.promotions.effect import AmountOff, BonusCredits, PercentOff
from domain.promotions.errors import (
    CouponCodeNotFound,
    CouponCodeTaken,
    CouponNotFound,
    CouponRefused,
)
from domain.promotions.ids import CouponId
from domain.promotions.terms import CouponTerms
from domain.subscriptions.catalogue import Pack, Plan
from domain.subscriptions.errors import IntervalNotOffered, NotOnSale, PackNotFound, PlanNotFound
from domain.subscriptions.ids import PackId, PlanId
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON


async def creates(shop: Shop, **fields: Any) -> CouponCreated:
    create = CreatingCoupon(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    named = {name: fields.pop(name) for name in ("code", "key") if name in fields}
    terms = evolve(CouponTerms(name="W", effect=PercentOff(percent=10)), **fields)
    return await create(evolve(CreateCoupon(code="welcome", terms=terms, actor=ADMIN), **named))


async def previews(
    shop: Shop, code: str, item: Plan | Pack, interval: Interval = Interval.MONTHLY
) -> CouponPreviewed:
    preview = PreviewingCoupon(read=shop.store.read, clock=shop.clock)
    is_plan = isinstance(item, Plan)
    return await preview(
        PreviewCoupon(
            account_id=SOMEBODY,
            coupon_code=code,
            type=OrderType.SUBSCRIPTION if is_plan else OrderType.CREDITS,
            item=item.id,
            interval=interval,
        )
    )


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"code": "no spaces"}, InvalidField),
        ({"starts_at": NOON, "ends_at": NOON}, InvalidField),
        ({"redemptions_max": 0}, InvalidField),
        ({"code": " TAKEN "}, CouponCodeTaken),
        ({"code": "taken"}, CouponCodeTaken),
        ({"code": "ta-ken"}, CouponCodeTaken),
    ],
)
async def test_a_coupon_that_cannot_be_is_refused_and_leaves_nothing(
    shop: Shop, fields: dict[str, Any], refusal: type[BillingError]
) -> None:
    await shop.offers(a_coupon(code="TAKEN"))

    with pytest.raises(refusal):
        await creates(shop, **fields, key=a_key())

    assert len(shop.store.tables.coupons.main.keys) == 1
    assert len(shop.store.tables.answers.main.keys) == 0
    assert len(shop.store.tables.audit_log.main.keys) == 0


async def test_a_code_is_kept_in_its_normal_form_and_on_record(shop: Shop) -> None:
    created = await creates(shop, code=" Welcome ")

    assert created.coupon.code == "WELCOME"
    assert await shop.coupon("WELCOME") == created.coupon
    async with shop.store.read() as work:
        (entry,) = await work.audit_log.of_target(f"coupon:{created.coupon.id}", 10)
    assert (entry.action, entry.actor) == ("coupon.create", ADMIN)


async def test_a_repeat_creates_no_second_coupon(shop: Shop) -> None:
    key = a_key()
    first = await creates(shop, key=key)

    again = await creates(shop, key=key)

    assert again == evolve(first, is_replay=True)
    assert len(shop.store.tables.coupons.main.keys) == 1
    with pytest.raises(KeyReused):
        await creates(shop, key=evolve(key, fingerprint="another"))


async def test_coupons_are_listed_newest_first_with_what_is_taken(shop: Shop) -> None:
    codes = ["ONE", "TWO", "THREE"]
    for code in codes:
        await creates(shop, code=code)
    await shop.offers(pack := a_pack())
    await shop.buys(pack, coupon_code="TWO")

    page = await ListingCoupons(read=shop.store.read)(ListCoupons(page=PageRequest(limit=2)))

    assert [(coupon.code, coupon.taken) for coupon in page.items] == [("THREE", 0), ("TWO", 1)]
    assert page.next is not None


@pytest.mark.parametrize(
    ("effect", "discount", "bonus"),
    [
        (PercentOff(percent=10), 99, 0),
        (AmountOff(amounts=(Money(5000, "USD"),)), 990, 0),
        (BonusCredits(credits=7), 0, 7),
    ],
)
async def test_a_preview_is_what_the_checkout_then_does_and_reserves_nothing(
    shop: Shop, effect: Any, discount: int, bonus: int
) -> None:
    coupon = a_coupon(effect=effect)
    await shop.offers(plan := a_plan(), coupon)

    seen = await previews(shop, coupon.code.lower(), plan)
    assert (await shop.coupon(coupon.code)).taken == 0
    order = await shop.buys(plan, coupon_code=coupon.code)

    assert (seen.discount_minor, seen.bonus_credits) == (discount, bonus)
    assert (order.discount_minor, order.bonus_credits) == (discount, bonus)
    assert seen.total_minor == order.due_minor


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (a_coupon(code="OTHER"), "unknown"),
        (a_coupon(code="CODE", is_archived=True), "archived"),
        (a_coupon(code="CODE", ends_at=NOON), "ended"),
        (a_coupon(code="CODE", redemptions_max=1, taken=1), "used_up"),
        (a_coupon(code="CODE", effect=AmountOff(amounts=(Money(1, "EUR"),))), "other_currency"),
    ],
)
async def test_a_code_that_does_nothing_says_why(shop: Shop, coupon: Any, reason: str) -> None:
    await shop.offers(pack := a_pack(), coupon)

    with pytest.raises(CouponRefused) as refusal:
        await previews(shop, "CODE", pack)

    assert refusal.value.reason == reason


async def test_an_account_that_has_used_a_code_is_told_so(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon())
    order = await shop.buys(pack, coupon_code=coupon.code)
    # A checkout of one's own that is not paid yet would give way.
    assert (await previews(shop, coupon.code, pack)).discount_minor == order.discount_minor
    await shop.hears(paid(order))

    with pytest.raises(CouponRefused) as refusal:
        await previews(shop, coupon.code, pack)

    assert refusal.value.reason == "already_used"


async def test_what_is_not_sold_cannot_be_previewed(shop: Shop) -> None:
    plan, gone = a_plan(price_yearly_minor=None), a_plan(is_on_sale=False)
    await shop.offers(coupon := a_coupon(), plan, gone)

    with pytest.raises(PlanNotFound):
        await previews(shop, coupon.code, a_plan())
    with pytest.raises(PackNotFound):
        await previews(shop, coupon.code, a_pack())
    with pytest.raises(NotOnSale):
        await previews(shop, coupon.code, gone)
    with pytest.raises(IntervalNotOffered):
        await previews(shop, coupon.code, plan, Interval.YEARLY)


async def test_other_terms_count_for_what_comes_next_and_not_for_what_was_promised(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(code="CODE", redemptions_max=5))
    order = await shop.buys(pack, coupon_code="CODE")
    change = ChangingCoupon(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    terms = CouponTerms(effect=PercentOff(percent=50), redemptions_max=2)

    changed = await change(
        ChangeCoupon(coupon_id=coupon.id, terms=terms, actor=ADMIN, reason="it sells well")
    )
    later = await shop.buys(pack, coupon_code="CODE", account_id=SOMEBODY_ELSE)
    await shop.hears(paid(order))

    assert (changed.terms, changed.taken) == (terms, 1)
    assert (order.discount_minor, later.discount_minor) == (50, 250)
    assert (await shop.order(order.id)).total_minor == 450
    (entry,) = shop.audited()
    assert (entry.action, entry.reason) == ("coupon.replace", "it sells well")
    too_few = evolve(terms, redemptions_max=1)
    with pytest.raises(InvalidField):
        await change(ChangeCoupon(coupon_id=coupon.id, terms=too_few, actor=ADMIN))


async def test_an_archived_coupon_counts_for_nothing_until_it_is_taken_up_again(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon(code="CODE"))
    archive = ArchivingCoupon(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    wish = ArchiveCoupon(coupon_id=coupon.id, is_archived=True, actor=ADMIN)

    for _ in range(2):
        assert (await archive(wish)).is_archived
    with pytest.raises(CouponRefused):
        await shop.buys(pack, coupon_code="CODE")
    await archive(evolve(wish, is_archived=False))

    assert (await shop.buys(pack, coupon_code="CODE")).is_unpaid
    assert [entry.action for entry in shop.audited()] == ["coupon.archive", "coupon.unarchive"]


@pytest.mark.parametrize(
    ("coupon", "asked", "reason"),
    [
        (a_coupon(code="CODE"), {}, "needs_purchase"),
        (a_coupon(code="CODE", ends_at=NOON), {"plan_id": PlanId("plan")}, "ended"),
        (a_coupon(code="CODE", item_ids=("plan",)), {"pack_id": PackId("pack")}, "other_item"),
        (a_coupon(code="CODE", item_ids=("plan",)), {"plan_id": PlanId("plan")}, None),
        (a_coupon(code="CODE"), {"pack_id": PackId("pack"), "code": "co-de"}, None),
    ],
)
async def test_an_admin_is_told_exactly_why_a_coupon_does_nothing(
    shop: Shop, coupon: Coupon, asked: dict[str, Any], reason: str | None
) -> None:
    await shop.offers(evolve(a_plan(), id=PlanId("plan")), evolve(a_pack(), id=PackId("pack")))
    await shop.offers(coupon)
    check = CheckingCoupon(read=shop.store.read, clock=shop.clock)

    checked = await check(CheckCoupon(coupon_id=coupon.id, account_id=SOMEBODY, **asked))

    assert checked.reason == reason
    assert (checked.benefit is None) is (reason is not None)
    assert (await shop.coupon("CODE")).taken == 0


async def test_a_code_of_another_coupon_cannot_be_checked_here(shop: Shop) -> None:
    await shop.offers(coupon := a_coupon(), other := a_coupon())
    check = CheckingCoupon(read=shop.store.read, clock=shop.clock)

    with pytest.raises(CouponCodeNotFound):
        await check(CheckCoupon(coupon_id=coupon.id, account_id=SOMEBODY, code=other.code))


async def test_uses_are_listed_newest_first_with_what_became_of_them(shop: Shop) -> None:
    await shop.offers(pack := a_pack(), coupon := a_coupon())
    first = await shop.buys(pack, coupon_code=coupon.code)
    await shop.hears(paid(first))
    second = await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)
    listing = ListingRedemptions(read=shop.store.read)

    page = await listing(ListRedemptions(coupon_id=coupon.id, page=PageRequest()))

    said = [(use.order_id, use.status.value, use.benefit.discount_minor) for use in page.items]
    assert said == [(second.id, "reserved", 50), (first.id, "confirmed", 50)]
    with pytest.raises(CouponNotFound):
        await listing(ListRedemptions(coupon_id=CouponId("none"), page=PageRequest()))
