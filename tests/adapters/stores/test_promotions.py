"""Check-ins, as every store keeps them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.promotions.check_in import CheckIn
from domain.promotions.check_in_rules import (
    Budgets,
    CheckInRules,
    Eligibility,
    Freezes,
    Milestone,
)
from domain.promotions.errors import (
    AlreadyCheckedIn,
    RulesChangedMeanwhile,
)
from tests.adapters.stores.steps import commit, funded, look, outcomes
from tests.support.builders.credits import SOMEBODY, SOMEBODY_ELSE
from tests.support.builders.promotions import a_check_in, some_rules
from tests.support.clock import NOON

A_MICROSECOND = timedelta(microseconds=1)
MONDAY = NOON.date()


async def test_a_second_check_in_on_one_day_is_refused_until_the_next_begins(
    store: Store,
) -> None:
    first = a_check_in(zone="Asia/Tokyo")
    await commit(store, lambda work: work.check_ins.add(first))

    second = a_check_in(zone="Asia/Tokyo", at=NOON + A_MICROSECOND)
    with pytest.raises(AlreadyCheckedIn) as refused:
        await commit(store, lambda work: work.check_ins.add(second))

    assert refused.value.next_at == datetime(2026, 1, 12, 15, tzinfo=UTC)
    assert await look(store, lambda work: work.check_ins.last(SOMEBODY)) == first


async def test_check_ins_at_once_on_one_day_count_once(store: Store) -> None:
    def caller() -> Awaitable[None]:
        return commit(store, lambda work: work.check_ins.add(a_check_in()))

    ended = await outcomes(*(caller() for _ in range(8)))

    assert ended.count(None) == 1
    assert len([each for each in ended if isinstance(each, AlreadyCheckedIn)]) == 7


async def test_a_version_of_the_rules_that_exists_is_refused_by_the_newest(
    store: Store,
) -> None:
    for version in (1, 2):
        rules = some_rules(version=version)
        await commit(store, _adding(rules))

    with pytest.raises(RulesChangedMeanwhile) as refused:
        await commit(store, _adding(some_rules(version=1, base=99)))

    assert refused.value.version == 2


def _adding(rules: CheckInRules) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.check_ins.add_rules(rules)


async def test_rules_changed_by_two_at_once_are_changed_by_one(store: Store) -> None:
    changes = [commit(store, _adding(some_rules(base=base))) for base in (1, 2, 3)]

    ended = await asyncio.gather(*changes, return_exceptions=True)

    assert ended.count(None) == 1
    assert len([each for each in ended if isinstance(each, RulesChangedMeanwhile)]) == 2


async def test_without_any_there_is_no_last_check_in_and_there_are_no_rules(
    store: Store,
) -> None:
    await commit(store, lambda work: work.check_ins.add(a_check_in(account_id=SOMEBODY_ELSE)))

    assert await look(store, lambda work: work.check_ins.last(SOMEBODY)) is None
    assert await look(store, lambda work: work.check_ins.rules()) is None


async def test_the_last_check_in_is_that_of_the_latest_day_and_comes_back_whole(
    store: Store,
) -> None:
    # The calendar decides, not the clock: a traveller's later instant can lie on an earlier day.
    latest: CheckIn = evolve(
        a_check_in(day=date(2026, 1, 13), zone="Pacific/Kiritimati", streak=400, award=AMOUNT_MAX),
        at=NOON + A_MICROSECOND,
        best=500,
        milestone=AMOUNT_MAX,
        withheld=3,
        freezes=30,
        freezes_used=2,
        is_paid=True,
        rules_version=12,
    )
    earlier = a_check_in(day=MONDAY, zone="Pacific/Pago_Pago", at=NOON + timedelta(hours=20))
    unpaid = a_check_in(account_id=SOMEBODY_ELSE).unpaid()
    for check_in in (latest, earlier, unpaid):
        await commit(store, _checking_in(check_in))

    assert await look(store, lambda work: work.check_ins.last(SOMEBODY)) == latest
    assert await look(store, lambda work: work.check_ins.last(SOMEBODY_ELSE)) == unpaid


def _checking_in(check_in: CheckIn) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.check_ins.add(check_in)


async def test_check_ins_are_found_by_their_days_in_order_and_by_account(store: Store) -> None:
    days = [MONDAY + timedelta(days=n) for n in (0, 1, 3, 40)]
    made = [a_check_in(day=day) for day in days]
    for check_in in (*reversed(made), a_check_in(account_id=SOMEBODY_ELSE, day=days[1])):
        await commit(store, _checking_in(check_in))

    found = await look(store, lambda work: work.check_ins.between(SOMEBODY, days[1], days[2]))
    first = await look(store, lambda work: work.check_ins.first_day(SOMEBODY))
    nobody = await look(store, lambda work: work.check_ins.first_day(AccountId("nobody")))

    assert list(found) == made[1:3]
    assert (first, nobody) == (MONDAY, None)


async def test_a_ledger_begins_with_its_first_line(store: Store) -> None:
    assert await look(store, lambda work: work.check_ins.first_line_at(SOMEBODY)) is None

    await funded(store, SOMEBODY)

    assert await look(store, lambda work: work.check_ins.first_line_at(SOMEBODY)) == NOON


async def test_accounts_are_read_page_by_page_with_their_check_ins_of_some_days(
    store: Store,
) -> None:
    tuesday = MONDAY + timedelta(days=1)
    made = {
        name: [a_check_in(account_id=AccountId(name), day=day) for day in days]
        for name, days in {"a": [MONDAY, tuesday], "b": [MONDAY], "c": [tuesday]}.items()
    }
    for check_ins in made.values():
        for check_in in check_ins:
            await commit(store, _checking_in(check_in))

    async def page(after: str | None) -> Mapping[AccountId, Sequence[CheckIn]]:
        last = None if after is None else AccountId(after)
        return await look(store, lambda work: work.check_ins.of_accounts(last, 2, tuesday, tuesday))

    assert await page(None) == {"a": made["a"][1:], "b": []}
    assert await page("b") == {"c": made["c"]}
    assert await page("c") == {}


async def test_the_newest_rules_are_in_force_and_come_back_whole(store: Store) -> None:
    first = some_rules(version=9)
    full = CheckInRules(
        version=10,
        is_enabled=False,
        base=AMOUNT_MAX,
        week=(1, 2, 3, 4, 5, 6, AMOUNT_MAX),
        zone="America/Argentina/Buenos_Aires",
        award_days=3650,
        milestones=(
            Milestone(day=3650, credits=AMOUNT_MAX, repeats=False),
            Milestone(day=1, credits=1),
        ),
        freezes=Freezes(at_start=2, every=365, most=30),
        grace_hours=12,
        budgets=Budgets(account_day=1, day=AMOUNT_MAX, month=AMOUNT_MAX - 1),
        eligibility=Eligibility(account_days=365, paid_plan_percent=1000),
        changed_at=NOON + A_MICROSECOND,
    )

    in_force = []
    for rules in (first, full):
        await commit(store, _adding(rules))
        in_force.append(await look(store, lambda work: work.check_ins.rules()))

    assert in_force == [first, full]
