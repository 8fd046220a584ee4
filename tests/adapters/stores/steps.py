"""The steps that tests of stores are made of: keep something, look at it, let two callers meet."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from application.ports.credits import Batch, Committed, WalletWrite
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from tests.support.builders.credits import SOMEBODY, grant_terms, granted

Seen = TypeVar("Seen")

# Long enough for a caller that does not wait to overtake one that holds a lock.
_HELD_S = 0.1

# A caller that waits for ever has found a deadlock.
_PATIENCE_S = 20.0


NOBODY_WRITTEN = Committed(written=frozenset(), unchanged=frozenset(), known={})


async def commit(store: Store, step: Callable[[UnitOfWork], Awaitable[Seen]]) -> Seen:
    """Do one step in a unit of work of its own, commit it, and return what it gave."""
    async with asyncio.timeout(_PATIENCE_S), store.begin() as work:
        seen = await step(work)
        await work.commit()
    return seen


async def abandon(store: Store, step: Callable[[UnitOfWork], Awaitable[Seen]]) -> Seen:
    """Do one step in a unit of work that never commits, and return what it gave."""
    async with asyncio.timeout(_PATIENCE_S), store.begin() as work:
        return await step(work)


async def look(store: Store, step: Callable[[UnitOfWork], Awaitable[Seen]]) -> Seen:
    """Do one step in a unit of work that only reads, and return what it gave."""
    async with asyncio.timeout(_PATIENCE_S), store.read() as work:
        return await step(work)


async def look_behind(
    store: Store,
    take: Callable[[UnitOfWork], Awaitable[Callable[[], Awaitable[object]]]],
    second: Callable[[UnitOfWork], Awaitable[Seen]],
) -> Seen:
    """Let a second caller look while a first one has taken the same thing and not committed yet.

    `take` takes the thing and returns what the first caller does after a while, before it commits.
    """
    has_taken = asyncio.Event()

    async def first(work: UnitOfWork) -> None:
        change = await take(work)
        has_taken.set()
        await asyncio.sleep(_HELD_S)
        await change()

    async def behind() -> Seen:
        await has_taken.wait()
        return await commit(store, second)

    _, seen = await asyncio.gather(commit(store, first), behind())
    return seen


async def outcomes(*callers: Awaitable[object]) -> list[object]:
    """Let all callers run at once; return what each gave or raised."""
    async with asyncio.timeout(_PATIENCE_S):
        return list(await asyncio.gather(*callers, return_exceptions=True))


def batch_of(*writes: WalletWrite | Posting) -> Batch:
    """Return a batch of writes, whose keys are those of their receipts."""
    made = [each if isinstance(each, WalletWrite) else WalletWrite(posting=each) for each in writes]
    keys = tuple(kept.key for write in made for kept in write.receipts)
    return Batch(writes=tuple(made), unchanged={}, keys=keys)


async def write(store: Store, *writes: WalletWrite | Posting) -> None:
    """Write changes that must all be valid."""
    batch = batch_of(*writes)
    committed = await store.ledger.write(batch)
    assert committed.written == {each.posting.wallet.account_id for each in batch.writes}


async def load(store: Store, account_id: AccountId) -> Wallet:
    """Return one wallet as it is stored."""
    wallets = await store.ledger.load([account_id])
    return wallets[account_id]


async def funded(store: Store, account_id: AccountId = SOMEBODY, balance: int = 100) -> Wallet:
    """Keep a wallet with so much in it, and return it as it is stored."""
    terms = grant_terms(amount=balance)
    await write(store, granted(await load(store, account_id), terms))
    return await load(store, account_id)
