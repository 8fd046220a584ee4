"""Checking in through the use cases: once a day, credited in the same commit, by one's own day."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.idempotency import RequestKey
from application.promotions.check_in import CheckedIn, CheckingIn, CheckInToday
from application.promotions.read_check_in import CheckInRead, ReadCheckIn, ReadingCheckIn
from domain.credits.errors import KeyReused
from domain.credits.grant import Category, GrantSource
from domain.credits.ids import AccountId
from domain.promotions.errors import AlreadyCheckedIn, CheckInDisabled, CheckInZoneChanged
from tests.application.scripted_ledger import give, take
from tests.application.shop import Shop
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE, a_key
from tests.support.builders.promotions import some_rules
from tests.support.clock import NOON

WEEK = (10, 20, 30, 40, 50, 60, 100)


async def checks_in(
    shop: Shop, account_id: AccountId = SOMEBODY, key: RequestKey | None = None
) -> CheckedIn:
    check_in = CheckingIn(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)
    return await check_in(CheckInToday(account_id=account_id, key=key))


async def stands(shop: Shop) -> CheckInRead:
    read = ReadingCheckIn(read=shop.store.read, clock=shop.clock)
    return await read(ReadCheckIn(account_id=SOMEBODY))


async def lives_in(shop: Shop, zone: str) -> None:
    async with shop.store.begin() as work:
        await work.accounts.save(an_account(zone=zone))
        await work.commit()


async def test_where_nobody_set_rules_nothing_is_given(shop: Shop) -> None:
    with pytest.raises(CheckInDisabled):
        await checks_in(shop)

    assert await shop.lines() == []
    assert not (await stands(shop)).is_enabled


async def test_a_second_check_in_of_the_day_leaves_no_trace(shop: Shop) -> None:
    await shop.offers(some_rules())
    await checks_in(shop)
    before = await shop.lines()
    shop.clock.advance(hours=11.9)

    with pytest.raises(AlreadyCheckedIn) as refusal:
        await checks_in(shop, key=a_key(key="k"))

    assert refusal.value.next_at == NOON + timedelta(hours=12)
    assert await shop.lines() == before
    assert len(shop.store.tables.answers.main.keys) == 0


async def test_under_64_check_ins_at_once_one_succeeds(shop: Shop) -> None:
    await shop.offers(some_rules())

    outcomes = await asyncio.gather(*[checks_in(shop) for _ in range(64)], return_exceptions=True)

    assert Counter(type(each).__name__ for each in outcomes) == {
        "CheckedIn": 1,
        "AlreadyCheckedIn": 63,
    }
    assert await shop.balance() == 10
    assert len(await shop.lines()) == 1


async def test_an_award_is_a_lot_that_lives_as_long_as_the_rules_say(shop: Shop) -> None:
    await shop.offers(some_rules(week=WEEK, award_days=30))

    made = await checks_in(shop)

    (grant,) = await shop.grants()
    assert (grant.source, grant.category) == (GrantSource.CHECK_IN, Category.EARNED)
    assert (grant.amount, grant.expires_at) == (10, NOON + timedelta(days=30))
    assert grant.id == made.check_in.grant_id
    assert (made.balance, made.check_in.streak, made.next_award) == (10, 1, 20)
    assert made.next_at > NOON


async def test_a_week_of_check_ins_earns_the_week(shop: Shop) -> None:
    await shop.offers(some_rules(week=WEEK))

    awards = []
    for _ in range(8):
        awards.append((await checks_in(shop)).check_in.award)
        shop.clock.advance(days=1)

    assert awards == [*WEEK, WEEK[0]]
    assert await shop.balance() == sum(awards)
    assert await shop.is_proved()


async def test_a_repeat_with_the_key_gets_the_first_answer(shop: Shop) -> None:
    await shop.offers(some_rules())
    key = a_key(key="k")
    first = await checks_in(shop, key=key)
    shop.clock.advance(days=3)

    again = await checks_in(shop, key=key)

    assert again == evolve(first, is_replay=True)
    assert await shop.balance() == 10
    with pytest.raises(KeyReused):
        await checks_in(shop, key=evolve(key, fingerprint="another"))


async def test_new_rules_do_not_touch_awards_that_were_made(shop: Shop) -> None:
    await shop.offers(some_rules(version=1, base=10))
    first = await checks_in(shop)
    await shop.offers(some_rules(version=2, base=99))

    with pytest.raises(AlreadyCheckedIn):
        await checks_in(shop)
    shop.clock.advance(days=1)
    second = await checks_in(shop)

    assert [each.check_in.rules_version for each in (first, second)] == [1, 2]
    assert await shop.balance() == 109


async def test_the_day_is_that_of_the_accounts_own_zone(shop: Shop) -> None:
    await shop.offers(some_rules())
    await lives_in(shop, "Pacific/Kiritimati")

    made = await checks_in(shop)

    assert made.check_in.day == NOON.date() + timedelta(days=1)
    assert (await stands(shop)).zone == "Pacific/Kiritimati"


async def test_moving_to_another_zone_opens_no_second_check_in(shop: Shop) -> None:
    await shop.offers(some_rules())
    await checks_in(shop)
    await lives_in(shop, "Pacific/Kiritimati")

    with pytest.raises(CheckInZoneChanged):
        await checks_in(shop)
    waiting = await stands(shop)
    shop.clock.advance(hours=20)
    await checks_in(shop)

    assert (waiting.standing.is_open, waiting.is_done_today) == (False, False)
    assert await shop.balance() == 20


async def test_a_clock_set_back_two_days_opens_no_second_check_in(shop: Shop) -> None:
    await shop.offers(some_rules())
    await checks_in(shop)
    shop.clock.advance(days=-2)

    with pytest.raises(AlreadyCheckedIn):
        await checks_in(shop)

    assert (await stands(shop)).is_done_today


async def test_standing_is_told_before_and_after(shop: Shop) -> None:
    await shop.offers(some_rules(week=WEEK))

    before = await stands(shop)
    await checks_in(shop)
    after = await stands(shop)

    assert (before.standing.is_open, before.standing.next_award) == (True, 10)
    assert (before.is_done_today, after.is_done_today) == (False, True)
    assert (after.standing.is_open, after.standing.next_award) == (False, 20)
    assert after.standing.next_at == NOON + timedelta(hours=12)


async def test_check_ins_and_the_group_commit_do_not_lose_each_others_writes(shop: Shop) -> None:
    await shop.offers(some_rules())
    await shop.commit(give(100))

    await asyncio.gather(
        checks_in(shop),
        checks_in(shop, SOMEBODY_ELSE),
        *[shop.commit(take(1)) for _ in range(30)],
    )

    assert await shop.balance() == 80
    assert await shop.is_proved()
