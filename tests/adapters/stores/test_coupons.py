"""Coupons, their codes and their uses, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.credits.scope import Scope
from domain.money import Money
from domain.promotions.coupon import Coupon
from domain.promotions.coupon_code import CodeState
from domain.promotions.effect import (
    AmountOff,
    Benefit,
    BonusCredits,
    BonusLot,
    BonusPercent,
    PercentOff,
    TrialDays,
)
from domain.promotions.errors import CouponCodeTaken, CouponNotFound, CouponRefused
from domain.promotions.ids import CouponId
from domain.promotions.redemption import Redemption, RedemptionStatus
from domain.promotions.terms import CouponTerms
from tests.adapters.stores.steps import abandon, commit, look, look_behind, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import a_code, a_coupon, a_redemption
from tests.support.clock import NOON, fresh_id

A_MICROSECOND = timedelta(microseconds=1)
LOT = BonusLot(lifetime_days=30, scope=Scope(("model:gpt-4*", "feature:images")))


async def _kept(store: Store, coupon: Coupon) -> Coupon:
    await commit(store, lambda work: work.coupons.add(coupon, a_code(coupon)))
    return coupon


async def _used(store: Store, *uses: Redemption) -> None:
    for use in uses:
        await commit(store, partial(_add, use))


async def _add(use: Redemption, work: UnitOfWork) -> None:
    await work.redemptions.add(use)


@pytest.mark.parametrize("code", ["SPRING-25", "SPRING25", "S-PRING-25"])
async def test_a_code_that_belongs_to_another_coupon_is_refused(store: Store, code: str) -> None:
    await _kept(store, a_coupon(code="SPRING-25"))

    with pytest.raises(CouponCodeTaken) as refused:
        await _kept(store, a_coupon(code=code))

    assert refused.value.coupon_code == code


async def test_a_code_goes_to_one_of_two_coupons_added_at_once(store: Store) -> None:
    ended = await outcomes(*(_kept(store, a_coupon(code="SPRING")) for _ in range(2)))

    assert {type(each) for each in ended} == {Coupon, CouponCodeTaken}


async def test_what_is_not_there_is_refused_or_nothing(store: Store) -> None:
    with pytest.raises(CouponNotFound):
        await abandon(store, lambda work: work.coupons.take(CouponId(fresh_id())))
    with pytest.raises(CouponNotFound):
        await look(store, lambda work: work.coupons.find(CouponId(fresh_id())))

    assert await look(store, lambda work: work.coupon_codes.find("SPRING")) is None
    assert await look(store, lambda work: work.redemptions.of_order(fresh_id())) == []


async def test_a_second_use_of_a_coupon_for_one_order_is_refused(store: Store) -> None:
    coupon, other = await _kept(store, a_coupon()), await _kept(store, a_coupon())
    uses = [a_redemption(coupon_id=each.id, order_id="order-1") for each in (coupon, other)]
    await _used(store, *uses)

    again = a_redemption(coupon_id=coupon.id, order_id="order-1")
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.redemptions.add(again))

    found = await look(store, lambda work: work.redemptions.of_order("order-1"))
    assert found == sorted(uses, key=lambda use: use.coupon_id)


async def test_uses_without_an_order_are_any_number(store: Store) -> None:
    coupon = await _kept(store, a_coupon())
    await _used(store, *[a_redemption(coupon_id=coupon.id, is_alone=True) for _ in range(2)])

    assert await look(store, lambda work: work.redemptions.taken_by(coupon.id, SOMEBODY)) == 2


async def test_a_use_or_a_code_of_no_coupon_is_refused(store: Store) -> None:
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.redemptions.add(a_redemption()))
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.coupon_codes.add_all([a_code(a_coupon())]))


FULL = CouponTerms(
    name="Grüße ☕",
    effect=AmountOff(amounts=(Money(AMOUNT_MAX, "JPY"), Money(1, "USD"))),
    periods=None,
    starts_at=NOON + A_MICROSECOND,
    ends_at=NOON + timedelta(days=400),
    redemptions_max=1_000_000_000,
    redemptions_per_account_max=2,
    is_first_purchase_only=True,
    minimums=(Money(500, "USD"), Money(1, "JPY")),
    item_ids=("pack", "plan"),
    account_ids=(SOMEBODY, SOMEBODY_ELSE),
)


@pytest.mark.parametrize(
    "coupon",
    [
        Coupon(
            id=CouponId(fresh_id()),
            code="A-1_Z",
            terms=FULL,
            is_archived=True,
            taken=7,
            created_at=NOON - A_MICROSECOND,
        ),
        a_coupon(effect=PercentOff(percent=100), redemptions_per_account_max=None),
        a_coupon(effect=PercentOff(percent=1), periods=12),
        a_coupon(effect=BonusCredits(credits=AMOUNT_MAX)),
        a_coupon(effect=BonusCredits(credits=1, lot=LOT, is_redeemable_alone=True)),
        a_coupon(effect=BonusPercent(bonus_percent=1000, lot=LOT)),
        a_coupon(effect=TrialDays(days=365)),
    ],
)
async def test_a_coupon_comes_back_whole_however_it_is_asked_for(
    store: Store, coupon: Coupon
) -> None:
    await _kept(store, coupon)

    assert await look(store, lambda work: work.coupons.find(coupon.id)) == coupon
    assert await abandon(store, lambda work: work.coupons.take(coupon.id)) == coupon
    page = await look(store, lambda work: work.coupons.page(PageRequest()))
    assert page.items == (coupon,)


async def test_a_code_comes_back_whole_and_is_found_by_its_key(store: Store) -> None:
    coupon = await _kept(store, a_coupon())
    code = a_code(
        coupon, code="VIP-AAAA-BBBB", batch="b1", redemptions_max=3, is_disabled=True, taken=2
    )
    await commit(store, lambda work: work.coupon_codes.add_all([code]))

    assert await look(store, lambda work: work.coupon_codes.find("VIPAAAABBBB")) == code
    assert await look(store, lambda work: work.coupon_codes.find("VIP-AAAA-BBBB")) is None


async def test_a_saved_coupon_replaces_the_one_before(store: Store) -> None:
    coupon = await _kept(store, a_coupon(redemptions_max=1))
    code = a_code(coupon, code="OTHER", redemptions_max=1)

    async def reserve(work: UnitOfWork) -> None:
        await work.coupon_codes.add_all([code])
        await work.coupons.save((await work.coupons.take(coupon.id)).reserve())
        await work.coupon_codes.save(code.reserve())

    await commit(store, reserve)

    assert await look(store, lambda work: work.coupons.find(coupon.id)) == evolve(coupon, taken=1)
    assert await look(store, lambda work: work.coupon_codes.find("OTHER")) == code.reserve()


async def test_coupons_are_listed_newest_first_page_by_page(store: Store) -> None:
    coupons = [await _kept(store, a_coupon()) for _ in range(5)]

    first = await look(store, lambda work: work.coupons.page(PageRequest(limit=3)))
    rest = await look(store, lambda work: work.coupons.page(PageRequest(limit=3, after=first.next)))

    assert (*first.items, *rest.items) == tuple(coupons[::-1])
    assert (len(first.items), rest.next) == (3, None)


async def test_codes_are_listed_as_they_were_made_by_batch_and_by_state(store: Store) -> None:
    coupon, other = await _kept(store, a_coupon()), await _kept(store, a_coupon())
    own = await look(store, lambda work: work.coupon_codes.find(coupon.code))
    assert own is not None
    codes = [
        a_code(coupon, code=f"CODE{number}", batch="b1", redemptions_max=1, taken=number % 2)
        for number in range(4)
    ]
    switched_off = a_code(coupon, code="OFF", batch="b1", redemptions_max=1, is_disabled=True)
    theirs = a_code(other, code="THEIRS", batch="b1")
    await commit(store, lambda work: work.coupon_codes.add_all([*codes, switched_off, theirs]))

    async def listed(page: PageRequest, **asked: object) -> tuple[object, ...]:
        found = await look(
            store,
            lambda work: work.coupon_codes.page(coupon.id, page, **asked),  # type: ignore[arg-type]
        )
        return (*found.items, found.next)

    assert await listed(PageRequest()) == (own, *codes, switched_off, None)
    assert await listed(PageRequest(), batch="b1") == (*codes, switched_off, None)
    assert await listed(PageRequest(), state=CodeState.OPEN) == (own, codes[0], codes[2], None)
    assert await listed(PageRequest(), state=CodeState.USED_UP) == (codes[1], codes[3], None)
    assert await listed(PageRequest(), state=CodeState.DISABLED) == (switched_off, None)
    assert await listed(PageRequest(limit=2)) == (own, codes[0], codes[0].id)
    after = PageRequest(limit=2, after=codes[0].id)
    assert await listed(after) == (codes[1], codes[2], codes[2].id)


async def test_as_many_codes_as_one_call_may_make_are_kept_together(store: Store) -> None:
    coupon = await _kept(store, a_coupon())
    codes = [a_code(coupon, code=f"C{number:06}", redemptions_max=1) for number in range(1201)]

    await commit(store, lambda work: work.coupon_codes.add_all(codes))

    assert await look(store, lambda work: work.coupon_codes.find("C001200")) == codes[-1]
    again = [a_code(coupon, code="NEW"), a_code(coupon, code="C000000")]
    with pytest.raises(WriteRefused):
        await commit(store, lambda work: work.coupon_codes.add_all(again))
    assert await look(store, lambda work: work.coupon_codes.find("NEW")) is None


async def test_a_second_taker_of_a_coupon_sees_what_the_first_committed(store: Store) -> None:
    coupon = await _kept(store, a_coupon())

    async def taken(work: UnitOfWork) -> Coupon:
        return await work.coupons.take(coupon.id)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await taken(work)
        return lambda: work.coupons.save(coupon.reserve())

    assert await look_behind(store, take, taken) == coupon.reserve()


@pytest.mark.parametrize("limited", ["coupon", "code"])
async def test_a_coupon_is_used_at_once_no_more_often_than_it_may_be(
    store: Store, limited: str
) -> None:
    coupon = await _kept(store, a_coupon(redemptions_max=3 if limited == "coupon" else None))
    code = a_code(coupon, code="OTHER", redemptions_max=3 if limited == "code" else None)
    await commit(store, lambda work: work.coupon_codes.add_all([code]))

    async def reserve(work: UnitOfWork) -> None:
        taken = await work.coupons.take(coupon.id)
        found = await work.coupon_codes.find(code.key)
        assert found is not None
        await work.coupons.save(taken.reserve())
        await work.coupon_codes.save(found.reserve())
        await work.redemptions.add(a_redemption(coupon_id=coupon.id))

    ended = await outcomes(*(commit(store, reserve) for _ in range(8)))

    refused = [each for each in ended if isinstance(each, CouponRefused)]
    reason = {"coupon": "used_up", "code": "code_used_up"}[limited]
    assert [each.reason for each in refused] == [reason] * 5
    assert ended.count(None) == 3
    assert await look(store, lambda work: work.redemptions.taken_by(coupon.id, SOMEBODY)) == 3


async def test_uses_are_counted_by_coupon_and_account_unless_released(store: Store) -> None:
    coupon, other = await _kept(store, a_coupon()), await _kept(store, a_coupon())
    uses = [a_redemption(coupon_id=coupon.id, status=status) for status in RedemptionStatus]
    waiting = a_redemption(coupon_id=coupon.id)

    async def use(work: UnitOfWork) -> None:
        for each in (*uses, waiting, a_redemption(coupon_id=other.id)):
            await work.redemptions.add(each)
        theirs = a_redemption(coupon_id=coupon.id, account_id=SOMEBODY_ELSE)
        await work.redemptions.add(theirs)

    await commit(store, use)

    async def counted(coupon: Coupon, who: str) -> int:
        return await look(store, lambda work: work.redemptions.taken_by(coupon.id, who))  # type: ignore[arg-type]

    async def reserved(limit: int) -> list[Redemption]:
        found = await look(
            store, lambda work: work.redemptions.reserved_by(coupon.id, SOMEBODY, limit)
        )
        return list(found)

    async def has_used(coupon: Coupon, who: str, code: str) -> bool:
        return await look(store, lambda work: work.redemptions.has_used(coupon.id, who, code))  # type: ignore[arg-type]

    assert await has_used(coupon, SOMEBODY, "CODE")
    assert not await has_used(coupon, SOMEBODY, "ANOTHER")
    assert not await has_used(other, SOMEBODY, "CODE")
    assert not await has_used(coupon, SOMEBODY_ELSE, "CODE")
    assert await counted(coupon, SOMEBODY) == 3
    assert await counted(other, SOMEBODY) == 1
    assert await counted(other, SOMEBODY_ELSE) == 0
    assert await reserved(9) == [uses[0], waiting]
    assert await reserved(1) == [uses[0]]


async def test_uses_come_back_whole_and_are_listed_newest_first(store: Store) -> None:
    coupon = await _kept(store, a_coupon())
    full = evolve(
        a_redemption(
            coupon_id=coupon.id,
            benefit=Benefit(
                discount_minor=AMOUNT_MAX, discount_periods=None, bonus_credits=5, lot=LOT
            ),
        ),
        currency="JPY",
    )
    alone = a_redemption(coupon_id=coupon.id, is_alone=True)
    promised = Benefit(trial_days=365)
    trial = a_redemption(coupon_id=coupon.id, benefit=promised, is_first_purchase=True)
    uses = [full, alone, trial]
    await _used(store, *uses)
    moved = full.become(RedemptionStatus.RELEASED, NOON + A_MICROSECOND)
    await commit(store, lambda work: work.redemptions.save(moved))

    first = await look(store, lambda work: work.redemptions.page(coupon.id, PageRequest(limit=2)))
    rest = await look(
        store, lambda work: work.redemptions.page(coupon.id, PageRequest(after=first.next))
    )

    assert (*first.items, *rest.items) == (uses[2], alone, moved)
    assert (len(first.items), rest.next) == (2, None)


async def test_what_was_promised_to_a_first_purchase_is_found_until_it_is_released(
    store: Store,
) -> None:
    coupons = [await _kept(store, a_coupon()) for _ in range(2)]
    uses = [
        a_redemption(coupon_id=coupons[0].id, is_first_purchase=True, status=status)
        for status in RedemptionStatus
    ]
    other = a_redemption(coupon_id=coupons[1].id)
    theirs = a_redemption(coupon_id=coupons[1].id, account_id=SOMEBODY_ELSE, is_first_purchase=True)
    await _used(store, *uses, other, theirs)

    async def found(account_id: AccountId, limit: int) -> list[Redemption]:
        return list(
            await look(store, lambda work: work.redemptions.of_first_purchase(account_id, limit))
        )

    standing = [use for use in uses if use.takes_slot]
    assert await found(SOMEBODY, 9) == standing
    assert await found(SOMEBODY, 1) == standing[:1]
    assert await found(SOMEBODY_ELSE, 9) == [theirs]


async def test_an_accounts_uses_of_all_coupons_are_listed_newest_first(store: Store) -> None:
    coupons = [await _kept(store, a_coupon()) for _ in range(3)]
    own = [a_redemption(coupon_id=coupon.id) for coupon in coupons]
    theirs = a_redemption(coupon_id=coupons[0].id, account_id=SOMEBODY_ELSE)
    await _used(store, *own, theirs)

    async def page(request: PageRequest) -> Page[Redemption]:
        return await look(store, lambda work: work.redemptions.of_account(SOMEBODY, request))

    first = await page(PageRequest(limit=2))
    rest = await page(PageRequest(after=first.next))

    assert (*first.items, *rest.items) == tuple(own[::-1])
