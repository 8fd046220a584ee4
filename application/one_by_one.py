"""Working through what is due, so that one poisonous thing does not hold up the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from application.worked_on import one_piece_of_work

Thing = TypeVar("Thing")
Done = TypeVar("Done")


async def one_by_one(
    things: Iterable[Thing], step: Callable[[Thing], Awaitable[Done]]
) -> list[Done]:
    """Take a step for each thing and return what came of it.

    What fails is raised together, once every other thing has had its turn: the same thing comes
    first the next time, too.
    """
    done: list[Done] = []
    faults: list[Exception] = []
    for thing in things:
        try:
            with one_piece_of_work():
                done.append(await step(thing))
        except Exception as fault:  # noqa: BLE001 - raised below
            faults.append(fault)
    if faults:
        raise ExceptionGroup("not everything that is due could be done", faults)
    return done
