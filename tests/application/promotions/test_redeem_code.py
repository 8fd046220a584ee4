"""Codes that give credits by themselves, and codes that come on top of a purchase."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from application.promotions.redeem_code import CodeRedeemed, RedeemCode, RedeemingCode
from domain.credits.errors import KeyReused
from domain.credits.grant import Category, GrantSource
from domain.credits.ids import AccountId
from domain.credits.scope import Scope
from domain.promotions.coupon import Coupon
from domain.promotions.effect import BonusCredits, BonusLot, BonusPercent
from domain.promotions.errors import CouponRefused
from domain.promotions.ids import CouponId
from domain.promotions.redemption import RedemptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON
from tests.support.event_schemas import checked

LOT = BonusLot(lifetime_days=30, scope=Scope(("feature:images",)))


def a_gift(**fields: Any) -> Coupon:
    """Return a coupon whose code gives seventy credits by itself."""
    effect = BonusCredits(credits=70, lot=LOT, is_redeemable_alone=True)
    return a_coupon(code="GIFT", effect=effect, **fields)


async def redeems(
    shop: Shop, code: str = "gift", account_id: AccountId = SOMEBODY, key: Any = None
) -> CodeRedeemed:
    redeem = RedeemingCode(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await redeem(RedeemCode(account_id=account_id, code=code, key=key))


async def test_a_gift_is_a_lot_with_the_coupons_lifetime_and_scope(shop: Shop) -> None:
    await shop.offers(a_gift())

    use = (await redeems(shop)).redemption

    (lot,) = await shop.grants()
    assert (lot.amount, lot.source, lot.category) == (70, GrantSource.COUPON, Category.PROMOTIONAL)
    assert (lot.expires_at, lot.scope) == (NOON + timedelta(days=30), LOT.scope)
    assert lot.cause == use.cause
    assert await shop.balance() == 70
    assert (use.status, use.order_id) == (RedemptionStatus.CONFIRMED, None)
    assert (await shop.coupon("GIFT")).taken == (await shop.code("GIFT")).taken == 1


async def test_a_gift_is_told_of_in_the_same_commit(shop: Shop) -> None:
    await shop.offers(coupon := a_gift())

    use = (await redeems(shop)).redemption

    events = [row.event.payload for row in shop.store.tables.outbox.main.values.values()]
    said = {each["type"]: each["data"] for each in map(checked, events)}
    assert said["coupon.redeemed"] == {
        "redemption_id": use.id,
        "coupon_id": coupon.id,
        "code": "GIFT",
        "order_id": None,
        "discount": 0,
        "currency": None,
        "bonus_credits": 70,
        "trial_days": 0,
    }
    assert said["credits.granted"]["amount"] == 70


async def test_a_repeat_under_one_key_gives_nothing_more(shop: Shop) -> None:
    await shop.offers(a_gift(redemptions_per_account_max=None))
    key = a_key()

    first = await redeems(shop, key=key)
    again = await redeems(shop, key=key)

    assert (again.redemption, again.is_replay) == (first.redemption, True)
    assert await shop.balance() == 70
    with pytest.raises(KeyReused):
        await redeems(shop, key=evolve(key, fingerprint="another"))


async def test_a_gift_is_given_once_an_account(shop: Shop) -> None:
    await shop.offers(a_gift(redemptions_max=2))
    await redeems(shop)

    with pytest.raises(CouponRefused) as again:
        await redeems(shop)
    await redeems(shop, account_id=SOMEBODY_ELSE)
    with pytest.raises(CouponRefused) as gone:
        await redeems(shop, account_id=AccountId("user-3"))

    assert (again.value.reason, gone.value.reason) == ("already_used", "used_up")
    assert await shop.balance() == await shop.balance(SOMEBODY_ELSE) == 70
    assert (await shop.coupon("GIFT")).taken == 2


@pytest.mark.parametrize(
    ("coupon", "reason"),
    [
        (a_coupon(code="OTHER"), "unknown"),
        (a_coupon(code="GIFT"), "needs_purchase"),
        (a_coupon(code="GIFT", effect=BonusCredits(credits=5)), "needs_purchase"),
        (a_gift(ends_at=NOON), "ended"),
        (a_gift(account_ids=(SOMEBODY_ELSE,)), "other_account"),
    ],
)
async def test_a_code_that_gives_nothing_alone_leaves_nothing(
    shop: Shop, coupon: Coupon, reason: str
) -> None:
    await shop.offers(coupon)

    with pytest.raises(CouponRefused) as refusal:
        await redeems(shop, key=a_key())

    assert refusal.value.reason == reason
    assert await shop.balance() == 0
    assert len(shop.store.tables.redemptions.main.keys) == 0
    assert len(shop.store.tables.answers.main.keys) == 0


async def test_one_code_for_money_and_others_for_credits_go_together(shop: Shop) -> None:
    bonus = a_coupon(code="BONUS", effect=BonusPercent(bonus_percent=10))
    await shop.offers(pack := a_pack(), a_coupon(code="CHEAP"), a_gift(), bonus)

    order = await shop.buys(pack, coupon_code="cheap", credit_codes=("gift", "bonus"))
    await shop.hears(paid(order))

    assert (order.coupon_code, order.credit_codes) == ("CHEAP", ("GIFT", "BONUS"))
    assert (order.discount_minor, order.bonus_credits) == (50, 120)
    assert await shop.balance() == 500 + 70 + 50
    lots = {lot.amount: lot for lot in await shop.grants()}
    assert (lots[70].expires_at, lots[70].scope) == (NOON + timedelta(days=30), LOT.scope)
    assert (lots[50].expires_at, lots[50].cause) == (None, order.cause)
    for code in ("CHEAP", "GIFT", "BONUS"):
        assert (await shop.coupon(code)).taken == 1


@pytest.mark.parametrize(
    ("first", "others", "reason"),
    [
        ("CHEAP", ("CHEAPER",), "no_credit_code"),
        (None, ("CHEAP",), "no_credit_code"),
        ("GIFT", ("GIFT",), "named_twice"),
        ("CHEAP", ("GIFT", "GIFT"), "named_twice"),
        ("CHEAP", ("NONE",), "unknown"),
    ],
)
async def test_what_does_not_go_together_is_refused_and_reserves_nothing(
    shop: Shop, first: str | None, others: tuple[str, ...], reason: str
) -> None:
    coupons = [a_coupon(code="CHEAP"), a_coupon(code="CHEAPER"), a_gift()]
    await shop.offers(pack := a_pack(), *coupons)

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(pack, coupon_code=first, credit_codes=others)

    assert refusal.value.reason == reason
    assert len(shop.store.tables.redemptions.main.keys) == 0


async def test_every_slot_of_a_purchase_comes_back_when_nobody_pays(shop: Shop) -> None:
    await shop.offers(plan := a_plan(), a_coupon(code="CHEAP"), a_gift())
    await shop.buys(plan, coupon_code="CHEAP", credit_codes=("GIFT",))
    shop.clock.advance(days=2)

    await shop.gives_up()

    assert [(await shop.coupon(code)).taken for code in ("CHEAP", "GIFT")] == [0, 0]
    assert (await redeems(shop)).redemption.benefit.bonus_credits == 70


async def test_who_has_an_unpaid_purchase_with_the_code_is_told_so(shop: Shop) -> None:
    short = evolve(a_gift(ends_at=NOON + timedelta(minutes=1)), id=CouponId("short"), code="SHORT")
    await shop.offers(pack := a_pack(), a_gift(), short)
    await shop.buys(pack, credit_codes=("GIFT", "SHORT"))

    with pytest.raises(CouponRefused) as held:
        await redeems(shop)
    shop.clock.advance(minutes=1)
    with pytest.raises(CouponRefused) as ended:
        await redeems(shop, "SHORT")

    assert (held.value.reason, ended.value.reason) == ("held_by_purchase", "ended")


async def test_a_first_purchase_is_the_first_that_was_paid(shop: Shop) -> None:
    await shop.offers(
        pack := a_pack(),
        a_coupon(is_first_purchase_only=True, redemptions_per_account_max=None, code="FIRST"),
    )
    order = await shop.buys(pack, coupon_code="FIRST")
    await shop.hears(paid(order))

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(pack, coupon_code="FIRST")

    assert refusal.value.reason == "not_first_purchase"
    assert (await shop.buys(pack, coupon_code="FIRST", account_id=SOMEBODY_ELSE)).is_unpaid
