"""Codes that give a trial: the longer counts, once for an account, and its slot is kept then."""

from datetime import timedelta
from typing import Any

import pytest

from application.ports.provider import Capability
from application.promotions.check_coupon import CheckCoupon, CheckingCoupon
from application.promotions.preview_coupon import PreviewCoupon, PreviewingCoupon
from domain.payments.errors import CapabilityMissing
from domain.payments.order import Order, OrderType
from domain.period import Period
from domain.promotions.effect import BonusCredits, TrialDays
from domain.promotions.errors import CouponReason, CouponRefused
from domain.promotions.redemption import RedemptionStatus
from domain.subscriptions.catalogue import Plan
from domain.subscriptions.plan_rules import PlanRules, Trial
from domain.subscriptions.subscription import SubscriptionStatus
from tests.application.shop import Shop, paid
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import a_coupon
from tests.support.builders.subscriptions import a_pack, a_plan
from tests.support.clock import NOON

_CODE = "MONTHFREE"
_PLAIN = PlanRules()
_WITH_TRIAL = PlanRules(trial=Trial(days=14, credits=100, notice_days=2))


@pytest.fixture
async def shop() -> Shop:
    return Shop()


async def sells(shop: Shop, rules: PlanRules = _PLAIN, days: int = 30, **limits: Any) -> Plan:
    plan = a_plan(rules=rules)
    await shop.offers(plan, a_coupon(code=_CODE, effect=TrialDays(days=days), **limits))
    return plan


async def begins(shop: Shop, order: Order, subscription: str = "sub_1") -> None:
    """Complete a checkout with a trial, as a provider tells of it: nothing was collected."""
    period = Period(shop.clock(), shop.clock() + timedelta(days=order.trial_days))
    await shop.hears(paid(order, subscription=subscription, period=period))


async def ends_it(shop: Shop) -> None:
    """End the one subscription there is, so that the plan may be bought again."""
    async with shop.store.begin() as work:
        (subscription,) = shop.subscriptions()
        await work.subscriptions.save(subscription.become(SubscriptionStatus.EXPIRED, shop.clock()))
        await work.commit()


async def reason_why_not(shop: Shop, *args: Any, **fields: Any) -> CouponReason:
    before = shop.kept()
    with pytest.raises(CouponRefused) as refusal:
        await shop.buys(*args, **fields)
    assert shop.kept() == before
    return refusal.value.reason


@pytest.mark.parametrize(
    ("rules", "days", "lasts"),
    [(_PLAIN, 30, 30), (_WITH_TRIAL, 30, 30), (_WITH_TRIAL, 7, 14), (_WITH_TRIAL, 14, 14)],
)
async def test_the_longer_trial_counts_and_nothing_is_due_before_it_ends(
    shop: Shop, rules: PlanRules, days: int, lasts: int
) -> None:
    plan = await sells(shop, rules, days)

    order = await shop.buys(plan, coupon_code=_CODE)

    (asked,) = shop.provider.asked
    assert (asked.order.trial_days, asked.order.due_minor) == (lasts, 0)
    use = await shop.use_of(order)
    assert (use.status, use.benefit.trial_days) == (RedemptionStatus.RESERVED, days)


async def test_the_slot_is_kept_when_the_trial_begins_and_the_month_after_it_costs_all(
    shop: Shop,
) -> None:
    order = await shop.buys(await sells(shop), coupon_code=_CODE)

    await begins(shop, order)

    (subscription,) = shop.subscriptions()
    assert subscription.status is SubscriptionStatus.TRIALING
    assert subscription.period.end_at == NOON + timedelta(days=30)
    assert (await shop.use_of(order)).status is RedemptionStatus.CONFIRMED
    assert (await shop.order(order.id)).discounts(order) == order
    assert await shop.is_proved()


@pytest.mark.parametrize(
    ("rules", "credits", "notice_days"), [(_PLAIN, 1000, 3), (_WITH_TRIAL, 100, 2)]
)
async def test_a_trial_by_code_brings_what_the_plan_says_or_as_much_as_a_month(
    shop: Shop, rules: PlanRules, credits: int, notice_days: int
) -> None:
    plan = await sells(shop, rules)

    await begins(shop, await shop.buys(plan, coupon_code=_CODE))

    (subscription,) = shop.subscriptions()
    (lot,) = await shop.grants()
    ends_at = NOON + timedelta(days=30)
    assert (lot.amount, lot.expires_at) == (credits, ends_at)
    assert subscription.course.notice_at == ends_at - timedelta(days=notice_days)
    assert subscription.rules == plan.rules


async def test_the_notice_follows_a_trial_by_code_whose_end_the_provider_has_moved(
    shop: Shop,
) -> None:
    await begins(shop, await shop.buys(await sells(shop), coupon_code=_CODE))
    (subscription,) = shop.subscriptions()
    later = Period(NOON, NOON + timedelta(days=40))

    moved = subscription.with_end_of(later)

    assert moved.course.notice_at == later.end_at - timedelta(days=3)


async def test_a_code_gives_no_second_trial_of_the_group_and_takes_no_slot_for_it(
    shop: Shop,
) -> None:
    plan = await sells(shop, redemptions_per_account_max=None)
    await begins(shop, await shop.buys(plan, coupon_code=_CODE))
    await ends_it(shop)
    shop.clock.advance(days=400)

    assert await reason_why_not(shop, plan, coupon_code=_CODE) is CouponReason.TRIAL_HAD

    assert (await shop.coupon(_CODE)).taken == 1
    assert (await shop.buys(plan)).due_minor == plan.price_monthly_minor


async def test_another_account_with_the_same_address_gets_no_second_trial_by_code(
    shop: Shop,
) -> None:
    plan = await sells(shop)
    for account_id, email in ((SOMEBODY, "ada@gmail.com"), (SOMEBODY_ELSE, "a.d.a+2@gmail.com")):
        async with shop.store.begin() as work:
            known = await work.accounts.take(an_account(id=account_id, email=email))
            await work.accounts.save(known)
            await work.commit()
    await shop.buys(plan, coupon_code=_CODE)

    reason = await reason_why_not(shop, plan, account_id=SOMEBODY_ELSE, coupon_code=_CODE)

    assert reason is CouponReason.TRIAL_HAD


async def test_a_checkout_that_runs_out_frees_the_slot_and_the_trial(shop: Shop) -> None:
    plan = await sells(shop, redemptions_max=1)
    order = await shop.buys(plan, coupon_code=_CODE)
    shop.clock.advance(days=2)

    assert await shop.gives_up() == 1

    assert (await shop.use_of(order)).status is RedemptionStatus.RELEASED
    again = await shop.buys(plan, account_id=SOMEBODY_ELSE, coupon_code=_CODE)
    assert again.trial_days == 30


async def test_who_asks_again_is_sent_to_the_same_page_with_one_slot(shop: Shop) -> None:
    wish = shop.purchase(await sells(shop), coupon_code=_CODE)

    orders = [(await shop.start_checkout(wish)).order.id for _ in range(2)]

    assert orders[0] == orders[1]
    assert (await shop.coupon(_CODE)).taken == 1


async def test_where_the_provider_cannot_the_checkout_is_refused_and_nothing_is_kept(
    shop: Shop,
) -> None:
    plan = await sells(shop, item_ids=())
    shop.provider.capabilities = frozenset(Capability) - {Capability.TRIALS}
    before = shop.kept()

    with pytest.raises(CapabilityMissing) as refusal:
        await shop.buys(plan, coupon_code=_CODE)

    assert refusal.value.capability == "trials"
    assert "set its days on that product" in str(refusal.value)
    assert shop.kept() == before


async def test_where_the_provider_cannot_a_code_that_counts_for_nothing_tells_nothing(
    shop: Shop,
) -> None:
    plan = await sells(shop, ends_at=NOON)
    shop.provider.capabilities = frozenset(Capability) - {Capability.TRIALS}

    assert await reason_why_not(shop, plan, coupon_code=_CODE) is CouponReason.ENDED


async def test_a_trial_by_code_is_for_the_plans_it_names_and_for_no_pack(shop: Shop) -> None:
    plan = await sells(shop, item_ids=("another plan",))
    await shop.offers(pack := a_pack())
    await shop.offers(a_coupon(code="ANY", effect=TrialDays(days=7)))

    assert await reason_why_not(shop, plan, coupon_code=_CODE) is CouponReason.OTHER_ITEM
    assert await reason_why_not(shop, pack, coupon_code="ANY") is CouponReason.OTHER_ITEM


async def test_beside_a_trial_no_other_code_counts_nor_a_trial_beside_another(shop: Shop) -> None:
    plan = await sells(shop)
    await shop.offers(a_coupon(code="GIFT", effect=BonusCredits(credits=5)))

    first = await reason_why_not(shop, plan, coupon_code=_CODE, credit_codes=("GIFT",))
    second = await reason_why_not(shop, plan, coupon_code="GIFT", credit_codes=(_CODE,))

    assert (first, second) == (CouponReason.STANDS_ALONE, CouponReason.NO_CREDIT_CODE)


@pytest.mark.parametrize(("rules", "lasts"), [(_PLAIN, 30), (PlanRules(trial=Trial(days=45)), 45)])
async def test_preview_and_check_say_how_long_it_would_last_and_what_the_guard_says(
    shop: Shop, rules: PlanRules, lasts: int
) -> None:
    plan = await sells(shop, rules, redemptions_per_account_max=None)
    preview = PreviewingCoupon(read=shop.store.read, clock=shop.clock)
    check = CheckingCoupon(read=shop.store.read, clock=shop.clock)
    wish = PreviewCoupon(
        account_id=SOMEBODY, coupon_code=_CODE, type=OrderType.SUBSCRIPTION, item=plan.id
    )
    coupon = await shop.coupon(_CODE)
    asked = CheckCoupon(coupon_id=coupon.id, account_id=SOMEBODY, plan_id=plan.id)

    seen, checked = await preview(wish), await check(asked)

    assert (seen.trial_days, seen.total_minor) == (lasts, plan.price_monthly_minor)
    assert checked.benefit is not None
    assert checked.benefit.trial_days == lasts
    await begins(shop, await shop.buys(plan, coupon_code=_CODE))
    assert (await check(asked)).reason is CouponReason.TRIAL_HAD
    with pytest.raises(CouponRefused) as refusal:
        await preview(wish)
    assert refusal.value.reason is CouponReason.TRIAL_HAD
