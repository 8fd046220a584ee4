"""A network that fails on request: it refuses, cuts, delays, slices or swallows what goes through.

It stands between a service and its database. A fault befalls one connection, at the next bytes that
the client sends on it; other connections do not notice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum

from attrs import define, field

_CHUNK = 65536
_SWALLOW_SECONDS = 60.0


class Fault(Enum):
    """What befalls a connection next."""

    NONE = "none"
    CUT_BEFORE = "cut before the request arrives"
    CUT_AFTER = "cut when the answer is on its way"
    CUT_INSIDE = "cut in the middle of the request"
    DELAY = "the request is late"
    SLICE = "the answer comes byte by byte"
    SWALLOW = "nothing comes, and nothing is cut"


CUTS = frozenset({Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.CUT_INSIDE})


def _never() -> Fault:
    return Fault.NONE


@define(kw_only=True)
class Proxy:
    """The way to a server. `plan` is asked for the fault of each request of a connection."""

    host: str
    server_port: int
    port: int = 0
    plan: Callable[[], Fault] = _never
    is_refusing: bool = False
    delay_seconds: float = 0.05
    befell: Counter[Fault] = field(factory=Counter)
    _open: set[asyncio.StreamWriter] = field(factory=set, init=False)

    @property
    def cuts(self) -> int:
        """How many connections were cut while they were used."""
        return sum(self.befell[fault] for fault in CUTS)

    def cut_everything(self) -> None:
        """End every connection there is, whatever it is doing."""
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stand between one connection and the server until either side ends it."""
        if self.is_refusing:
            writer.transport.abort()
            return
        try:
            server = await asyncio.open_connection(self.host, self.server_port)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(proxy=self, client=(reader, writer), server=server)
        both = {writer, server[1]}
        self._open |= both
        try:
            await line.carry()
        finally:
            self._open -= both
            for each in both:
                each.transport.abort()


@define(kw_only=True)
class _Line:
    proxy: Proxy
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    fault: Fault = Fault.NONE

    async def carry(self) -> None:
        """Pass on what is said until one side, or a fault, ends it."""
        directions = [asyncio.create_task(self._upwards()), asyncio.create_task(self._downwards())]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in directions:
                task.cancel()
            await asyncio.gather(*directions, return_exceptions=True)

    async def _upwards(self) -> None:
        with suppress(OSError):
            while request := await self.client[0].read(_CHUNK):
                self.fault = self.proxy.plan()
                self.proxy.befell[self.fault] += 1
                match self.fault:
                    case Fault.CUT_BEFORE:
                        return
                    case Fault.CUT_INSIDE:
                        await _pass(request[: len(request) // 2], self.server[1])
                        return
                    case Fault.DELAY:
                        await asyncio.sleep(self.proxy.delay_seconds)
                    case Fault.SWALLOW:
                        await asyncio.sleep(_SWALLOW_SECONDS)
                        return
                await _pass(request, self.server[1])

    async def _downwards(self) -> None:
        with suppress(OSError):
            while answer := await self.server[0].read(_CHUNK):
                if self.fault is Fault.CUT_AFTER:
                    return
                if self.fault is Fault.SLICE:
                    for place in range(len(answer)):
                        await _pass(answer[place : place + 1], self.client[1])
                        await asyncio.sleep(0)
                else:
                    await _pass(answer, self.client[1])


async def _pass(chunk: bytes, to: asyncio.StreamWriter) -> None:
    to.write(chunk)
    await to.drain()


@asynccontextmanager
async def a_proxy(host: str, server_port: int) -> AsyncIterator[Proxy]:
    """Open a way to a server, on a port of its own, while the block is open."""
    proxy = Proxy(host=host, server_port=server_port)
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        proxy.is_refusing = True
        proxy.cut_everything()
        # Whoever was being served is gone once the line is; nothing is left to wait for long.
        async with asyncio.timeout(10):
            await listening.wait_closed()
