"""A process that another one overtakes between seeing what is due and doing it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from attrs import define

from application.ports.unit_of_work import BeginRead, UnitOfWork


@define(kw_only=True)
class Overtaken:
    """Reads as the store does; once the first reading is over, something happens elsewhere."""

    inner: BeginRead
    meanwhile: Callable[[], Awaitable[object]] | None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """Read, and be overtaken the first time."""
        async with self.inner() as work:
            yield work
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
