"""What a spend and a read cost on SQLite, counted: hops to the thread, and statements."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from attrs import define

from adapters.stores.sql.sqlite import SqliteStore
from application.ports.paging import PageRequest
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, MANUAL
from tests.adapters.stores.steps import batch_of, commit, funded, load
from tests.support.builders.access import an_account
from tests.support.builders.credits import SOMEBODY, a_key, a_write, granted, spent

Result = TypeVar("Result")


@define
class Watched(Generic[Result]):
    """An awaitable that counts how often whoever awaits it had to wait."""

    work: Coroutine[Any, Any, Result]
    waits: int = 0

    def __await__(self) -> Generator[Any, Any, Result]:
        steps = self.work.__await__()
        try:
            waiting_for = next(steps)
            while True:
                self.waits += 1
                given = yield waiting_for
                waiting_for = steps.send(given)
        except StopIteration as done:
            result: Result = done.value
            return result


async def test_a_spend_is_one_hop(sqlite_store: SqliteStore) -> None:
    wallet = await funded(sqlite_store)
    before = sqlite_store.writer.hops

    spend = Watched(sqlite_store.ledger.write(batch_of(a_write(spent(wallet), a_key()))))
    committed = await spend

    assert committed.written == {SOMEBODY}
    assert sqlite_store.writer.hops - before == 1
    assert spend.waits == 1


async def test_many_spends_of_a_group_are_one_hop(sqlite_store: SqliteStore) -> None:
    accounts = [AccountId(f"user-{number}") for number in range(64)]
    wallets = await sqlite_store.ledger.load(accounts)
    before = sqlite_store.writer.hops

    await sqlite_store.ledger.write(batch_of(*(granted(wallets[each]) for each in accounts)))

    assert sqlite_store.writer.hops - before == 1


async def test_a_point_read_waits_for_nothing(sqlite_store: SqliteStore) -> None:
    await funded(sqlite_store)

    reads: list[Watched[Any]] = [
        Watched(sqlite_store.ledger.load([SOMEBODY])),
        Watched(sqlite_store.statements.page(SOMEBODY, PageRequest())),
        Watched(sqlite_store.statements.page(SOMEBODY, PageRequest(), AI_USAGE)),
        Watched(sqlite_store.statements.page(SOMEBODY, PageRequest(), MANUAL)),
    ]
    for read in reads:
        await read

    assert [read.waits for read in reads] == [0, 0, 0, 0]


async def test_a_point_read_is_one_statement_without_offset_or_count(
    sqlite_store: SqliteStore,
) -> None:
    await funded(sqlite_store)
    said: list[str] = []
    sqlite_store.reader.connection.set_trace_callback(said.append)

    await sqlite_store.ledger.load([SOMEBODY])
    await sqlite_store.statements.page(SOMEBODY, PageRequest(offset=0))
    await sqlite_store.statements.page(SOMEBODY, PageRequest(), MANUAL)

    assert len(said) == 3
    assert not any("OFFSET" in each.upper() or "COUNT(" in each.upper() for each in said)


async def test_a_point_read_finds_its_rows_by_their_keys(sqlite_store: SqliteStore) -> None:
    said: list[str] = []
    connection = sqlite_store.reader.connection
    connection.set_trace_callback(said.append)
    await sqlite_store.ledger.load([SOMEBODY])
    for each in (None, AI_USAGE, MANUAL):
        await sqlite_store.statements.page(SOMEBODY, PageRequest(), each)
    connection.set_trace_callback(None)

    plans = [connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in said]

    steps = [step for plan in plans for *_, step in plan]
    # The subquery is that for the holds of a wallet, a search of its own.
    known = ("SEARCH", "SCAN asked VIRTUAL TABLE", "CORRELATED SCALAR SUBQUERY")
    assert all(step.startswith(known) for step in steps), steps


async def test_whoever_reads_sees_what_was_just_written(sqlite_store: SqliteStore) -> None:
    wallet = await funded(sqlite_store, balance=50)

    for left in range(49, 0, -1):
        await sqlite_store.ledger.write(batch_of(spent(wallet, 1)))
        wallet = await load(sqlite_store, SOMEBODY)
        assert wallet.posted == left


async def test_a_read_does_not_wait_for_a_unit_of_work_that_writes(
    sqlite_store: SqliteStore,
) -> None:
    await funded(sqlite_store)

    async with asyncio.timeout(5), sqlite_store.begin() as work:
        await work.accounts.save(an_account())
        assert (await load(sqlite_store, SOMEBODY)).posted == 100
        async with sqlite_store.read() as looking:
            assert await looking.accounts.find(SOMEBODY) is None
        await work.commit()


async def test_units_of_work_and_groups_take_turns_in_order(sqlite_store: SqliteStore) -> None:
    wallet = await funded(sqlite_store)
    order: list[str] = []

    async def unit(name: str) -> None:
        async with sqlite_store.begin() as work:
            order.append(name)
            await work.accounts.save(an_account(id=AccountId(name)))
            await asyncio.sleep(0.01)
            await work.commit()

    async def group() -> None:
        await sqlite_store.ledger.write(batch_of(spent(wallet)))
        order.append("group")

    async with asyncio.TaskGroup() as tasks:
        for step in (unit("first"), group(), unit("second")):
            tasks.create_task(step)

    assert order == ["first", "group", "second"]
    assert await commit(sqlite_store, lambda work: work.accounts.find(AccountId("second")))
