"""One page for one wish: what a buyer gets who asks for a purchase again before it is paid."""

import asyncio
from typing import Any

import pytest
from attrs import evolve

from application.payments.start_checkout import StartCheckout
from domain.payments.errors import CheckoutOver, ProviderRefused, ProviderUnavailable
from domain.payments.ids import Channel
from domain.payments.inbox import InboxStatus
from domain.payments.order import OPENING_TIME, Order, OrderStatus
from domain.payments.provider_event import CheckoutExpired, CheckoutFailed
from domain.period import Interval
from domain.promotions.effect import PercentOff
from domain.promotions.errors import CouponRefused
from domain.promotions.redemption import RedemptionStatus
from tests.application.shop import CANCEL_URL, Shop, paid
from tests.support.builders.credits import SOMEBODY_ELSE, a_key
from tests.support.builders.payments import SANDBOX
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.fake_provider import CHECKOUT_LIFE, MarionetteProvider, Silence

STRIPE = Channel("stripe")


async def asks(shop: Shop, wish: StartCheckout) -> Order:
    return (await shop.start_checkout(wish)).order


@pytest.mark.parametrize("has_coupon", [False, True])
async def test_a_buyer_who_asks_again_is_sent_to_the_same_page(
    shop: Shop, has_coupon: bool
) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(plan := a_plan(), coupon)
    wish = shop.purchase(plan, coupon_code=coupon.code if has_coupon else None)

    first, again = await asks(shop, wish), await asks(shop, evolve(wish, key=a_key()))

    assert again == first
    assert again.url == "https://pay.example/session-1"
    assert len(shop.orders()) == len(shop.provider.asked) == 1
    assert (await shop.coupon(coupon.code)).taken == int(has_coupon)


async def test_both_keys_of_a_buyer_who_asked_twice_name_the_same_order(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    wishes = [evolve(shop.purchase(pack), key=a_key()) for _ in range(2)]

    made = [await asks(shop, wish) for wish in wishes]
    await shop.hears(paid(made[0]))
    later = [await shop.start_checkout(wish) for wish in wishes]

    assert {each.id for each in made} == {each.order.id for each in later} == {made[0].id}
    assert all(each.is_replay for each in later)


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": Interval.YEARLY},
        {"coupon_code": "ANOTHER"},
        {"coupon_code": None},
        {"success_url": "https://shop.example/elsewhere"},
        {"cancel_url": f"{CANCEL_URL}?from=mail"},
        {"account_id": SOMEBODY_ELSE},
        {"channel": STRIPE},
    ],
    ids=str,
)
async def test_another_wish_gets_a_page_of_its_own(changes: dict[str, Any]) -> None:
    shop = Shop()
    shop.providers = {SANDBOX: shop.provider, STRIPE: MarionetteProvider(channel=STRIPE)}
    codes = [a_coupon(code=code, redemptions_per_account_max=5) for code in ("CODE", "ANOTHER")]
    await shop.offers(plan := a_plan(), *codes)
    wish = shop.purchase(plan, coupon_code="CODE")
    first = await asks(shop, wish)

    other = await asks(shop, evolve(wish, **changes))

    assert other.id != first.id
    assert (await shop.order(first.id)).is_pending


async def test_an_order_at_an_old_price_is_not_what_is_asked_for_now(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    async with shop.store.begin() as work:
        await work.packs.save(evolve(pack, price_minor=900))
        await work.commit()

    again = await asks(shop, shop.purchase(pack))

    assert (first.total_minor, again.total_minor) == (500, 900)


async def test_a_page_that_has_run_out_is_not_shown_again(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    shop.clock.now = first.created_at + CHECKOUT_LIFE

    again = await asks(shop, shop.purchase(pack))

    assert again.id != first.id
    assert again.url == "https://pay.example/session-2"


@pytest.mark.parametrize("end", [paid, lambda order: CheckoutExpired(order_id=order.id)])
async def test_a_settled_purchase_is_made_anew(shop: Shop, end: Any) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    await shop.hears(end(first))

    assert (await asks(shop, shop.purchase(pack))).id != first.id


async def test_a_page_that_was_paid_unheard_is_credited_and_the_next_purchase_is_its_own(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    shop.provider.sessions["session-1"] = (paid(first),)

    again = await asks(shop, shop.purchase(pack))

    assert again.id != first.id
    assert (await shop.order(first.id)).status is OrderStatus.PAID
    assert await shop.balance() == 500
    assert (await shop.hears(paid(first))).status is InboxStatus.IGNORED


async def test_a_page_that_was_closed_unheard_is_not_shown_again(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    shop.provider.sessions["session-1"] = (CheckoutExpired(order_id=first.id),)

    assert (await asks(shop, shop.purchase(pack))).id != first.id


@pytest.mark.parametrize(
    "fault",
    [ProviderUnavailable(channel=SANDBOX), ProviderRefused(channel=SANDBOX, reason="who knows")],
    ids=str,
)
async def test_where_nobody_says_what_became_of_a_page_it_is_shown_again(
    shop: Shop, fault: Exception
) -> None:
    await shop.offers(pack := a_pack())
    first = await asks(shop, shop.purchase(pack))
    shop.provider.sessions["session-1"] = fault

    assert await asks(shop, shop.purchase(pack)) == first


async def test_a_declined_buyer_gets_a_fresh_page_and_the_code_with_it(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    wish = shop.purchase(pack, coupon_code=coupon.code)
    declined = await asks(shop, wish)
    await shop.hears(CheckoutFailed(order_id=declined.id))

    again = await asks(shop, wish)

    assert again.discount_minor == declined.discount_minor == 50
    assert (await shop.order(declined.id)).status is OrderStatus.EXPIRED
    assert shop.provider.closed == [declined.session_id]


async def test_64_requests_at_once_of_one_buyer_open_one_page(shop: Shop) -> None:
    coupon = a_coupon()
    await shop.offers(pack := a_pack(), coupon)
    wish = shop.purchase(pack, coupon_code=coupon.code)

    orders = await asyncio.gather(*[asks(shop, evolve(wish, key=a_key())) for _ in range(64)])

    assert {(order.id, order.url) for order in orders} == {
        (shop.orders()[0].id, "https://pay.example/session-1")
    }
    assert len(shop.orders()) == len(shop.provider.checkouts) == 1
    assert (await shop.coupon(coupon.code)).taken == 1


async def test_a_page_whose_answer_was_lost_is_asked_for_again_for_as_long_as_it_may_open(
    shop: Shop,
) -> None:
    await shop.offers(pack := a_pack())
    shop.provider.silences.append(Silence.AFTER)
    with pytest.raises(ProviderUnavailable):
        await asks(shop, shop.purchase(pack))
    (lost,) = shop.orders()

    again = await asks(shop, shop.purchase(pack))

    assert again.id == lost.id
    assert len(shop.provider.checkouts) == 1


async def test_a_page_that_never_opened_does_not_keep_its_buyer_waiting(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    shop.provider.silences.append(Silence.BEFORE)
    with pytest.raises(ProviderUnavailable):
        await asks(shop, shop.purchase(pack))
    (never,) = shop.orders()
    shop.clock.now = never.created_at + OPENING_TIME

    assert (await asks(shop, shop.purchase(pack))).id != never.id


# A code that is held by one's own checkout.


async def test_a_checkout_of_ones_own_gives_its_slot_to_the_next_one(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), plan := a_plan(), coupon)
    earlier = await asks(shop, shop.purchase(pack, coupon_code=coupon.code))

    order = await asks(shop, shop.purchase(plan, coupon_code=coupon.code))

    assert (await shop.order(earlier.id)).status is OrderStatus.EXPIRED
    assert (await shop.use_of(earlier)).status is RedemptionStatus.RELEASED
    assert (await shop.use_of(order)).status is RedemptionStatus.RESERVED
    assert (await shop.coupon(coupon.code)).taken == 1
    assert shop.provider.closed == [earlier.session_id]


async def test_no_more_checkouts_give_way_than_slots_are_needed(shop: Shop) -> None:
    coupon = a_coupon(redemptions_per_account_max=2)
    await shop.offers(pack := a_pack(), coupon)
    oldest, older = [await shop.buys(pack, coupon_code=coupon.code) for _ in range(2)]

    newest = await shop.buys(pack, coupon_code=coupon.code)

    statuses = [(await shop.order(each.id)).status for each in (oldest, older, newest)]
    assert statuses == [OrderStatus.EXPIRED, OrderStatus.PENDING, OrderStatus.PENDING]


async def test_a_code_that_was_paid_with_is_used_up_whatever_else_is_open(shop: Shop) -> None:
    coupon = a_coupon(redemptions_per_account_max=1)
    await shop.offers(pack := a_pack(), plan := a_plan(), coupon)
    await shop.hears(paid(await shop.buys(pack, coupon_code=coupon.code)))

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(plan, coupon_code=coupon.code)

    assert refusal.value.reason == "already_used"
    assert len(shop.orders()) == 1


async def test_somebody_elses_checkout_gives_no_slot_away(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    theirs = await shop.buys(pack, coupon_code=coupon.code, account_id=SOMEBODY_ELSE)

    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(pack, coupon_code=coupon.code)

    assert refusal.value.reason == "used_up"
    assert (await shop.order(theirs.id)).is_pending


@pytest.mark.parametrize(
    "fault",
    [
        ProviderUnavailable(channel=SANDBOX),
        ProviderRefused(channel=SANDBOX, reason="it was paid a moment ago"),
    ],
    ids=str,
)
async def test_a_page_that_cannot_be_closed_may_be_paid_and_its_price_is_honoured(
    shop: Shop, fault: Exception
) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), coupon)
    shop.provider.close_fault = fault
    earlier, order = [await shop.buys(pack, coupon_code=coupon.code) for _ in range(2)]

    await shop.hears(paid(order))
    event = await shop.hears(paid(earlier))

    assert f"coupon {coupon.code} is used up, its price honoured" in event.effects
    assert await shop.balance() == 1000
    assert (await shop.coupon(coupon.code)).taken == 1
    assert await shop.is_proved()


async def test_a_page_that_opens_after_its_order_gave_way_is_closed_at_once(shop: Shop) -> None:
    coupon = a_coupon(redemptions_max=1)
    await shop.offers(pack := a_pack(), plan := a_plan(), coupon)
    shop.provider.silences.append(Silence.BEFORE)
    wish = shop.purchase(pack, coupon_code=coupon.code, key=a_key())
    with pytest.raises(ProviderUnavailable):
        await asks(shop, wish)
    shop.provider.meanwhile = lambda: asks(shop, shop.purchase(plan, coupon_code=coupon.code))

    with pytest.raises(CheckoutOver):
        await asks(shop, wish)

    (gone,) = [each for each in shop.orders() if each.line.item_id == pack.id]
    assert gone.status is OrderStatus.EXPIRED
    assert shop.provider.closed == [gone.session_id]


async def test_a_purchase_for_nothing_is_a_new_one_every_time(shop: Shop) -> None:
    coupon = a_coupon(effect=PercentOff(percent=100), redemptions_per_account_max=2)
    await shop.offers(pack := a_pack(), coupon)
    wish = shop.purchase(pack, coupon_code=coupon.code)

    first, again = await asks(shop, wish), await asks(shop, wish)

    assert first.id != again.id
    assert await shop.balance() == 1000
