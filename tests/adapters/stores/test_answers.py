"""First answers under a key: given again to every repeat, and claimed by one caller at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from attrs import evolve, frozen

from application.ports.idempotency import Caller, RequestKey
from application.ports.store import Store
from application.ports.unit_of_work import UnitOfWork
from domain.credits.errors import KeyReused
from tests.adapters.stores.steps import abandon, commit, look_behind, outcomes
from tests.support.builders.credits import a_key
from tests.support.builders.subscriptions import a_plan
from tests.support.clock import NOON


@frozen(kw_only=True)
class Given:
    """An answer with every kind of field that answers have."""

    text: str
    number: int
    at: datetime
    caller: Caller
    names: tuple[str, ...] = ()
    url: str | None = None


AN_ANSWER = Given(
    text="☕ \\ 'quoted' \"twice\"",
    number=2**53 - 1,
    at=NOON + timedelta(microseconds=1),
    caller=Caller.USER,
    names=("a", "ü"),
)


async def _answer(work: UnitOfWork, key: RequestKey, answer: Given = AN_ANSWER) -> Given:
    """Do what every use case with a key does: give the first answer again, or keep a new one."""
    first = await work.answers.claim(key, Given)
    if first is not None:
        return first
    await work.answers.keep(key, answer)
    return answer


async def test_another_request_under_the_key_is_refused(store: Store) -> None:
    key = a_key(fingerprint="a plan")
    await commit(store, lambda work: _answer(work, key))

    with pytest.raises(KeyReused) as refused:
        await commit(store, lambda work: _answer(work, evolve(key, fingerprint="a pack")))

    assert refused.value.key == key.key


async def test_an_answer_kept_without_commit_is_not_kept(store: Store) -> None:
    key = a_key()
    await abandon(store, lambda work: _answer(work, key))

    assert await abandon(store, lambda work: work.answers.claim(key, Given)) is None


async def test_a_claim_alone_holds_nothing_after_its_unit(store: Store) -> None:
    key = a_key(fingerprint="refused")
    await abandon(store, lambda work: work.answers.claim(key, Given))

    other = evolve(key, fingerprint="corrected")
    assert await commit(store, lambda work: _answer(work, other)) == AN_ANSWER


@pytest.mark.parametrize(
    "answer", [AN_ANSWER, evolve(AN_ANSWER, names=(), url="https://a.test/?b")]
)
async def test_a_repeat_gets_the_first_answer_whole(store: Store, answer: Given) -> None:
    key = a_key()
    await commit(store, lambda work: _answer(work, key, answer))

    again = await commit(store, lambda work: _answer(work, key, evolve(answer, number=2)))

    assert again == answer


async def test_one_key_of_two_owners_or_two_kinds_of_caller_is_two_keys(store: Store) -> None:
    key = a_key(owner="admin-1", caller=Caller.ADMIN, key="k")
    await commit(store, lambda work: _answer(work, key))

    for other in (
        a_key(owner="admin-2", caller=Caller.ADMIN, key="k"),
        a_key(owner="admin-1", caller=Caller.USER, key="k"),
        a_key(owner="admin-1", caller=Caller.ADMIN, key="K"),
    ):
        assert await abandon(store, _claim(other)) is None


def _claim(key: RequestKey) -> Callable[[UnitOfWork], Awaitable[Given | None]]:
    return lambda work: work.answers.claim(key, Given)


async def test_a_second_claim_waits_for_the_first_answer(store: Store) -> None:
    key = a_key()

    async def take(work: UnitOfWork) -> Callable[[], Awaitable[object]]:
        assert await work.answers.claim(key, Given) is None
        return lambda: work.answers.keep(key, AN_ANSWER)

    assert await look_behind(store, take, _claim(key)) == AN_ANSWER


async def test_a_second_claim_waits_and_may_go_on_where_the_first_gave_up(
    store: Store,
) -> None:
    key = a_key()
    is_claimed = asyncio.Event()

    async def give_up(work: UnitOfWork) -> None:
        await work.answers.claim(key, Given)
        is_claimed.set()
        await asyncio.sleep(0.05)

    async def behind() -> Given:
        await is_claimed.wait()
        return await commit(store, lambda work: _answer(work, key))

    _, answer = await asyncio.gather(abandon(store, give_up), behind())

    assert answer == AN_ANSWER
    assert await abandon(store, _claim(key)) == AN_ANSWER


async def test_one_key_sent_many_times_at_once_has_one_effect(store: Store) -> None:
    key = a_key()

    async def order(work: UnitOfWork, number: int) -> Given:
        first = await work.answers.claim(key, Given)
        if first is not None:
            return first
        plan = a_plan(name="bought once")
        await work.plans.add(plan)
        answer = evolve(AN_ANSWER, number=number, text=plan.id)
        await work.answers.keep(key, answer)
        return answer

    def caller(number: int) -> Awaitable[Given]:
        return commit(store, lambda work: order(work, number))

    answers = await outcomes(*(caller(number) for number in range(8)))

    (answer,) = {each for each in answers if isinstance(each, Given)}
    assert answers == [answer] * 8


async def _keep(work: UnitOfWork, key: RequestKey, *, is_kept_for_ever: bool = False) -> None:
    await work.answers.claim(key, Given)
    await work.answers.keep(key, AN_ANSWER, is_kept_for_ever=is_kept_for_ever)


async def test_an_answer_is_forgotten_so_long_after_it_was_first_noted(store: Store) -> None:
    key = a_key()
    await commit(store, lambda work: _keep(work, key))
    later = NOON + timedelta(days=30)

    noted = await commit(store, lambda work: work.answers.forget(NOON, NOON, 10))
    too_soon = await commit(store, lambda work: work.answers.forget(later, NOON, 10))
    assert await abandon(store, _claim(key)) == AN_ANSWER
    forgotten = await commit(store, lambda work: work.answers.forget(later, later, 10))

    assert (noted, too_soon, forgotten) == (1, 0, 1)
    assert await abandon(store, _claim(key)) is None


async def test_an_answer_of_what_must_never_happen_twice_is_kept_for_ever(store: Store) -> None:
    key = a_key()
    await commit(store, lambda work: _keep(work, key, is_kept_for_ever=True))
    later = NOON + timedelta(days=3650)

    forgotten = [
        await commit(store, lambda work: work.answers.forget(later, later, 10)) for _ in range(2)
    ]

    assert forgotten == [0, 0]
    assert await abandon(store, _claim(key)) == AN_ANSWER


async def test_no_more_answers_are_noted_or_forgotten_at_once_than_asked_for(store: Store) -> None:
    for _ in range(3):
        await commit(store, lambda work: _keep(work, a_key()))
    later = NOON + timedelta(days=31)

    async def forget(at: datetime) -> int:
        return await commit(store, lambda work: work.answers.forget(at, at, 2))

    touched = [await forget(at) for at in (NOON, NOON, later, later, later)]

    assert touched == [2, 1, 2, 1, 0]
