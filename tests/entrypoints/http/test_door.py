"""On the way out: whoever is inside is served, and nobody else gets in."""

import asyncio
import socket
import time

import pytest

from entrypoints.http.door import let_nobody_in

_SECONDS_MAX = 5.0
# After this option of a Linux socket nobody may attach a filter to it, not even root.
_SO_LOCK_FILTER = 44


def test_who_was_let_in_is_still_heard() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address, timeout=_SECONDS_MAX) as early:
            early.sendall(b"sent before the door was closed")

            let_nobody_in(listening)

            accepted, _ = listening.accept()
            with accepted:
                assert accepted.recv(100) == b"sent before the door was closed"
                early.sendall(b"and after")
                assert accepted.recv(100) == b"and after"


async def test_who_comes_later_is_refused_once_the_door_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        let_nobody_in(listening)
        started = time.monotonic()
        late = asyncio.create_task(asyncio.open_connection(host, port))
        await asyncio.sleep(0.1)
        assert not late.done()

    with pytest.raises(ConnectionRefusedError):
        async with asyncio.timeout(_SECONDS_MAX):
            await late
    assert time.monotonic() - started < _SECONDS_MAX


def test_a_kernel_that_forbids_it_does_not_spoil_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, _SO_LOCK_FILTER, 1)

        let_nobody_in(listening)

        with socket.create_connection(listening.getsockname(), timeout=_SECONDS_MAX):
            accepted, _ = listening.accept()
            accepted.close()
