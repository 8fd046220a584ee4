"""What is told of credits: each event by its published schema, and all of them by the ledger."""

import ast
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve

import application
from application.credits.adjust_credits import AdjustCredits, AdjustingCredits
from application.credits.sweep_expired import SweepExpired, SweepingExpired
from application.ports.events import EventFilter
from application.ports.store import Store
from application.promotions.check_in import CheckingIn, CheckInToday
from application.wallets.credit_events import events_of
from application.wallets.group_commit import StoreSilent
from domain.credits.grant import Rollover
from domain.credits.ids import AccountId
from domain.credits.low_balance import Threshold
from domain.credits.posting import Posting
from domain.credits.transaction import EXPIRATION, Transaction
from domain.credits.wallet import Wallet
from tests.application.commit_world import World
from tests.application.payments.going_back import refunded
from tests.application.scripted_ledger import Give, Take, Trouble, give, take
from tests.application.shop import ADMIN, Shop, paid
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_key,
    a_text,
    a_wallet,
    grant_terms,
    granted,
    held,
    spent,
)
from tests.support.builders.promotions import some_rules
from tests.support.builders.subscriptions import a_pack
from tests.support.clock import NOON, CountedIds, fresh_id
from tests.support.event_schemas import checked

HOUR = timedelta(hours=1)
ACCOUNTS = [AccountId(f"account-{number}") for number in range(3)]
LOW_AT_10 = (Threshold(amount=10),)


async def told(store: Store, account_id: AccountId = SOMEBODY) -> Sequence[dict[str, Any]]:
    """Return what was ever told of an account's credits, oldest first, each by its schema."""
    async with store.read() as work:
        where = EventFilter(account_id=account_id)
        events = await work.outbox.oldest(where, None, 100_000)
    said = [checked(event.payload) for event in events]
    return [each for each in said if each["type"].startswith("credits.")]


def of(before: Wallet, posting: Posting) -> Sequence[dict[str, Any]]:
    """Return what a posting tells, each event by its schema."""
    return [checked(each.payload) for each in events_of(before, posting, NOON, CountedIds())]


def kinds(said: Sequence[dict[str, Any]]) -> list[str]:
    return [each["type"].removeprefix("credits.") for each in said]


# What one change tells.


def test_a_lot_that_comes_in_is_told_with_what_there_is_then() -> None:
    before = a_wallet(balance=20)
    posting = granted(before, grant_terms(amount=50, expires_at=NOON + HOUR))

    (event,) = of(before, posting)

    assert event["type"] == "credits.granted"
    assert event["data"] == {
        "balance": 70,
        "available": 70,
        "grant_id": posting.grants[0].id,
        "amount": 50,
        "source": "purchase",
        "is_rollover": False,
        "expires_at": "2026-01-12T13:00:00Z",
    }


def test_a_lot_that_fills_a_hole_is_told_whole() -> None:
    before = evolve(a_wallet(), overdrawn=30, posted=-30)

    (event,) = of(before, granted(before, grant_terms(amount=10)))

    assert event["data"]["amount"] == 10
    assert (event["data"]["balance"], event["data"]["available"]) == (-20, 0)


def test_a_lot_that_begins_later_is_told_when_it_begins() -> None:
    later = NOON + HOUR
    empty = a_wallet()
    posting = granted(empty, grant_terms(effective_at=later))

    assert of(empty, posting) == []
    begun = posting.wallet.settle(later, fresh_id)
    (event,) = events_of(posting.wallet, begun, later, CountedIds())
    assert (event.type.value, event.at) == ("credits.granted", later)


@pytest.mark.parametrize(("is_frozen", "kind"), [(True, "frozen"), (False, "unfrozen")])
def test_a_freeze_and_its_end_are_told_however_much_is_left(is_frozen: bool, kind: str) -> None:
    before = evolve(a_wallet(balance=100), is_frozen=not is_frozen)

    (event,) = of(before, Posting(wallet=evolve(before, is_frozen=is_frozen)))

    assert event["type"] == f"account.{kind}"
    assert event["data"] == {"balance": 100, "available": 100}


def test_a_spend_that_leaves_something_tells_nothing_and_makes_no_id() -> None:
    before, ids = a_wallet(balance=100), CountedIds()

    assert events_of(before, spent(before, 99), NOON, ids) == ()
    assert events_of(before, held(before, 99), NOON, ids) == ()
    assert ids.count == 0


@pytest.mark.parametrize("use", [spent, held])
def test_whoever_takes_the_last_of_what_is_available_exhausts_the_account(use: Any) -> None:
    before = a_wallet(balance=100)

    (event,) = of(before, use(before, 100))

    assert (event["type"], event["data"]["available"]) == ("credits.exhausted", 0)


def test_an_account_that_has_nothing_is_not_exhausted_once_more() -> None:
    empty = evolve(a_wallet(balance=10), overdraft_max=None)
    first = spent(empty, 15)

    assert kinds(of(empty, first)) == ["exhausted"]
    assert of(first.wallet, spent(first.wallet, 5)) == []
    all_held = held(a_wallet(balance=10), 10, id="hold-1").wallet
    captured = all_held.capture(all_held.holds[0].id, 10, text=a_text(), now=NOON, new_id=fresh_id)
    assert of(all_held, captured) == []


def test_a_lot_that_expires_is_told_with_what_of_it_lives_on() -> None:
    later = NOON + HOUR
    rollover = Rollover(most=30, until=later + HOUR)
    terms = evolve(grant_terms(amount=100, expires_at=later), rollover=rollover)
    posting = granted(a_wallet(), terms)
    before = spent(posting.wallet, 20).wallet

    settled = before.settle(later, fresh_id)
    said = [checked(each.payload) for each in events_of(before, settled, later, CountedIds())]

    assert kinds(said) == ["expired", "granted"]
    expired, heir = (each["data"] for each in said)
    assert (expired["grant_id"], expired["amount"]) == (posting.grants[0].id, 80)
    assert (expired["rolled_over"], heir["amount"], heir["is_rollover"]) == (30, 30, True)
    assert expired["available"] == heir["available"] == 30


def test_a_lot_whose_time_was_over_exhausts_nothing_when_that_is_posted() -> None:
    later = NOON + HOUR
    before = granted(a_wallet(), grant_terms(amount=10, expires_at=later)).wallet

    settled = before.settle(later, fresh_id)

    (event,) = events_of(before, settled, later, CountedIds())
    said = checked(event.payload)
    assert (said["type"], said["data"]["rolled_over"]) == ("credits.expired", 0)
    assert (said["data"]["balance"], said["data"]["available"]) == (0, 0)


def test_a_lot_that_is_voided_has_not_expired() -> None:
    before = a_wallet(balance=10)
    voided = before.void(before.grants[0].id, text=a_text(), now=NOON, new_id=fresh_id)

    assert kinds(of(before, voided)) == ["exhausted"]


def test_a_threshold_that_is_undercut_is_told_once_before_the_account_is_exhausted() -> None:
    thresholds = (Threshold(amount=60), Threshold(percent=20))
    wallet = a_wallet(balance=100).watching(thresholds, NOON)

    first = spent(wallet, 50)
    (low,) = of(wallet, first)
    rest = of(first.wallet, spent(first.wallet, 50))

    assert low["type"] == "credits.low"
    assert low["data"] == {
        "balance": 50,
        "available": 50,
        "level": 60,
        "threshold": {"amount": 60},
    }
    assert kinds(rest) == ["low", "exhausted"]
    assert (rest[0]["data"]["level"], rest[0]["data"]["threshold"]) == (20, {"percent": 20})


# Through the group commit.


async def watch(world: World, account_id: AccountId = SOMEBODY) -> None:
    """Let an account be watched, so that it is low below 10."""
    async with world.store.begin() as work:
        wallet = await work.wallets.take(account_id)
        await work.wallets.save(Posting(wallet=wallet.watching(LOW_AT_10, NOON)))
        await work.commit()


async def test_each_command_of_a_group_tells_how_things_stood_after_it(world: World) -> None:
    await world.fund(12)
    await watch(world)

    await world.all([take(5), give(50), take(57), take(1)])

    assert len(world.ledger.batches) <= 2, "stale once, since the watch came in between"
    said = (await told(world.store))[1:]
    assert [
        (kind, each["data"]["available"]) for kind, each in zip(kinds(said), said, strict=True)
    ] == [
        ("low", 7),
        ("granted", 57),
        ("low", 0),
        ("exhausted", 0),
    ]


async def test_what_is_refused_or_answered_again_tells_nothing(world: World) -> None:
    await world.all([give(5, key="g"), give(5, key="g"), take(6)])
    await world.commit(give(5, key="g"))

    assert kinds(await told(world.store)) == ["granted"]


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.UNHEARD, Trouble.OVERTAKEN])
async def test_a_write_that_is_made_again_tells_once(world: World, trouble: Trouble) -> None:
    await world.fund(5)
    world.ledger.troubles.append(trouble)

    await world.all([take(5, key="t"), give(7, account_id=SOMEBODY_ELSE, key="g")])

    assert kinds(await told(world.store)) == ["granted", "exhausted"]
    assert kinds(await told(world.store, SOMEBODY_ELSE)) == ["granted"]


async def test_a_wallet_that_is_taken_exclusively_tells_the_same(world: World) -> None:
    await world.fund(5)
    world.ledger.troubles.extend([Trouble.OVERTAKEN] * 3)

    await world.commit(take(5))

    assert world.ledger.exclusive
    assert kinds(await told(world.store)) == ["granted", "exhausted"]


# Against the ledger.


def expected(lines: Sequence[Transaction]) -> list[tuple[str, int]]:
    """Return what an account's lines are to tell: a spend only where it leaves nothing."""
    told_of: list[tuple[str, int]] = []
    for line in lines:
        if line.signed > 0:
            told_of.append(("granted", line.amount))
        elif line.type == EXPIRATION:
            told_of.append(("expired", line.amount))
        elif line.balance_after == 0:
            told_of.append(("exhausted", 0))
    return told_of


def a_command(random: Random, world: World) -> Take | Give:
    account_id = random.choice(ACCOUNTS)
    if random.random() < 0.6:
        return take(random.randint(1, 12), account_id=account_id)
    hours = random.choice([None, 1, 5])
    ends_at = None if hours is None else world.clock.now + hours * HOUR
    terms = grant_terms(amount=random.randint(1, 20), expires_at=ends_at)
    return Give(terms=terms, account_id=account_id, key=a_key(owner=account_id))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_happens_what_was_told_agrees_with_the_ledger(
    world: World, seed: int
) -> None:
    random = Random(seed)
    troubles = [Trouble.NONE, Trouble.LOST, Trouble.UNHEARD, Trouble.OVERTAKEN]
    world.ledger.troubles.extend(random.choices(troubles, [3, 1, 1, 1], k=60))
    records = world.store.records
    sweep = SweepingExpired(records=records, commit=world.commit, clock=world.clock)

    for _ in range(12):
        commands = [a_command(random, world) for _ in range(random.randint(1, 30))]
        await world.all(commands)
        world.clock.advance(minutes=random.randint(0, 90))
        if random.random() < 0.5:
            try:
                await sweep(SweepExpired())
            except* StoreSilent:
                world.ledger.troubles.clear()

    for account_id in ACCOUNTS:
        said = await told(world.store, account_id)
        told_of = [
            (kind, each["data"].get("amount", 0))
            for kind, each in zip(kinds(said), said, strict=True)
        ]
        assert told_of == expected(await world.lines(account_id))
    assert await world.is_proved()


# Through units of work.


async def test_a_purchase_and_its_refund_tell_of_the_lot_and_of_its_end(shop: Shop) -> None:
    await shop.offers(pack := a_pack())
    order = await shop.buys(pack)
    for _ in range(2):
        await shop.hears(paid(order))
    (bought,) = await told(shop.store)
    await shop.hears(refunded(order, order.due_minor))

    (lot,) = await shop.grants()
    assert (bought["data"]["grant_id"], bought["data"]["amount"]) == (lot.id, lot.amount)
    assert kinds(await told(shop.store)) == ["granted", "exhausted"]


async def test_a_check_in_tells_of_its_award(shop: Shop) -> None:
    await shop.offers(some_rules())
    check_in = CheckingIn(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    made = await check_in(CheckInToday(account_id=SOMEBODY))

    (event,) = await told(shop.store)
    assert event["data"]["grant_id"] == made.check_in.grant_id
    assert event["data"]["source"] == "check_in"


async def test_an_adjustment_tells_what_it_gives_and_when_it_takes_the_last(shop: Shop) -> None:
    adjust = AdjustingCredits(begin=shop.store.begin, clock=shop.clock, new_id=shop.new_id)

    for amount in (30, -20, -10):
        await adjust(
            AdjustCredits(
                account_id=SOMEBODY, amount=amount, reason="Goodwill", actor=ADMIN, key=a_key()
            )
        )

    said = await told(shop.store)
    assert kinds(said) == ["granted", "exhausted"]
    assert said[0]["data"]["source"] == "manual"


def test_no_use_case_saves_a_wallet_but_by_the_step_that_also_tells() -> None:
    folder = Path(application.__path__[0])
    saving = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "save"
        and ast.unparse(node.value).rpartition(".")[2] == "wallets"
    }

    assert saving == {"wallets/wallet_saving.py"}
