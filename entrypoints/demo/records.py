"""What the demo world remembers about itself, in the store: that it was begun, and finished."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from application.ports.unit_of_work import BeginWork
from entrypoints.demo.keys import DEMO, key_of


@frozen(kw_only=True)
class WorldBegun:
    """The day a world ends on, and how many customers it has: whoever resumes it keeps to them."""

    ends_on: date
    customers: int


@frozen(kw_only=True)
class WorldFinished:
    """A whole world lies in the store."""

    ends_on: date
    customers: int


async def finished(begin: BeginWork) -> WorldFinished | None:
    """Return the world that lies in the store, if it is whole."""
    async with begin() as work:
        return await work.answers.claim(key_of(DEMO, "finished"), WorldFinished)


async def begun(begin: BeginWork, wanted: WorldBegun) -> tuple[WorldBegun, bool]:
    """Return the world that was begun, and whether it was begun before; else begin this one."""
    key = key_of(DEMO, "begun")
    async with begin() as work:
        earlier = await work.answers.claim(key, WorldBegun)
        if earlier is not None:
            return earlier, True
        await work.answers.keep(key, wanted)
        await work.commit()
    return wanted, False


async def finish(begin: BeginWork, world: WorldFinished) -> None:
    """Note that the world is whole."""
    key = key_of(DEMO, "finished")
    async with begin() as work:
        if await work.answers.claim(key, WorldFinished) is None:
            await work.answers.keep(key, world)
            await work.commit()
