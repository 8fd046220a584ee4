"""Lots and holds as every store lists them, and what a refund of usage has to know."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from application.ports.credit_lists import GrantFilter
from application.ports.paging import Page, PageRequest
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.errors import HoldNotFound, TransactionNotFound
from domain.credits.grant import Grant, GrantSource, GrantState
from domain.credits.hold import Hold, HoldState
from domain.credits.ids import AccountId, GrantId, HoldId, TransactionId
from domain.credits.posting import Posting
from domain.credits.transaction import Transaction
from domain.credits.usage_refund import refund_usage
from domain.credits.wallet import Wallet
from domain.errors import InvalidField
from tests.adapters.stores.steps import funded, load, look, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    a_text,
    grant_terms,
    granted,
    held,
    spent,
)
from tests.support.clock import NOON, fresh_id

DAY = timedelta(days=1)


async def a_lot_of_every_kind(store: Store) -> dict[GrantState, GrantId]:
    """Give somebody five lots, which two days after noon are each in another state."""
    posting = Posting(wallet=await load(store, SOMEBODY))
    for terms in (
        grant_terms(amount=10),
        grant_terms(amount=20, effective_at=NOON + 5 * DAY),
        grant_terms(amount=30, expires_at=NOON + DAY),
        grant_terms(amount=40, source=GrantSource.COUPON),
        grant_terms(amount=50),
    ):
        posting = posting.then(granted(posting.wallet, terms))
    named = {grant.amount: grant.id for grant in posting.grants}
    posting = posting.then(posting.wallet.void(named[40], text=a_text(), now=NOON, new_id=fresh_id))
    used_up = posting.wallet.grants[0].id
    posting = posting.then(spent(posting.wallet, posting.wallet.grants[0].amount))
    await write(store, posting)
    states = [GrantState.ACTIVE, GrantState.SCHEDULED, GrantState.EXPIRED, GrantState.VOIDED]
    kinds = dict(zip(states, (named[10], named[20], named[30], named[40]), strict=True))
    # The soonest to expire burns first: so the third of them is the one that was used up.
    assert used_up == named[30]
    return {**kinds, GrantState.ACTIVE: named[50]}


def _grants(
    *,
    account_id: AccountId | None = None,
    source: GrantSource | None = None,
    state: GrantState | None = None,
    request: PageRequest | None = None,
) -> Callable[[UnitOfWork], Awaitable[Page[Grant]]]:
    wanted = GrantFilter(at=NOON + 2 * DAY, account_id=account_id, source=source, state=state)
    return lambda work: work.grants.page(wanted, request or PageRequest())


@pytest.mark.parametrize("state", GrantState)
async def test_a_state_in_a_filter_is_the_state_that_the_lot_says_of_itself(
    store: Store, state: GrantState
) -> None:
    await a_lot_of_every_kind(store)
    _, every = await store.records.wallet_and_grants(SOMEBODY)

    page = await look(store, _grants(account_id=SOMEBODY, state=state))

    expected = [grant for grant in every if grant.state(NOON + 2 * DAY) is state]
    assert list(page.items) == sorted(expected, key=lambda grant: grant.id, reverse=True)


async def test_a_frozen_lot_does_not_expire_in_a_filter_either(store: Store) -> None:
    terms = grant_terms(amount=10, expires_at=NOON + DAY)
    posting = granted(await load(store, SOMEBODY), terms)
    frozen = posting.with_grants([posting.grants[0].frozen(NOON)])
    await write(store, frozen)

    active = await look(store, _grants(state=GrantState.ACTIVE))
    expired = await look(store, _grants(state=GrantState.EXPIRED))

    assert ([grant.id for grant in active.items], expired.items) == ([frozen.grants[0].id], ())


async def test_lots_page_on_newest_first_of_one_account_and_of_all(store: Store) -> None:
    made: list[Grant] = []
    for number in range(5):
        account_id = (SOMEBODY, SOMEBODY_ELSE)[number % 2]
        source = GrantSource.PURCHASE if number < 3 else GrantSource.COUPON
        posting = granted(await load(store, account_id), grant_terms(source=source))
        await write(store, posting)
        made.append(posting.grants[0])
    newest = made[::-1]

    cases: list[tuple[AccountId | None, GrantSource | None, list[Grant]]] = [
        (None, None, newest),
        (SOMEBODY, None, [made[4], made[2], made[0]]),
        (None, GrantSource.COUPON, [made[4], made[3]]),
    ]
    for account, wanted, expected in cases:
        seen: list[Grant] = []
        after: str | None = None
        for _ in range(3):
            asked = PageRequest(limit=2, after=after)
            page = await look(store, _grants(account_id=account, source=wanted, request=asked))
            assert page.total is None
            seen += page.items
            after = page.next
            if after is None:
                break
        assert (seen, after) == (expected, None)


@pytest.mark.parametrize("after", ["1", "x", "' OR 1=1"])
async def test_a_cursor_that_was_never_given_out_is_refused(store: Store, after: str) -> None:
    with pytest.raises(InvalidField):
        await look(store, _grants(request=PageRequest(after=after)))
    with pytest.raises(InvalidField):
        await _holds(store, request=PageRequest(after=after))


async def _holds(
    store: Store, state: HoldState | None = None, request: PageRequest | None = None
) -> Page[Hold]:
    return await look(
        store, lambda work: work.holds.page(SOMEBODY, state, request or PageRequest())
    )


async def a_hold_of_every_kind(store: Store) -> Sequence[Hold]:
    """Let somebody have had four holds, one a minute: captured, released, expired and open."""
    posting = Posting(wallet=await funded(store))
    holds: list[HoldId] = []
    for minute in range(4):
        now = NOON + timedelta(minutes=minute)
        ttl = timedelta(minutes=30 if minute == 3 else 4)
        posting = posting.then(held(posting.wallet, 10 + minute, ttl=ttl, now=now))
        holds.append(posting.wallet.holds[-1].id)
    end = NOON + timedelta(minutes=3, seconds=30)
    captured = posting.wallet.capture(holds[0], 5, now=end, new_id=fresh_id)
    posting = posting.then(captured)
    posting = posting.then(posting.wallet.release(holds[1], now=end, new_id=fresh_id))
    posting = posting.then(posting.wallet.settle(NOON + timedelta(minutes=10), fresh_id))
    await write(store, posting)
    made = {hold.id: hold for hold in posting.holds}
    return [made[hold_id] for hold_id in holds]


async def test_holds_page_on_newest_first_in_every_state_or_one(store: Store) -> None:
    holds = await a_hold_of_every_kind(store)
    states = [HoldState.CAPTURED, HoldState.RELEASED, HoldState.EXPIRED, HoldState.OPEN]
    assert [hold.state for hold in holds] == states

    for state, hold in zip(states, holds, strict=True):
        assert (await _holds(store, state)).items == (hold,)
    first = await _holds(store, request=PageRequest(limit=3))
    rest = await _holds(store, request=PageRequest(limit=3, after=first.next))

    assert [*first.items, *rest.items] == [*reversed(holds)]
    assert rest.next is None


async def test_a_hold_is_found_by_its_own_account_alone(store: Store) -> None:
    hold = (await a_hold_of_every_kind(store))[0]

    assert await look(store, lambda work: work.holds.find(SOMEBODY, hold.id)) == hold
    with pytest.raises(HoldNotFound):
        await look(store, lambda work: work.holds.find(SOMEBODY_ELSE, hold.id))
    with pytest.raises(HoldNotFound):
        await look(store, lambda work: work.holds.find(SOMEBODY, HoldId(fresh_id())))


@pytest.mark.parametrize(
    ("after_s", "places"),
    [
        (-1, []),
        (0, [0]),
        (61, [0, 1]),
        (209, [0, 1, 2, 3]),
        (210, [2, 3]),
        (359, [2, 3]),
        (360, [3]),
    ],
)
async def test_which_holds_were_open_at_an_instant_is_known_later(
    store: Store, after_s: int, places: list[int]
) -> None:
    holds = await a_hold_of_every_kind(store)
    at = NOON + timedelta(seconds=after_s)

    found = await look(store, lambda work: work.holds.open_at(SOMEBODY, at))

    assert [hold.id for hold in found] == [holds[place].id for place in places]
    assert await look(store, lambda work: work.holds.open_at(SOMEBODY_ELSE, at)) == []


async def test_what_was_refunded_of_a_charge_is_the_sum_of_its_own_refunds(store: Store) -> None:
    wallet = await funded(store)
    first, second = spent(wallet, 30), spent(spent(wallet, 30).wallet, 20)
    posting = first.then(second)
    lines = posting.transactions
    for line, amount, refunded in ((lines[0], 10, 0), (lines[1], 5, 0), (lines[0], 7, 10)):
        posting = posting.then(_refunded(posting.wallet, line, posting, amount, refunded))
    await write(store, posting)

    for account_id, line, expected in (
        (SOMEBODY, lines[0], 17),
        (SOMEBODY, lines[1], 5),
        (SOMEBODY_ELSE, lines[0], 0),
    ):
        found = await look(store, _refunded_of(account_id, line.id))
        assert found == expected


def _refunded_of(
    account_id: AccountId, transaction_id: TransactionId
) -> Callable[[UnitOfWork], Awaitable[int]]:
    return lambda work: work.wallets.refunded_of(account_id, transaction_id)


def _refunded(
    wallet: Wallet, line: Transaction, posting: Posting, amount: int, refunded: int
) -> Posting:
    lots = {grant.id: grant for grant in posting.grants}
    return refund_usage(
        wallet,
        line,
        lots,
        refunded=refunded,
        amount=amount,
        text=a_text(),
        now=NOON,
        new_id=fresh_id,
    )


async def test_lots_and_lines_of_an_account_are_found_by_id_and_no_others(store: Store) -> None:
    wallet = await funded(store)
    posting = spent(wallet, 100)
    await write(store, posting)
    await funded(store, SOMEBODY_ELSE)
    (used_up,), (line,) = posting.grants, posting.transactions
    other = (await load(store, SOMEBODY_ELSE)).grants[0].id
    asked = [used_up.id, other, GrantId(fresh_id())]

    found = await look(store, lambda work: work.wallets.lots(SOMEBODY, asked))

    assert found == {used_up.id: used_up}
    assert await look(store, lambda work: work.wallets.lots(SOMEBODY, [])) == {}
    assert await look(store, lambda work: work.wallets.line(SOMEBODY, line.id)) == line
    with pytest.raises(TransactionNotFound):
        await look(store, lambda work: work.wallets.line(SOMEBODY_ELSE, line.id))
