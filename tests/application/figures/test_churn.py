"""Churn: who of those that paid when the days began has left, counted as time goes by."""

import asyncio
from datetime import timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.figures.steps.churn import Lost, churn_of
from application.ports.figures import Measure
from domain.credits.ids import AccountId
from domain.period import Interval
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from tests.adapters.stores.steps import commit
from tests.application.figures.test_figures import World, adding_subscription
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON

TODAY_BEGAN = NOON.replace(hour=0)
ENDS = (SubscriptionStatus.CANCELED, SubscriptionStatus.EXPIRED)

LIVES = st.lists(
    st.tuples(
        st.integers(0, 100),
        st.none() | st.integers(0, 100),
        st.integers(0, 5000),
        st.sampled_from(list(Interval)),
        st.sampled_from(["USD", "EUR"]),
    ),
    max_size=12,
)


def life(
    number: int, began: int, lasted: int | None, price: int, interval: Interval, currency: str
) -> Subscription:
    """Return a subscription that began so many days ago, and ended after so many or goes on."""
    begun_at = NOON - timedelta(days=began)
    has_ended = lasted is not None and lasted <= began
    sold = a_subscription(
        account_id=AccountId(f"user-{number}"),
        interval=interval,
        start_at=begun_at,
        provider_subscription_id=f"sub_{number}",
        status=ENDS[number % 2] if has_ended else SubscriptionStatus.ACTIVE,
    )
    ended_at = begun_at + timedelta(days=lasted or 0) if has_ended else None
    return evolve(sold, price_minor=price, currency=currency, ended_at=ended_at)


async def counted(*lives: Subscription) -> World:
    world = World()
    for sold in lives:
        await commit(world.store, adding_subscription(sold))
    await world.count()
    return world


@settings(max_examples=40, deadline=None)
@given(LIVES)
async def test_churn_is_what_the_lives_say_and_never_more_than_the_whole(
    given_lives: list[tuple[int, int | None, int, Interval, str]],
) -> None:
    lives = [life(number, *each) for number, each in enumerate(given_lives)]
    world = await counted(*lives)

    for days in (30, 90):
        since = TODAY_BEGAN - timedelta(days=days - 1)
        paid = [each for each in lives if each.price_minor > 0 and each.started_at <= since]
        there = [each for each in paid if each.ended_at is None or each.ended_at > since]
        gone = [each for each in there if each.ended_at is not None]
        churn = (await world.overview(days)).churn

        assert churn is not None
        assert churn.subscriptions == Lost(at_start=len(there), lost=len(gone))
        assert [currency for currency, _ in churn.recurring] == sorted(
            {each.currency for each in there}
        )
        for _, lost in churn.recurring:
            assert 0 <= lost.lost <= lost.at_start


async def test_a_yearly_price_counts_for_a_twelfth_in_what_is_lost() -> None:
    monthly = life(1, 40, 20, 1000, Interval.MONTHLY, "USD")
    yearly = life(2, 40, 30, 6000, Interval.YEARLY, "USD")
    staying = life(3, 40, None, 2500, Interval.MONTHLY, "USD")
    world = await counted(monthly, yearly, staying)

    churn = (await world.overview(30)).churn

    assert churn is not None
    assert churn.subscriptions == Lost(at_start=3, lost=2)
    assert churn.recurring == [("USD", Lost(at_start=4000, lost=1500))]
    assert churn.subscriptions.rate_basis_points == 6667
    assert churn.recurring[0][1].rate_basis_points == 3750


async def test_whoever_came_and_went_within_the_days_was_not_there_to_be_lost() -> None:
    world = await counted(life(1, 10, 5, 1000, Interval.MONTHLY, "USD"))

    churn = (await world.overview(30)).churn

    assert churn is not None
    assert churn.subscriptions == Lost(at_start=0, lost=0)
    assert churn.subscriptions.rate_basis_points is None


async def test_when_the_last_subscriber_has_left_nothing_recurs_any_more() -> None:
    sold = life(1, 40, None, 1000, Interval.MONTHLY, "USD")
    world = await counted(sold)
    world.clock.advance(hours=24)

    async with world.store.begin() as work:
        taken = await work.subscriptions.take(sold.id)
        canceled = taken.become(SubscriptionStatus.CANCELED, world.clock())
        await work.subscriptions.save(canceled)
        await work.commit()
    await world.count()
    overview = await world.overview(30)

    assert overview.standing_on == world.clock().date()
    assert overview.standing(Measure.RECURRING) == {}
    assert sum(overview.standing(Measure.SUBSCRIPTIONS).values()) == 0
    assert overview.churn is not None
    assert overview.churn.subscriptions == Lost(at_start=1, lost=1)


def test_before_anything_was_counted_nobody_was_there() -> None:
    assert churn_of((), 30).subscriptions.rate_basis_points is None
    assert Lost(at_start=3, lost=1).rate_basis_points == 3333
    assert Lost(at_start=8, lost=1).rate_basis_points == 1250


async def test_who_was_lost_is_counted_once_an_hour_and_what_recurs_each_time() -> None:
    sold = life(1, 40, None, 1000, Interval.MONTHLY, "USD")
    world = await counted(sold)
    async with world.store.begin() as work:
        taken = await work.subscriptions.take(sold.id)
        await work.subscriptions.save(taken.become(SubscriptionStatus.CANCELED, world.clock()))
        await work.commit()

    seen = []
    for minutes in (59, 1):
        world.clock.advance(minutes=minutes)
        await world.count()
        overview = await world.overview(30)
        assert overview.standing(Measure.RECURRING) == {}
        assert overview.churn is not None
        seen.append(overview.churn.subscriptions)

    assert seen == [Lost(at_start=1, lost=0), Lost(at_start=1, lost=1)]


async def test_counted_by_several_at_once_everybody_is_there_once() -> None:
    world = World()
    await commit(world.store, adding_subscription(life(1, 40, 20, 1000, Interval.MONTHLY, "USD")))

    await asyncio.gather(*(world.count() for _ in range(5)))

    churn = (await world.overview(30)).churn
    assert churn is not None
    assert churn.subscriptions == Lost(at_start=1, lost=1)
