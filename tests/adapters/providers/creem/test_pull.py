"""Going through what Creem knows, since it stops telling what did not arrive."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve

from adapters.providers.creem.pulling import REVERSAL_TIME
from adapters.providers.creem.reading import PAGE_SIZE
from application.ports.provider import Listed
from domain.payments.errors import ProviderUnavailable, WebhookUnreadable
from domain.payments.inbox import InboxEvent
from domain.payments.provider_event import (
    DisputeReported,
    PeriodPaid,
    ProviderEvent,
    ProviderStatus,
    RefundReported,
    SubscriptionReported,
)
from tests.support.clock import NOON
from tests.support.fake_creem.faults import Fault, Faults
from tests.support.fake_creem.world import CreemWorld, a_pack_order, creem_world

BEFORE = NOON - timedelta(days=1)
TRANSACTIONS = "GET /v1/transactions/search"


async def _pulled(world: CreemWorld, since: datetime = BEFORE) -> list[InboxEvent]:
    """Return the events that are pulled, and those that the lists tell beside them."""
    events = [event async for event in world.provider.pull(since)]
    for page in await _listed(world, since):
        events += page.events
    return list({event.event_id: event for event in events}.values())


async def _listed(world: CreemWorld, since: datetime = BEFORE) -> list[Listed]:
    """Return all pages of what is listed."""
    pages = [await world.provider.list_known(since, None)]
    while pages[-1].next is not None:
        pages.append(await world.provider.list_known(since, pages[-1].next))
    return pages


def _later(fact: ProviderEvent) -> str:
    """Return what a fact says that is asked for later: not the price of a period long paid."""
    return repr(evolve(fact, reference=None) if isinstance(fact, PeriodPaid) else fact)


async def _facts(world: CreemWorld, events: list[InboxEvent]) -> list[ProviderEvent]:
    return [fact for event in events for fact in await world.provider.translate(event)]


async def test_what_was_told_and_got_lost_is_found(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    world.books.renew(subscription_id)
    world.books.become(subscription_id, "scheduled_cancel")
    told = [
        fact
        for event in (
            *world.books.told("subscription.paid"),
            *world.books.told("subscription.scheduled_cancel"),
        )
        for fact in await world.taken(event)
    ]

    found = await _facts(world, await _pulled(world))

    assert {_later(fact) for fact in found} == {_later(fact) for fact in told}


async def test_pulling_twice_finds_the_same_events(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    world.books.dispute(next(world.books.transactions_of(subscription_id))["id"])

    first = await _pulled(world)
    world.wall_clock.advance(hours=1)
    second = await _pulled(world)

    assert [each.event_id for each in first] == [each.event_id for each in second]


async def test_pulled_events_lie_in_the_inbox_like_any_other(world: CreemWorld) -> None:
    await world.subscribed()

    events = await _pulled(world)

    transaction_id = next(iter(world.books.transactions))
    assert events[0].event_id == f"pull:{transaction_id}:paid"
    assert [each.type for each in events] == ["pull.transaction", "pull.subscription"]
    assert all(each.received_at == each.next_try_at == NOON for each in events)
    assert len({each.id for each in events}) == len(events)


async def test_every_return_to_a_status_is_a_new_event(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    ids: set[str] = set()

    for status in ("active", "paused", "active", "paused"):
        world.books.clock.advance(hours=1)
        world.books.become(subscription_id, status, told_as="update")
        ids |= {each.event_id for each in await _pulled(world) if each.type == "pull.subscription"}

    assert len(ids) == 4


async def test_money_that_went_back_is_found_long_after_it_came(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    world.books.renew(subscription_id)
    since = NOON + timedelta(days=90)
    quiet = await _pulled(world, since)

    world.books.refund(transaction["id"])
    found = await _facts(world, await _pulled(world, since))

    assert quiet == []
    paid, refunded = found
    assert isinstance(paid, PeriodPaid)
    assert isinstance(refunded, RefundReported)
    assert paid.payment.provider_payment_id == refunded.payment_ids[0] == transaction["id"]


async def test_a_second_part_given_back_is_a_new_event(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    transaction = next(world.books.transactions_of(subscription_id))
    ids = []

    for _ in range(2):
        world.books.refund(transaction["id"], 100)
        ids.append((await _pulled(world))[0].event_id)

    assert ids == [
        f"pull:{transaction['id']}:partially_refunded:100",
        f"pull:{transaction['id']}:partially_refunded:200",
    ]


async def test_a_chargeback_is_found(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    world.books.dispute(next(world.books.transactions_of(subscription_id))["id"])

    found = await _facts(world, await _pulled(world))

    assert [type(each) for each in found] == [PeriodPaid, DisputeReported, SubscriptionReported]


async def test_of_a_pack_only_what_goes_back_is_found(world: CreemWorld) -> None:
    await world.sold(a_pack_order(), world.books.add_product())
    paid = await _facts(world, await _pulled(world))

    world.books.refund(next(iter(world.books.transactions)))
    refunded = await _facts(world, await _pulled(world))

    assert paid == []
    assert [type(each) for each in refunded] == [RefundReported]


@pytest.mark.parametrize("status", ["pending", "uncollectible", "declined", "canceled", "void"])
async def test_a_transaction_that_brought_no_money_means_nothing(
    world: CreemWorld, status: str
) -> None:
    await world.subscribed()
    transaction = next(iter(world.books.transactions.values()))
    transaction["status"] = status

    event = (await _pulled(world))[0]

    assert await world.provider.translate(event) == ()


async def test_all_pages_are_walked(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    for _ in range(2 * PAGE_SIZE):
        world.books.renew(subscription_id)

    events = await _pulled(world)

    assert len([each for each in events if each.type == "pull.transaction"]) == 2 * PAGE_SIZE + 1


async def test_what_lies_too_far_back_to_be_returned_is_not_walked(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    for _ in range(2 * PAGE_SIZE):
        world.books.renew(subscription_id)
    late = NOON + REVERSAL_TIME + timedelta(days=1)

    await _listed(world, late)

    walked = [each for each in world.fake.calls if each.route == TRANSACTIONS]
    assert len(walked) == 1


async def test_in_no_known_order_everything_is_walked(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    for _ in range(PAGE_SIZE):
        world.books.renew(subscription_id)
        world.books.clock.advance(hours=1)
    oldest_first = dict(reversed(world.books.transactions.items()))
    world.books.transactions.clear()
    world.books.transactions |= oldest_first

    await _listed(world, NOON + REVERSAL_TIME + timedelta(days=30))

    walked = [each for each in world.fake.calls if each.route == TRANSACTIONS]
    assert len(walked) == 2


async def test_a_status_unknown_to_us_does_not_hold_up_what_is_known() -> None:
    async with creem_world() as world:
        await world.subscribed()
        await world.sold(a_pack_order(), world.books.add_product())
        first = next(iter(world.books.transactions.values()))
        first["status"] = "teleported"
        last_payment = next(iter(world.books.subscriptions.values()))
        last_payment["last_transaction"] = first | {"status": "paid"}

        events = await _pulled(world)
        # That the fake says a word the official library does not know is this test's doing.
        world.fake.violations.clear()

        assert [each.type for each in events].count("pull.transaction") == 2
        odd = next(each for each in events if each.event_id.endswith(":unknown"))
        with pytest.raises(WebhookUnreadable):
            await world.provider.translate(odd)


async def test_a_pull_that_breaks_off_says_so() -> None:
    faults = Faults()
    async with creem_world(faults=faults.middleware) as world:
        subscription_id = await world.subscribed()
        for _ in range(PAGE_SIZE):
            world.books.renew(subscription_id)
        faults.script(TRANSACTIONS, None, Fault.ERROR, Fault.ERROR)

        with pytest.raises(ProviderUnavailable):
            await _pulled(world)


async def test_a_pulled_event_of_an_ended_subscription_ends_it(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    world.books.become(subscription_id, "canceled")

    (reported,) = [
        fact
        for fact in await _facts(world, await _pulled(world))
        if isinstance(fact, SubscriptionReported)
    ]

    assert reported.status is ProviderStatus.CANCELED
    assert evolve(reported, as_of=NOON) == evolve(
        await world.provider.read_subscription(subscription_id), as_of=NOON
    )


async def test_only_what_was_paid_since_is_pulled_and_all_else_listed(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    for _ in range(3 * PAGE_SIZE):
        world.books.renew(subscription_id)
    world.books.clock.advance(hours=1)
    world.books.renew(subscription_id)
    since = NOON + timedelta(minutes=30)

    pulled = [event.type async for event in world.provider.pull(since)]

    assert pulled == ["pull.transaction"]
    assert [each.route for each in world.fake.calls if each.route == TRANSACTIONS] == [TRANSACTIONS]


async def test_what_went_back_of_a_pack_is_told_by_the_list_alone(world: CreemWorld) -> None:
    """Whoever reads the list has read the checkouts before, which tell whose payment it was."""
    await world.sold(a_pack_order(), world.books.add_product())
    transaction_id = next(iter(world.books.transactions))
    world.books.refund(transaction_id)

    pulled = [event async for event in world.provider.pull(BEFORE)]
    listed = [event.event_id for page in await _listed(world) for event in page.events]

    assert pulled == []
    assert listed == [f"pull:{transaction_id}:refunded:1000"]


async def test_how_subscriptions_stand_is_listed_as_it_is_read(world: CreemWorld) -> None:
    first, second = await world.subscribed(), await world.subscribed(price=2000)
    world.books.become(second, "paused")

    reports = [each for page in await _listed(world) for each in page.reports]

    assert reports == [await world.provider.read_subscription(each) for each in (first, second)]


async def test_one_that_makes_no_sense_is_left_out_of_the_list(world: CreemWorld) -> None:
    first, second = await world.subscribed(), await world.subscribed()
    world.books.subscriptions[first]["status"] = "teleported"

    reports = [each for page in await _listed(world) for each in page.reports]
    # That the fake says a word the official library does not know is this test's doing.
    world.fake.violations.clear()

    assert [each.provider_subscription_id for each in reports] == [second]


async def test_a_list_is_gone_on_with_from_any_position(world: CreemWorld) -> None:
    subscription_id = await world.subscribed()
    for _ in range(2 * PAGE_SIZE):
        world.books.renew(subscription_id)

    pages = await _listed(world)

    assert [each.next for each in pages] == [
        "transactions:2",
        "transactions:3",
        "subscriptions:1",
        None,
    ]
    again = await world.provider.list_known(BEFORE, "subscriptions:1")
    assert again.reports == pages[-1].reports
