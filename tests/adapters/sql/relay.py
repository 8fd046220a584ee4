"""A relay between a store and its server, which counts round trips and cuts the line on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from urllib.parse import urlsplit

from attrs import define, field


class Cut(Enum):
    """What is lost next, and the line with it: a request, or the answer to one."""

    NEVER = "never"
    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"


@define
class Relay:
    """What went through since it was last reset: a round trip is a request and then an answer."""

    dsn: str
    round_trips: int = 0
    cut: Cut = Cut.NEVER
    is_refusing: bool = False
    _is_asking: bool = field(default=False, init=False)

    async def upwards(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        """Pass on what the store asks."""
        while request := await client.read(65536):
            if not self._is_asking:
                self.round_trips += 1
            self._is_asking = True
            if self.cut is Cut.REQUEST_LOST:
                return
            server.write(request)
            await server.drain()

    async def downwards(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        """Pass on what the server answers."""
        while answer := await server.read(65536):
            self._is_asking = False
            if self.cut is Cut.ANSWER_LOST:
                return
            client.write(answer)
            await client.drain()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stand between one connection of the store and the server until either side ends it."""
        if self.is_refusing:
            writer.close()
            return
        parts = urlsplit(self.dsn)
        server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            directions = [
                asyncio.create_task(self.upwards(reader, server_writer)),
                asyncio.create_task(self.downwards(server_reader, writer)),
            ]
            _, running = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
        finally:
            self.cut = Cut.NEVER
            self._is_asking = False
            writer.close()
            server_writer.close()


@asynccontextmanager
async def relayed(dsn: str) -> AsyncIterator[tuple[str, Relay]]:
    """Give an address that leads to the same database through a relay."""
    relay = Relay(dsn=dsn)
    listening = await asyncio.start_server(relay.serve, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        parts = urlsplit(dsn)
        user = parts.netloc.rpartition("@")[0]
        yield parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl(), relay
