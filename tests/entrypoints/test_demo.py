"""The demo world: the same for everybody on a day, whole, and built only once."""

from datetime import UTC, date, datetime, time
from itertools import pairwise

import pytest

from application.credits.list_transactions import SearchTransactions
from application.credits.verify_ledger import VerifyLedger
from application.payments.list_orders import SearchOrders
from application.ports.credits import TransactionFilter
from application.ports.paging import LIMIT_MAX, PageRequest
from application.ports.payments import OrderFilter
from application.ports.store import Store
from application.promotions.read_check_in import ReadCheckIn
from application.subscriptions.read_subscription import ReadSubscription
from domain.credits.transaction import Transaction
from domain.payments.order import Order
from entrypoints.container import Container
from entrypoints.demo.assembly import build_demo
from entrypoints.demo.lives import account_named
from entrypoints.environment import SettingsError
from entrypoints.settings import Settings, load_settings

TODAY = date(2026, 1, 12)

VARIABLES = {
    "BILLING_DATABASE_URL": "memory://",
    "BILLING_MODE": "test",
    "BILLING_CHANNELS": "sandbox",
    "BILLING_SANDBOX_WEBHOOK_SECRET": "a secret that only this test knows",
    "BILLING_RETURN_ORIGINS": "http://localhost:3000",
}


class PowerCut(Exception):
    """The process ends in the middle."""


def settings(**changed: str) -> Settings:
    return load_settings({**VARIABLES, **changed})


def a_container() -> Container:
    return Container(settings=settings())


async def build(container: Container, customers: int = 25, cut_off_on_day: int = 0) -> bool:
    """Build the world in the container's store, and say whether it is new."""

    def progress(day: int, days: int) -> None:
        if day == cut_off_on_day:
            raise PowerCut

    store: Store = container.store()
    _, is_new = await build_demo(container.settings(), store, TODAY, progress, customers)
    return is_new


async def lines_of(container: Container) -> list[Transaction]:
    lines: list[Transaction] = []
    after: str | None = None
    while True:
        page = await container.search_transactions()(
            SearchTransactions(
                where=TransactionFilter(), page=PageRequest(limit=LIMIT_MAX, after=after)
            )
        )
        lines += page.items
        after = page.next
        if after is None:
            return lines


async def orders_of(container: Container) -> list[Order]:
    page = await container.search_orders()(
        SearchOrders(where=OrderFilter(), page=PageRequest(limit=LIMIT_MAX))
    )
    return list(page.items)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"BILLING_MODE": "live", "BILLING_CHANNELS": ""}, "BILLING_MODE"),
        ({"BILLING_CHANNELS": ""}, "BILLING_CHANNELS"),
        ({"BILLING_RETURN_ORIGINS": ""}, "BILLING_RETURN_ORIGINS"),
    ],
)
async def test_where_a_demo_world_has_no_place_none_is_built(
    changed: dict[str, str], named: str
) -> None:
    container = a_container()
    wrong = settings(**changed)

    with pytest.raises(SettingsError) as refused:
        await build_demo(wrong, container.store(), TODAY, lambda *_: None, 3)

    assert refused.value.name == named
    assert await lines_of(container) == []


async def test_a_demo_world_is_proved_to_its_last_line() -> None:
    container = a_container()
    await build(container)

    found = await container.verify_ledger()(VerifyLedger())

    assert found.breaches == []
    assert found.lines > 200


async def test_a_demo_world_shows_every_kind_of_line() -> None:
    container = a_container()
    await build(container, customers=100)

    types = {line.type for line in await lines_of(container)}

    bought = {"subscription", "purchase", "coupon"}
    given = {"check_in", "manual"}
    used = {"ai_usage", "image_generation", "transcription", "expiration"}
    assert types == bought | given | used


async def test_a_demo_world_ends_on_the_day_it_is_built_for() -> None:
    container = a_container()
    await build(container)

    days = {line.at.date() for line in await lines_of(container)}

    assert min(days) == date(2025, 10, 14)
    assert max(days) <= TODAY
    assert len(days) > 80


async def test_the_lines_of_every_demo_account_go_forward_in_time() -> None:
    container = a_container()
    await build(container)

    lines = sorted(await lines_of(container), key=lambda line: (line.account_id, line.seq))

    assert all(
        earlier.at <= later.at
        for earlier, later in pairwise(lines)
        if earlier.account_id == later.account_id
    )


async def test_the_orders_of_a_demo_world_are_kept_in_the_order_of_their_time() -> None:
    container = a_container()
    await build(container, customers=100)

    newest_first = [order.created_at for order in await orders_of(container)]

    assert newest_first == sorted(newest_first, reverse=True)


async def test_most_credits_of_a_demo_world_are_spent_before_they_lapse() -> None:
    container = a_container()
    await build(container, customers=100)

    moved = {"given": 0, "expiration": 0}
    for line in await lines_of(container):
        moved["given"] += max(line.signed, 0)
        moved["expiration"] += line.amount if line.type == "expiration" else 0

    assert moved["expiration"] < moved["given"] // 4


async def test_a_demo_world_is_the_same_for_everybody_on_a_day() -> None:
    one, other = a_container(), a_container()
    await build(one)
    await build(other)

    assert [line.hash for line in await lines_of(one)] == [
        line.hash for line in await lines_of(other)
    ]
    assert [order.id for order in await orders_of(one)] == [
        order.id for order in await orders_of(other)
    ]


async def test_building_a_demo_world_twice_changes_nothing() -> None:
    container = a_container()
    assert await build(container)
    before = await lines_of(container), await orders_of(container)

    is_new = await build(container, customers=50)

    assert not is_new
    assert (await lines_of(container), await orders_of(container)) == before


async def test_a_demo_world_that_was_cut_off_is_taken_up_where_it_was() -> None:
    container = a_container()
    with pytest.raises(PowerCut):
        await build(container, cut_off_on_day=45)
    lived = {line.id for line in await lines_of(container)}

    assert await build(container)

    after = await lines_of(container)
    assert lived < {line.id for line in after}
    assert (await container.verify_ledger()(VerifyLedger())).breaches == []
    whole = a_container()
    await build(whole)
    assert len(await orders_of(container)) == len(await orders_of(whole))


async def test_the_first_customer_has_a_plan_and_may_check_in_today() -> None:
    container = a_container()
    await build(container)
    account_id = account_named(1)
    container.clock.override(lambda: datetime.combine(TODAY, time(9), tzinfo=UTC))

    subscription = await container.read_subscription()(ReadSubscription(account_id=account_id))
    check_in = await container.read_check_in()(ReadCheckIn(account_id=account_id))

    assert subscription is not None
    assert subscription.subscription.plan_name == "Pro"
    assert subscription.subscription.is_live
    assert check_in.is_enabled
    assert check_in.standing.is_open
    assert check_in.standing.streak == 12
