"""What the sandbox remembers, as every store keeps it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from attrs import evolve

from application.ports.sandbox import SandboxRecord
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from tests.adapters.stores.steps import abandon, commit, look, look_behind
from tests.support.builders.payments import a_sandbox_record
from tests.support.clock import NOON

A_MICROSECOND = timedelta(microseconds=1)


def _putting(record: SandboxRecord) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.sandbox.put(record)


async def test_an_unknown_record_is_not_there_and_can_be_forgotten(store: Store) -> None:
    assert await abandon(store, lambda work: work.sandbox.get("checkout", "1")) is None

    await commit(store, lambda work: work.sandbox.remove("checkout", "1"))


@pytest.mark.parametrize(
    "record",
    [
        SandboxRecord(
            kind="checkout", id="a/ü:☕", body='{"b": [1, "☕"]}', due_at=NOON + A_MICROSECOND
        ),
        SandboxRecord(kind="checkout", id="1", body=""),
    ],
)
async def test_a_record_comes_back_whole(store: Store, record: SandboxRecord) -> None:
    await commit(store, _putting(record))

    assert await abandon(store, lambda work: work.sandbox.get(record.kind, record.id)) == record
    assert await abandon(store, lambda work: work.sandbox.get("customer", record.id)) is None


async def test_a_record_put_again_replaces_the_one_before(store: Store) -> None:
    record = a_sandbox_record(due_at=NOON)
    changed = evolve(record, body='{"status": "paid"}', due_at=None)
    await commit(store, _putting(record))

    await commit(store, _putting(changed))

    assert await abandon(store, lambda work: work.sandbox.get(record.kind, record.id)) == changed
    assert list(await look(store, lambda work: work.sandbox.due(record.kind, NOON, 10))) == []


async def test_a_forgotten_record_is_gone(store: Store) -> None:
    record = a_sandbox_record(due_at=NOON)
    await commit(store, _putting(record))

    await commit(store, lambda work: work.sandbox.remove(record.kind, record.id))

    assert await abandon(store, lambda work: work.sandbox.get(record.kind, record.id)) is None
    assert list(await look(store, lambda work: work.sandbox.due(record.kind, NOON, 10))) == []


async def test_a_second_taker_of_a_record_sees_what_the_first_committed(store: Store) -> None:
    record = a_sandbox_record()
    changed = evolve(record, body='{"status": "paid"}')
    await commit(store, _putting(record))

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        await work.sandbox.get(record.kind, record.id)
        return lambda: work.sandbox.put(changed)

    seen = await look_behind(store, take, lambda work: work.sandbox.get(record.kind, record.id))

    assert seen == changed


async def test_due_records_of_a_kind_come_longest_due_first_and_bounded(store: Store) -> None:
    records = [a_sandbox_record(due_at=NOON - n * A_MICROSECOND) for n in range(4)]
    for record in (
        *records,
        a_sandbox_record(due_at=NOON + A_MICROSECOND),
        a_sandbox_record(due_at=None),
        a_sandbox_record(kind="webhook", due_at=NOON - timedelta(days=1)),
    ):
        await commit(store, _putting(record))

    due = await look(store, lambda work: work.sandbox.due("checkout", NOON, 10))
    longest = await look(store, lambda work: work.sandbox.due("checkout", NOON, 2))

    assert list(due) == records[::-1]
    assert list(longest) == records[:1:-1]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("", ["%", "_", "a", "a:1", "a:2", "b:1"]),
        ("a:", ["a:1", "a:2"]),
        ("a", ["a", "a:1", "a:2"]),
        ("%", ["%"]),
        ("_", ["_"]),
        ("A", []),
        ("c", []),
    ],
)
async def test_records_of_a_kind_are_found_by_how_their_ids_begin(
    store: Store, prefix: str, found: list[str]
) -> None:
    for name in ("b:1", "a:2", "%", "a", "_", "a:1"):
        await commit(store, _putting(a_sandbox_record(kind="checkout", id=name)))
    await commit(store, _putting(a_sandbox_record(kind="customer", id="a:3")))

    records = await look(store, lambda work: work.sandbox.of_kind("checkout", prefix, 10))
    first = await look(store, lambda work: work.sandbox.of_kind("checkout", prefix, 1))

    assert [record.id for record in records] == found
    assert [record.id for record in first] == found[:1]
