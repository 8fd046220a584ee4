"""First purchases: of an account one is promised what a first brings, whatever the codes."""

import pytest

from application.ports.provider import Capability
from domain.payments.order import Order, OrderStatus
from domain.promotions.effect import BonusCredits, PercentOff, TrialDays
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import RedemptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan

_PACK = a_pack()


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.offers(_PACK)
    for code in ("FIRST", "WELCOME"):
        await shop.offers(a_coupon(code=code, is_first_purchase_only=True))
    return shop


async def is_refused(shop: Shop, code: str) -> None:
    before = shop.kept()
    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(_PACK, coupon_code=code)
    assert refusal.value.reason == "not_first_purchase"
    assert shop.kept() == before


async def is_given_up(shop: Shop, order: Order) -> bool:
    status, use = (await shop.order(order.id)).status, await shop.use_of(order)
    return (status, use.status) == (OrderStatus.EXPIRED, RedemptionStatus.RELEASED)


async def test_of_two_open_checkouts_with_codes_for_a_first_purchase_the_older_gives_way(
    shop: Shop,
) -> None:
    first = await shop.buys(_PACK, coupon_code="FIRST")

    second = await shop.buys(_PACK, coupon_code="WELCOME")

    assert await is_given_up(shop, first)
    assert (await shop.order(second.id)).is_pending
    assert first.session_id in shop.provider.closed
    taken = [(await shop.coupon(code)).taken for code in ("FIRST", "WELCOME")]
    assert taken == [0, 1]


async def test_two_codes_for_a_first_purchase_count_in_one_and_the_same(shop: Shop) -> None:
    gift = a_coupon(code="GIFT", effect=BonusCredits(credits=5), is_first_purchase_only=True)
    await shop.offers(gift)

    order = await shop.buys(_PACK, coupon_code="FIRST", credit_codes=("GIFT",))

    assert (order.discount_minor, order.bonus_credits) == (50, 5)
    other = await shop.buys(_PACK, coupon_code="WELCOME")
    assert (await shop.order(order.id)).status is OrderStatus.EXPIRED
    assert [(await shop.coupon(code)).taken for code in ("FIRST", "GIFT")] == [0, 0]
    assert other.is_pending


async def test_after_a_first_purchase_no_code_for_one_counts_and_nothing_gives_way(
    shop: Shop,
) -> None:
    await shop.hears(paid(await shop.buys(_PACK, coupon_code="FIRST")))

    await is_refused(shop, "WELCOME")


@pytest.mark.parametrize("code", ["FREE", "TRIAL"])
async def test_a_purchase_that_such_a_code_made_free_was_the_first(shop: Shop, code: str) -> None:
    plan = a_plan()
    await shop.offers(plan)
    await shop.offers(
        a_coupon(
            code="FREE",
            effect=PercentOff(percent=100),
            is_first_purchase_only=True,
            redemptions_per_account_max=None,
        ),
        a_coupon(code="TRIAL", effect=TrialDays(days=7), is_first_purchase_only=True),
    )
    order = await shop.buys(plan, coupon_code=code)
    if order.is_pending:
        await shop.hears(paid(order, subscription="sub_1"))

    await is_refused(shop, "WELCOME")
    await is_refused(shop, "FREE")


async def test_an_earlier_page_that_was_paid_unheard_was_the_first_purchase(shop: Shop) -> None:
    first = await shop.buys(_PACK, coupon_code="FIRST")
    shop.provider.sessions[str(first.session_id)] = (paid(first),)

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(_PACK, coupon_code="WELCOME")

    assert refusal.value.reason == "not_first_purchase"
    assert (await shop.order(first.id)).status is OrderStatus.PAID


async def test_money_for_a_page_that_gave_way_is_honoured_at_its_price_and_noted_as_no_use(
    shop: Shop,
) -> None:
    shop.provider.capabilities = frozenset(Capability) - {Capability.READ}
    first = await shop.buys(_PACK, coupon_code="FIRST")
    second = await shop.buys(_PACK, coupon_code="WELCOME")
    await shop.hears(paid(second))

    await shop.hears(paid(first))

    assert (await shop.order(first.id)).total_minor == first.total_minor == 450
    assert await shop.balance() == 2 * _PACK.credits
    assert (await shop.use_of(first)).status is RedemptionStatus.RELEASED
    assert (await shop.coupon("FIRST")).taken == 0


async def test_a_page_that_ran_out_leaves_the_first_purchase_to_another_code(shop: Shop) -> None:
    await shop.buys(_PACK, coupon_code="FIRST")
    shop.clock.advance(days=2)
    await shop.gives_up()

    order = await shop.buys(_PACK, coupon_code="WELCOME")

    assert order.is_pending


async def test_everybody_has_a_first_purchase_of_their_own(shop: Shop) -> None:
    first = await shop.buys(_PACK, coupon_code="FIRST")

    await shop.buys(_PACK, account_id=SOMEBODY_ELSE, coupon_code="FIRST")

    assert (await shop.order(first.id)).is_pending


async def test_a_code_for_any_purchase_lets_the_first_one_stand(shop: Shop) -> None:
    await shop.offers(a_coupon(code="ANY"))
    first = await shop.buys(_PACK, coupon_code="FIRST")

    await shop.buys(_PACK, coupon_code="ANY")

    assert (await shop.order(first.id)).is_pending
