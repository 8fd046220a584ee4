"""Names of endpoints are looked up without anybody else having to wait."""

import asyncio
import socket
from threading import Event
from typing import Any

import pytest

from adapters.name_lookup import OwnThreadsResolver

_FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.7", 443))]


async def test_a_host_is_resolved_to_its_addresses() -> None:
    resolver = OwnThreadsResolver(lambda *_, **__: _FOUND)

    (found,) = await resolver.resolve("receiver.example", 443)

    assert (found["hostname"], found["host"], found["port"]) == (
        "receiver.example",
        "203.0.113.7",
        443,
    )


async def test_a_host_that_has_no_address_is_an_error() -> None:
    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(OSError, match="not known"):
        await OwnThreadsResolver(nobody).resolve("nobody.example", 443)


async def test_names_that_nobody_answers_for_take_no_thread_from_the_loop() -> None:
    silence = Event()

    def look_up(*_: Any, **__: Any) -> Any:
        silence.wait(10)
        return _FOUND

    resolver = OwnThreadsResolver(look_up, threads=2)
    waiting = [asyncio.create_task(resolver.resolve("slow.example", 443)) for _ in range(50)]
    try:
        # As many as the loop itself has threads for, several times over.
        others = (asyncio.to_thread(lambda: "done") for _ in range(50))
        assert await asyncio.wait_for(asyncio.gather(*others), 5) == ["done"] * 50
        assert not any(task.done() for task in waiting)
    finally:
        silence.set()
    await asyncio.gather(*waiting)
    await resolver.close()
