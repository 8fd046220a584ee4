"""Changes of plan, as every store keeps them."""

from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.store import Store
from domain.subscriptions.change import OPEN, Change, ChangeStatus
from domain.subscriptions.change_errors import ChangeUnderWay
from tests.adapters.stores.steps import commit, look, outcomes
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_subscription
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
        ask_at=NOON,
        settled_at=NOON + HOUR,
        failure="the card was declined",
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
