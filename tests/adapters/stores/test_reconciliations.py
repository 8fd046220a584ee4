"""Comparisons with the providers, as every store keeps them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from application.ports.paging import PageRequest
from application.ports.reconciliations import ReconciliationFilter
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.errors import InvalidField
from domain.payments.ids import Channel, ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation
from tests.adapters.stores.steps import commit, look
from tests.support.clock import NOON, fresh_id

EVERY = ReconciliationFilter()
UNCLEAN = ReconciliationFilter(only_unclean=True)
DRIFT = (
    Drift(channel=Channel("stripe"), about="paid ☕", proposal=("order paid",), is_applied=True),
    Drift(channel=Channel("creem"), about="sub_1", problem="a price that no plan has"),
)


def a_run(*, mended: int = 0, unread: tuple[Channel, ...] = (), minutes: int = 0) -> Reconciliation:
    return Reconciliation(
        id=ReconciliationId(fresh_id()),
        began_at=NOON,
        ended_at=NOON + timedelta(minutes=minutes),
        started_by="system",
        request_id="",
        reason="scheduled",
        mends=True,
        channels=(Channel("stripe"), Channel("creem")),
        unread=unread,
        compared=37,
        mended=mended,
    )


def adding(run: Reconciliation, *drift: Drift) -> Callable[[UnitOfWork], Awaitable[None]]:
    return lambda work: work.reconciliations.add(run, drift)


async def paged(store: Store, where: ReconciliationFilter, request: PageRequest) -> list[str]:
    page = await look(store, lambda work: work.reconciliations.page(where, request))
    return [run.id for run in page.items]


async def test_a_run_comes_back_whole_with_what_it_found(store: Store) -> None:
    run = a_run(mended=1, unread=(Channel("creem"),))
    await commit(store, adding(run, *DRIFT))

    assert await look(store, lambda work: work.reconciliations.find(run.id)) == run
    assert tuple(await look(store, lambda work: work.reconciliations.drift_of(run.id))) == DRIFT
    assert (
        await look(store, lambda work: work.reconciliations.page(EVERY, PageRequest()))
    ).items == (run,)


async def test_an_unknown_run_is_not_there_and_found_nothing(store: Store) -> None:
    unknown = ReconciliationId(fresh_id())

    assert await look(store, lambda work: work.reconciliations.find(unknown)) is None
    assert list(await look(store, lambda work: work.reconciliations.drift_of(unknown))) == []


async def test_runs_are_paged_newest_first_all_or_only_those_that_found_something(
    store: Store,
) -> None:
    clean, mended, unread = a_run(), a_run(mended=2), a_run(unread=(Channel("creem"),))
    for run in (clean, mended, unread):
        await commit(store, adding(run))

    first = await look(store, lambda work: work.reconciliations.page(EVERY, PageRequest(limit=2)))
    rest = await paged(store, EVERY, PageRequest(limit=2, after=first.next))

    assert [run.id for run in first.items] == [unread.id, mended.id]
    assert rest == [clean.id]
    assert await paged(store, UNCLEAN, PageRequest(limit=9)) == [unread.id, mended.id]
    assert await paged(store, UNCLEAN, PageRequest(limit=9, after=unread.id)) == [mended.id]
    with pytest.raises(InvalidField):
        await paged(store, EVERY, PageRequest(after="elsewhere"))


async def test_the_oldest_are_forgotten_first_and_no_more_than_asked_for(store: Store) -> None:
    runs = [a_run(minutes=minutes) for minutes in (3, 1, 2, 9)]
    for run in runs:
        await commit(store, adding(run))
    before = NOON + timedelta(minutes=3)

    first = await commit(store, lambda work: work.reconciliations.forget(before, 1))
    left = await paged(store, EVERY, PageRequest(limit=9))
    second = await commit(store, lambda work: work.reconciliations.forget(before, 9))
    third = await commit(store, lambda work: work.reconciliations.forget(before, 9))

    assert (first, second, third) == (1, 1, 0)
    assert runs[1].id not in left
    assert set(await paged(store, EVERY, PageRequest(limit=9))) == {runs[0].id, runs[3].id}
