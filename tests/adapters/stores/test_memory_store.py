"""What is peculiar to the memory store: its tables, and saying no where a database would."""

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.stores.memory.store import MemoryStore
from adapters.stores.memory.table import Index, Key, Table, View
from application.ports.credits import WriteRefused
from application.ports.unit_of_work import UnitOfWork
from domain.promotions.ids import CouponId
from tests.adapters.stores.steps import abandon, commit, look
from tests.support.builders.credits import SOMEBODY, a_key
from tests.support.builders.payments import an_order
from tests.support.builders.subscriptions import a_plan

Pair = tuple[str, int]

BY_NUMBER = Index[Pair](lambda pair: (pair[1], pair[0]))
ODD = Index[Pair](lambda pair: (pair[1],) if pair[1] % 2 else None)


@pytest.mark.parametrize(
    "step",
    [
        lambda work: work.wallets.take(SOMEBODY),
        lambda work: work.orders.take(an_order().id),
        lambda work: work.coupons.take(CouponId("1")),
        lambda work: work.answers.claim(a_key(), object),
        lambda work: work.plans.add(a_plan()),
        lambda work: work.sandbox.remove("checkout", "1"),
        lambda work: work.commit(),
    ],
)
async def test_a_unit_that_only_reads_takes_and_writes_nothing(
    step: Callable[[UnitOfWork], Awaitable[object]],
) -> None:
    async with MemoryStore() as store:
        with pytest.raises(AssertionError):
            await look(store, step)


async def test_a_unit_commits_once() -> None:
    async with MemoryStore() as store:
        with pytest.raises(AssertionError):
            await commit(store, lambda work: work.commit())


async def test_an_answer_is_kept_under_a_key_that_was_claimed() -> None:
    async with MemoryStore() as store:
        with pytest.raises(AssertionError):
            await abandon(store, lambda work: work.answers.keep(a_key(), a_plan()))


async def test_only_what_is_kept_can_be_changed() -> None:
    async with MemoryStore() as store:
        with pytest.raises(AssertionError):
            await abandon(store, lambda work: work.orders.save(an_order()))


async def test_readers_leave_nothing_behind() -> None:
    async with MemoryStore() as store:
        await look(store, lambda work: work.accounts.find(SOMEBODY))
        await store.ledger.load([SOMEBODY])

        assert store.readers == []


NAMES = st.sampled_from("abcdef")
NUMBERS = st.integers(0, 5)
ACTIONS = st.lists(st.tuples(NAMES, st.none() | NUMBERS), max_size=12)


@settings(max_examples=300, deadline=None)
@given(committed=ACTIONS, own=ACTIONS, others=ACTIONS, bound=NAMES)
def test_a_layer_over_a_table_reads_like_a_plain_dictionary(
    committed: list[tuple[str, int | None]],
    own: list[tuple[str, int | None]],
    others: list[tuple[str, int | None]],
    bound: str,
) -> None:
    table = Table[Pair]("pairs", lambda pair: (pair[0],), (BY_NUMBER,))
    readers: list[View] = []
    model = _written(table, readers, committed, {})

    reader = View(is_writable=False, readers=readers)
    seen = reader.rows(table)
    other = _written(table, readers, others, model)
    after = _written(table, readers, committed[::-1], other)
    writer = View(is_writable=True, readers=readers)
    changing = writer.rows(table)
    changed = dict(after)
    for name, number in own:
        if number is None:
            changing.remove(name)
            changed.pop(name, None)
        else:
            changing.put((name, number))
            changed[name] = number

    for rows, expected in ((seen, model), (changing, changed)):
        pairs = sorted(expected.items())
        assert list(rows.ascending()) == pairs
        assert list(rows.descending()) == pairs[::-1]
        assert list(rows.ascending(after=(bound,))) == [p for p in pairs if p[0] > bound]
        assert list(rows.ascending(since=(bound,))) == [p for p in pairs if p[0] >= bound]
        assert list(rows.descending(before=(bound,))) == [p for p in pairs if p[0] < bound][::-1]
        for number in range(6):
            prefix: Key = (number,)
            alike = [pair for pair in pairs if pair[1] == number]
            assert list(rows.ascending(BY_NUMBER, prefix=prefix)) == alike
            assert list(rows.descending(BY_NUMBER, prefix=prefix)) == alike[::-1]
        assert rows.find(bound) == ((bound, expected[bound]) if bound in expected else None)
    reader.close()
    assert readers == []


def _written(
    table: Table[Pair],
    readers: list[View],
    actions: list[tuple[str, int | None]],
    before: dict[str, int],
) -> dict[str, int]:
    """Write and commit, and return what the table holds then."""
    model = dict(before)
    view = View(is_writable=True, readers=readers)
    rows = view.rows(table)
    for name, number in actions:
        if number is None:
            rows.remove(name)
            model.pop(name, None)
        else:
            rows.put((name, number))
            model[name] = number
    view.commit()
    return model


def test_an_index_key_that_is_taken_is_refused_and_free_again_once_its_row_moved() -> None:
    table = Table[Pair]("pairs", lambda pair: (pair[0],), (ODD,))
    rows = View(is_writable=True, readers=[]).rows(table)
    rows.add(("a", 1))
    rows.add(("b", 2))

    with pytest.raises(WriteRefused):
        rows.add(("c", 1))
    with pytest.raises(WriteRefused):
        rows.add(("a", 3))
    with pytest.raises(WriteRefused):
        rows.put(("b", 1))
    rows.put(("a", 2))
    rows.put(("b", 1))

    assert rows.find_by(ODD, 1) == ("b", 1)
    assert rows.find_by(ODD, 3) is None
