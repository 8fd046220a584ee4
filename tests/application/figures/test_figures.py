"""What the figures say agrees with the wallets, whenever and however often they are counted."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.stores.memory.store import MemoryStore
from application.figures.count_figures import CountFigures, CountingFigures
from application.figures.read_overview import Overview, ReadingOverview, ReadOverview
from application.figures.steps.tallies import LEDGER
from application.ports.figures import Measure
from application.ports.unit_of_work import UnitOfWork
from domain.credits.grant import Category, GrantSource
from domain.credits.ids import AccountId
from domain.payments.order import Order, OrderStatus
from domain.period import Interval
from domain.subscriptions.subscription import Subscription
from tests.adapters.stores.steps import commit, load, look, write
from tests.support.builders.credits import SOMEBODY, grant_terms, granted, spent
from tests.support.builders.payments import an_order, an_order_line
from tests.support.builders.subscriptions import a_subscription
from tests.support.clock import NOON, SettableClock, fresh_id

PEOPLE = (AccountId("a"), AccountId("b"))


class World:
    """A store, and the two use cases on clocks that tests move."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = SettableClock()
        self.wall_clock = SettableClock()
        self.counting = CountingFigures(
            begin=self.store.begin,
            read=self.store.read,
            clock=self.clock,
            wall_clock=self.wall_clock,
        )
        self.reading = ReadingOverview(read=self.store.read, clock=self.clock)

    async def count(self, lines_max: int = 1000) -> int:
        return (await self.counting(CountFigures(lines_max=lines_max))).lines

    async def overview(self, days: int = 30) -> Overview:
        return await self.reading(ReadOverview(days=days))


def adding_order(order: Order) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.orders.add(order)


def adding_subscription(sold: Subscription) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.subscriptions.add(sold)


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["purchase", "check_in", "spend", "expiring", "wait", "count"]),
        st.integers(1, 500),
    ),
    max_size=25,
)


async def do(world: World, account_id: AccountId, deed: str, amount: int) -> None:
    now = world.clock.now
    wallet = await load(world.store, account_id)
    if deed == "purchase":
        await write(world.store, granted(wallet, grant_terms(amount=amount), now=now))
    elif deed == "check_in":
        terms = grant_terms(amount=amount, source=GrantSource.CHECK_IN)
        await write(world.store, granted(wallet, terms, now=now))
    elif deed == "expiring":
        ends = now + timedelta(hours=amount)
        await write(world.store, granted(wallet, grant_terms(expires_at=ends), now=now))
    elif deed == "spend" and wallet.available(now) >= amount:
        await write(world.store, spent(wallet, amount, now=now))
    elif deed == "wait":
        world.clock.advance(hours=amount % 60)
        settled = wallet.settle(world.clock.now, fresh_id)
        if settled.transactions:
            await write(world.store, settled)
    elif deed == "count":
        await world.count(lines_max=amount % 4 + 1)


async def posted(world: World) -> int:
    wallets = [await load(world.store, account_id) for account_id in PEOPLE]
    return sum(wallet.posted for wallet in wallets)


@settings(max_examples=60, deadline=None)
@given(DEEDS)
async def test_what_is_outstanding_is_what_the_wallets_hold_whenever_it_is_counted(
    deeds: list[tuple[AccountId, str, int]],
) -> None:
    world = World()
    for account_id, deed, amount in deeds:
        await do(world, account_id, deed, amount)

    before = await world.overview(365)
    while await world.count(lines_max=3):
        pass
    after = await world.overview(365)

    assert before.outstanding_paid + before.outstanding_free == await posted(world)
    assert before.is_complete
    for measure in (Measure.ISSUED, Measure.SPENT, Measure.EXPIRED, Measure.CHECK_INS):
        assert before.by_part(measure) == after.by_part(measure)
        assert before.by_day(measure) == after.by_day(measure)
    assert dict(before.outstanding) == dict(after.outstanding)
    flows = [before.total(measure) for measure in (Measure.SPENT, Measure.EXPIRED)]
    assert before.total(Measure.ISSUED) - sum(flows) == await posted(world)


async def test_free_and_paid_credits_are_told_apart_down_to_what_was_spent() -> None:
    world = World()
    bought = granted(await load(world.store, SOMEBODY), grant_terms(amount=100))
    earned = granted(bought.wallet, grant_terms(amount=10, source=GrantSource.CHECK_IN, priority=1))
    await write(world.store, bought.then(earned).then(spent(earned.wallet, 25)))

    overview = await world.overview()

    assert (overview.outstanding_paid, overview.outstanding_free) == (85, 0)
    assert overview.by_part(Measure.SPENT) == {
        Category.EARNED.value: 10,
        Category.PAID.value: 15,
    }
    assert overview.total(Measure.CHECK_INS) == 1


async def test_a_line_that_may_still_have_elders_on_their_way_is_left_for_later() -> None:
    world = World()
    await write(world.store, granted(await load(world.store, SOMEBODY)))
    line = (await look(world.store, lambda work: work.figures.lines(None, None, 1)))[0]
    made_at = int(line.id.replace("-", "")[:12], 16) / 1000

    world.wall_clock.now = datetime.fromtimestamp(made_at, UTC) + timedelta(seconds=119)
    too_early = await world.count()
    world.wall_clock.advance(seconds=2)
    in_time = await world.count()

    assert (too_early, in_time) == (0, 1)
    assert await look(world.store, lambda work: work.figures.mark(LEDGER)) == line.id


async def test_orders_count_on_the_day_they_were_paid_and_once() -> None:
    world = World()
    for days_ago in (40, 3, 1, 0):
        paid_at = NOON - timedelta(days=days_ago)
        order = an_order(
            status=OrderStatus.PAID,
            paid_at=paid_at,
            line=an_order_line(price_minor=100 + days_ago),
        )
        await commit(world.store, adding_order(order))
    incomplete = await world.overview()

    for _ in range(3):
        await world.count()
    overview = await world.overview()

    assert not incomplete.is_complete
    assert overview.is_complete
    assert overview.by_part(Measure.REVENUE) == {"USD": 103 + 101 + 100}
    assert overview.by_day(Measure.ORDERS)[-4:] == [1, 0, 1, 1]
    assert (await world.overview(90)).total(Measure.ORDERS) == 4


async def test_recurring_revenue_counts_a_twelfth_of_a_year_rounded_down() -> None:
    world = World()
    for number, interval in enumerate((Interval.MONTHLY, Interval.YEARLY, Interval.YEARLY)):
        sold = a_subscription(
            account_id=AccountId(f"user-{number}"),
            interval=interval,
            provider_subscription_id=f"sub_{number}",
        )
        await commit(world.store, adding_subscription(sold))
    assert (await world.overview()).standing_on is None

    await world.count()
    await world.count()
    overview = await world.overview()

    assert overview.standing(Measure.RECURRING) == {"USD": 990 + (990 + 990) // 12}
    assert overview.standing(Measure.SUBSCRIPTIONS) == {"USD": 3}
    assert overview.standing_on == NOON.date()


async def test_a_ledger_that_runs_ahead_of_the_count_is_said_to() -> None:
    world = World()
    wallet = granted(await load(world.store, SOMEBODY), grant_terms(amount=10_000))
    await write(world.store, wallet)
    for _ in range(21):
        posting = spent(await load(world.store, SOMEBODY))
        for _ in range(99):
            posting = posting.then(spent(posting.wallet))
        await write(world.store, posting)

    behind = await world.overview()
    while await world.count():
        pass
    caught_up = await world.overview()

    assert (behind.is_complete, caught_up.is_complete) == (False, True)
    assert caught_up.total(Measure.SPENT) == 2100


async def test_whoever_is_a_year_behind_is_told_so_until_it_is_counted() -> None:
    world = World()
    paid_at = NOON - timedelta(days=80)
    await commit(world.store, adding_order(an_order(status=OrderStatus.PAID, paid_at=paid_at)))

    rounds = [await world.counting(CountFigures(lines_max=10)) for _ in range(4)]

    assert [counted.days for counted in rounds] == [31, 31, 18, 0]
    assert [counted.is_behind for counted in rounds] == [True, True, False, False]
