"""Changes of plan and versions of plans, as every store keeps them."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.paging import PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.payments.ids import Channel
from domain.period import Interval, Period
from domain.subscriptions.catalogue import Plan, ProviderItem
from domain.subscriptions.change import OPEN, Change, ChangeStatus
from domain.subscriptions.change_errors import ChangeUnderWay
from domain.subscriptions.plan_version import PlanVersion
from domain.subscriptions.reckoning import Reckoning
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_plan, a_subscription
from tests.support.clock import NOON

HOUR = timedelta(hours=1)


async def _kept(store: Store, change: Change) -> Change:
    await commit(store, lambda work: work.plan_changes.add(change))
    return change


@pytest.mark.parametrize("status", ChangeStatus)
async def test_a_change_is_kept_whole(store: Store, status: ChangeStatus) -> None:
    change = a_change(
        a_subscription(),
        status=status,
        begins_period=True,
        due_minor=-5,
        credits=-7,
        taken_back=7,
        reckoning=Reckoning(
            period=Period(NOON, NOON + HOUR),
            month=None if status is ChangeStatus.PLACED else Period(NOON, NOON + 2 * HOUR),
            unused_minor=10,
            new_minor=5,
            unused_credits=8,
            new_credits=1,
        ),
        ask_at=NOON,
        settled_at=NOON + HOUR,
        failure="the card was declined",
        by_seller=True,
    )
    await _kept(store, change)

    assert await look(store, lambda work: work.plan_changes.find(change.id)) == change


@pytest.mark.parametrize("status", [each for each in ChangeStatus if each in OPEN])
async def test_beside_an_open_change_no_second_one_is_kept(
    store: Store, status: ChangeStatus
) -> None:
    sold = a_subscription()
    first = await _kept(store, a_change(sold, status=status))

    with pytest.raises(ChangeUnderWay):
        await _kept(store, a_change(sold))

    assert await look(store, lambda work: work.plan_changes.open_of(sold.id)) == first


async def test_of_two_kept_at_the_same_time_one_is_there(store: Store) -> None:
    sold = a_subscription()
    both = [a_change(sold), a_change(sold)]

    kept = await outcomes(*(_kept(store, each) for each in both))

    assert sorted(type(each).__name__ for each in kept) == ["Change", "ChangeUnderWay"]


async def test_a_change_that_is_over_makes_room(store: Store) -> None:
    sold = a_subscription()
    first = await _kept(store, a_change(sold))
    over = first.become(ChangeStatus.WITHDRAWN, NOON)
    await commit(store, lambda work: work.plan_changes.save(over))
    second = await _kept(store, a_change(sold))

    found = await look(store, lambda work: work.plan_changes.of_subscription(sold.id, 10))
    assert list(found) == [second, over]
    assert await look(store, lambda work: work.plan_changes.open_of(sold.id)) == second


async def test_what_is_to_be_asked_is_found_the_longest_due_first(store: Store) -> None:
    later = await _kept(store, a_change(a_subscription(), ask_at=NOON))
    sooner = await _kept(store, a_change(a_subscription(), ask_at=NOON - HOUR))
    await _kept(store, a_change(a_subscription(), ask_at=NOON + HOUR))
    await _kept(store, a_change(a_subscription()))
    over = a_change(a_subscription(), status=ChangeStatus.APPLIED, ask_at=NOON - HOUR)
    await _kept(store, evolve(over))

    found = await look(store, lambda work: work.plan_changes.to_ask_about(NOON, 10))

    assert list(found) == [sooner.id, later.id]


def _version(plan: Plan, number: int) -> PlanVersion:
    return PlanVersion(plan=plan, number=number, published_at=NOON, published_by="admin-1")


async def _published(store: Store, version: PlanVersion) -> None:
    await commit(store, lambda work: work.plan_versions.add(version))


async def test_versions_of_a_plan_are_kept_whole_and_come_newest_first(store: Store) -> None:
    items = (ProviderItem(Channel("stripe"), Interval.YEARLY, "price_1"),)
    plan, other = a_plan(items=items), a_plan()
    kept = [_version(evolve(plan, name=f"Pro {n}", features=("Fast",)), n) for n in range(1, 4)]
    for version in (*kept, _version(other, 1)):
        await _published(store, version)

    first = await look(store, lambda work: work.plan_versions.page(plan.id, PageRequest(limit=2)))
    rest = PageRequest(limit=2, after=first.next)
    second = await look(store, lambda work: work.plan_versions.page(plan.id, rest))

    assert [*first.items, *second.items] == list(reversed(kept))
    assert second.next is None
    assert await look(store, lambda work: work.plan_versions.latest(plan.id)) == kept[-1]
    assert await look(store, lambda work: work.plan_versions.latest(a_plan().id)) is None


async def test_a_version_is_never_written_over(store: Store) -> None:
    version = _version(a_plan(), 1)
    await _published(store, version)

    with pytest.raises(WriteRefused):
        await _published(store, version)


async def test_the_newest_number_of_each_plan_is_read_at_once(store: Store) -> None:
    edited, once, never = a_plan(), a_plan(), a_plan()

    async def publish(work: UnitOfWork) -> None:
        for plan, number in ((edited, 1), (edited, 2), (once, 1)):
            version = PlanVersion(plan=plan, number=number, published_at=NOON, published_by="me")
            await work.plan_versions.add(version)

    await commit(store, publish)
    asked = [edited.id, once.id, never.id]

    numbers = await look(store, lambda work: work.plan_versions.newest_numbers(asked))

    assert numbers == {edited.id: 2, once.id: 1}
    assert await look(store, lambda work: work.plan_versions.newest_numbers([])) == {}
