"""What is noted of a piece of work stays within it, and goes along with a fault that ends it."""

import pytest

from application.one_by_one import one_by_one
from application.worked_on import (
    about,
    note,
    one_piece_of_work,
    telling_of_work,
    worked_on,
)
from domain.credits.errors import HoldNotFound
from domain.credits.ids import HoldId


def test_without_a_piece_of_work_nothing_is_noted() -> None:
    note("account_id", "user-1")

    assert worked_on() == {}


def test_what_is_noted_inside_is_forgotten_outside() -> None:
    with one_piece_of_work():
        note("job", "orders")
        with one_piece_of_work():
            note("order_id", "order-1")
            note("account_id", None)
            inner = worked_on()
        outer = worked_on()

    assert inner == {"job": "orders", "order_id": "order-1"}
    assert outer == {"job": "orders"}
    assert worked_on() == {}


def test_a_fault_takes_along_what_the_innermost_work_was_about() -> None:
    refusal = HoldNotFound(hold_id=HoldId("hold-1"))

    def refuse() -> None:
        note("job", "orders")
        with one_piece_of_work():
            note("order_id", "order-1")
            raise refusal

    with pytest.raises(HoldNotFound), one_piece_of_work():
        refuse()

    assert about(refusal) == {"job": "orders", "order_id": "order-1"}
    assert about(ValueError()) == {}


async def test_each_of_many_faults_names_its_own_thing() -> None:
    async def step(order_id: str) -> None:
        note("order_id", order_id)
        if order_id != "good":
            raise ValueError(order_id)

    with pytest.raises(ExceptionGroup) as failed:
        await one_by_one(["a", "good", "b"], step)

    assert [about(each) for each in failed.value.exceptions] == [
        {"order_id": "a"},
        {"order_id": "b"},
    ]


async def test_whoever_listens_is_told_that_work_goes_on_however_it_ends() -> None:
    async def ends(thing: str) -> None:
        if thing == "poison":
            raise ZeroDivisionError

    told: list[int] = []
    with telling_of_work(lambda: told.append(1)):
        with pytest.raises(ExceptionGroup):
            await one_by_one(["one", "poison", "other"], ends)
        during = len(told)
    await one_by_one(["later"], ends)

    # Once when a piece begins, and once when it has ended.
    assert during == 6
    assert len(told) == during
