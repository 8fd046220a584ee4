"""A service that dies at its commits, before or after them, and a provider that tries again."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from attrs import frozen

from application.ports.unit_of_work import BeginWork, UnitOfWork
from domain.payments.ids import Channel
from tests.providers.business import Business
from tests.providers.till import News, Till

Receive = Callable[[Business, Channel, News], Awaitable[None]]
"""Take a webhook in; returning acknowledges it."""

CRASHES = 0.3


@frozen
class Crash(BaseException):
    """The process is no more. Nothing in it can carry on, so no `except Exception` sees this."""


@frozen
class _Mortal:
    """A unit of work in which the process may die: at its commit, or right after it."""

    work: UnitOfWork
    chance: random.Random

    async def commit(self) -> None:
        fate = self.chance.random()
        if fate < CRASHES / 2:
            raise Crash
        await self.work.commit()
        if fate < CRASHES:
            raise Crash

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)


def let_it_crash(business: Business, chance: random.Random) -> None:
    """Let every commit of a service that has not been used yet be its last, perhaps."""
    begin: BeginWork = business.store.begin

    @asynccontextmanager
    async def mortal() -> AsyncIterator[UnitOfWork]:
        async with begin() as work:
            yield cast("UnitOfWork", _Mortal(work, chance))

    business.container.begin.override(mortal)
    business.container.reset_singletons()


def let_it_live(business: Business) -> None:
    """Let the service be started again, and live."""
    business.container.begin.reset_override()
    business.container.reset_singletons()


async def received(business: Business, channel: Channel, news: News) -> None:
    """Take a webhook in as the service does."""
    await business.receive(channel, news)


async def deliver_until_acknowledged(
    business: Business, till: Till, chance: random.Random, receive: Receive = received
) -> int:
    """Deliver everything as providers do: again, until it is acknowledged. Return the crashes."""
    waiting = list(till.news())
    crashes = 0
    while waiting:
        chance.shuffle(waiting)
        left: list[News] = []
        for each in waiting:
            try:
                await receive(business, till.channel, each)
            except Crash:
                crashes += 1
                left.append(each)
        waiting = left
    return crashes
