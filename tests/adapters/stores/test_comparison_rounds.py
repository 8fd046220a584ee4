"""How far providers have been compared, as every store keeps it; and what a round asks for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from attrs import evolve

from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.payments.comparison_round import ComparisonRound, Part, Track
from domain.payments.ids import Channel
from domain.payments.reconciliation import Drift
from domain.subscriptions.change import ChangeStatus
from domain.subscriptions.subscription import Subscription
from tests.adapters.stores.steps import commit, look, look_behind, outcomes
from tests.support.builders.plan_changes import a_change
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

STRIPE, CREEM = Channel("stripe"), Channel("creem")
ROUND = ComparisonRound.first(STRIPE, Track.STANDING, NOON - timedelta(days=7), NOON)
NEWS = ComparisonRound.first(STRIPE, Track.NEWS, NOON - timedelta(days=7), NOON)
HOUR = timedelta(hours=1)


async def test_a_round_comes_back_as_it_was_kept(store: Store) -> None:
    full = evolve(
        ROUND,
        part=Part.LISTED,
        after="sub_☕",
        compared=2**40,
        mended=1,
        open=2,
        needs_person=3,
        drift=(Drift(channel=STRIPE, about="sub_1", problem="a price that no plan has"),),
        is_unread=True,
        compared_at=NOON + HOUR,
        compared_drift=4,
        claim="claim-1",
        claimed_until=NOON + 2 * HOUR,
        ended_at=NOON + 3 * HOUR,
    )

    assert await commit(store, lambda work: work.comparison_rounds.begin(ROUND))
    assert await commit(store, lambda work: work.comparison_rounds.begin(NEWS))
    await commit(store, lambda work: work.comparison_rounds.save(full))

    kept = await look(store, lambda work: work.comparison_rounds.find(STRIPE, Track.STANDING))
    assert kept == full
    other = await look(store, lambda work: work.comparison_rounds.find(STRIPE, Track.NEWS))
    assert other == NEWS
    assert await look(store, lambda work: work.comparison_rounds.find(CREEM, Track.NEWS)) is None


async def test_of_two_that_begin_the_same_round_one_does(store: Store) -> None:
    async def begin() -> bool:
        return await commit(store, lambda work: work.comparison_rounds.begin(ROUND))

    assert sorted(map(str, await outcomes(begin(), begin()))) == ["False", "True"]


async def test_whoever_takes_a_round_waits_for_who_has_taken_it(store: Store) -> None:
    await commit(store, lambda work: work.comparison_rounds.begin(ROUND))
    claimed = ROUND.claimed("first", NOON)

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.comparison_rounds.take(STRIPE, Track.STANDING)
        return lambda: work.comparison_rounds.save(claimed)

    seen = await look_behind(
        store, take, lambda work: work.comparison_rounds.take(STRIPE, Track.STANDING)
    )

    assert seen == claimed


def _sold(number: int) -> Subscription:
    return a_subscription(
        account_id=AccountId(f"user-{number}"),
        channel=STRIPE,
        provider_subscription_id=f"sub_{number}",
    )


async def test_those_of_which_nothing_was_heard_since_are_found(store: Store) -> None:
    never, long_ago, just_then = (_sold(number) for number in range(3))
    long_ago = evolve(long_ago, reported_at=NOON - HOUR)
    just_then = evolve(just_then, reported_at=NOON)

    async def add(work: UnitOfWork) -> None:
        for each in (never, long_ago, just_then):
            await work.subscriptions.add(each)

    await commit(store, add)

    found = await look(
        store, lambda work: work.subscriptions.live_at_provider(STRIPE, None, 10, NOON)
    )
    assert list(found) == [never, long_ago]


async def test_live_ones_and_their_open_changes_are_found_by_what_a_list_names(
    store: Store,
) -> None:
    first, second, third = (_sold(number) for number in range(3))
    over = evolve(third, channel=CREEM)
    waiting = a_change(first, status=ChangeStatus.SCHEDULED, ask_at=NOON)
    done = a_change(second, status=ChangeStatus.APPLIED)

    async def add(work: UnitOfWork) -> None:
        for each in (first, second, over):
            await work.subscriptions.add(each)
        await work.plan_changes.add(waiting)
        await work.plan_changes.add(done)

    await commit(store, add)

    named = ["sub_0", "sub_1", "sub_2", "sub_of_others"]
    found = await look(store, lambda work: work.subscriptions.live_among(STRIPE, named))
    changes = await look(
        store, lambda work: work.plan_changes.open_among([first.id, second.id, over.id])
    )
    assert sorted(found, key=lambda each: each.id) == [first, second]
    assert list(changes) == [waiting]
