"""What a wallet and its lots become when their payment goes back, as every store keeps it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.credits import WriteRefused
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.grant import Grant
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from tests.adapters.stores.steps import abandon, batch_of, commit, funded, load, look, write
from tests.support.builders.credits import (
    SOMEBODY,
    SOMEBODY_ELSE,
    grant_terms,
    granted,
    spent,
)
from tests.support.clock import NOON, fresh_id

DAY = timedelta(days=1)


def _changed(wallet: Wallet, **changes: object) -> Posting:
    posting = granted(wallet, grant_terms(amount=1))
    return evolve(posting, wallet=evolve(posting.wallet, **changes))  # type: ignore[arg-type]


async def test_what_is_owed_and_who_is_frozen_comes_back_from_every_side(store: Store) -> None:
    wallet = await funded(store, balance=5)
    owing = _changed(wallet, overdrawn=40, posted=-34, is_frozen=True)

    await write(store, owing)

    after = await load(store, SOMEBODY)
    assert (after.overdrawn, after.posted, after.is_frozen) == (40, -34, True)
    taken = await abandon(store, lambda work: work.wallets.take(SOMEBODY))
    proved, _ = await store.records.wallet_and_grants(SOMEBODY)
    assert taken == proved == after

    freed = Posting(wallet=evolve(after, is_frozen=False))
    await commit(store, lambda work: work.wallets.save(freed))
    assert (await load(store, SOMEBODY)).is_frozen is False


async def test_a_new_wallet_owes_nothing_and_is_free_however_it_is_made(store: Store) -> None:
    await commit(store, lambda work: work.wallets.take(SOMEBODY))
    locked = await store.ledger.exclusively(
        [SOMEBODY_ELSE],
        lambda wallets: batch_of(granted(wallets[SOMEBODY_ELSE], grant_terms(amount=1))),
    )

    assert locked.written == {SOMEBODY_ELSE}
    for account_id in (SOMEBODY, SOMEBODY_ELSE):
        wallet = await load(store, account_id)
        assert (wallet.overdrawn, wallet.is_frozen) == (0, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"overdrawn": -1},
        {"posted": -1, "overdrawn": 0},
        {"posted": -41, "overdrawn": 40},
    ],
)
async def test_a_wallet_below_what_it_owes_is_refused(
    store: Store, changes: dict[str, object]
) -> None:
    wallet = await funded(store, balance=5)

    with pytest.raises(WriteRefused):
        await store.ledger.write(batch_of(_changed(wallet, **changes)))

    assert await load(store, SOMEBODY) == wallet


async def test_a_line_may_end_below_zero(store: Store) -> None:
    wallet = await funded(store, balance=5)

    grown = granted(wallet, grant_terms(amount=1))
    (line,) = grown.transactions
    await write(store, evolve(grown, transactions=(evolve(line, balance_after=-1),)))
    assert (await store.records.lines(SOMEBODY, 1, 10))[0].balance_after == -1


async def test_a_lot_is_frozen_freed_and_given_more_time(store: Store) -> None:
    terms = grant_terms(amount=10, expires_at=NOON + DAY)
    await write(store, granted(await load(store, SOMEBODY), terms))

    for changes in (
        {"frozen_at": NOON},
        {"frozen_at": None, "expires_at": NOON + 9 * DAY},
        {"frozen_at": NOON + DAY, "expires_at": NOON + 10 * DAY},
    ):
        wallet = await load(store, SOMEBODY)
        (grant,) = wallet.grants
        changed = evolve(grant, **changes)
        posting = Posting(wallet=wallet).with_grants([changed])
        if changed.is_frozen:
            await write(store, posting)
        else:
            await commit(store, _saving(posting))
        assert (await load(store, SOMEBODY)).grants == (changed,)
        assert (await abandon(store, lambda work: work.wallets.take(SOMEBODY))).grants == (changed,)


def _saving(posting: Posting) -> Callable[[UnitOfWork], Awaitable[None]]:
    async def save(work: UnitOfWork) -> None:
        await work.wallets.take(SOMEBODY)
        await work.wallets.save(posting)

    return save


def _lots(cause: str) -> Callable[[UnitOfWork], Awaitable[Sequence[Grant]]]:
    return lambda work: work.wallets.lots_caused_by(SOMEBODY, cause)


async def test_the_lots_of_a_cause_are_found_used_up_or_not(store: Store) -> None:
    cause, other = f"order:{fresh_id()}", f"order:{fresh_id()}"
    for amount, of, account_id in (
        (10, cause, SOMEBODY),
        (20, other, SOMEBODY),
        (30, None, SOMEBODY),
        (40, cause, SOMEBODY),
        (50, cause, SOMEBODY_ELSE),
    ):
        wallet = await load(store, account_id)
        await write(store, granted(wallet, grant_terms(amount=amount, cause=of)))
    await write(store, spent(await load(store, SOMEBODY), 15))

    found = await look(store, _lots(cause))

    assert [(lot.amount, lot.remaining) for lot in found] == [(10, 0), (40, 40)]
    assert await look(store, _lots("order:unknown")) == []


async def test_what_of_the_lots_of_a_cause_has_expired_is_added_up(store: Store) -> None:
    cause = f"order:{fresh_id()}"
    for amount, of, ends_at in (
        (10, cause, NOON + DAY),
        (20, cause, NOON + 2 * DAY),
        (30, cause, NOON + 9 * DAY),
        (40, None, NOON + DAY),
    ):
        wallet = await load(store, SOMEBODY)
        terms = grant_terms(amount=amount, cause=of, expires_at=ends_at)
        await write(store, granted(wallet, terms))
    await write(store, spent(await load(store, SOMEBODY), 4))
    for now in (NOON + DAY, NOON + 3 * DAY):
        await write(store, (await load(store, SOMEBODY)).settle(now, fresh_id))

    lots = await look(store, _lots(cause))
    expired = await look(store, lambda work: work.wallets.expired_of(SOMEBODY, cause))

    assert expired == {lots[0].id: 6, lots[1].id: 20}
    assert await look(store, lambda work: work.wallets.expired_of(SOMEBODY, "order:x")) == {}
