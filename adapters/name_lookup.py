"""Looking up the hosts that our events are sent to, in threads of its own.

The event loop looks names up in four threads that everybody shares. Endpoints are named by
customers of the service, so that a few names which nobody answers for would keep payment providers
waiting.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

_THREADS = 8

LookUp = Callable[..., Sequence[tuple[int, int, int, str, tuple[object, ...]]]]
"""As `socket.getaddrinfo` does it."""


class OwnThreadsResolver(AbstractResolver):
    """Resolves names without taking a thread from anybody else. Slow ones wait for each other."""

    def __init__(self, look_up: LookUp = socket.getaddrinfo, threads: int = _THREADS) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="endpoint-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return every address of a host. Raises OSError if it has none."""
        look_up = partial(
            self._look_up,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=of,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for of, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Give up what is still being looked up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
