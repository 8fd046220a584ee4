"""The load: so many connections, each sending its next request once the last one is answered.

A process of its own, lighter than any HTTP library, so that it measures the service and not itself:
beside the bare handler in `limits/hello.py` it says how far it could go.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import cast

from attrs import define, field, frozen

from benchmarks.conversations import KINDS, Conversation, Kind, Talk, accounts_of
from benchmarks.measured import Sample, sample_of
from benchmarks.programs import ProgramFailed, serve_orders

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_STATUS = slice(9, 12)
_OVERDUE_SECONDS = 30.0


@frozen(kw_only=True)
class Load:
    """An order: a talk over so many connections at once, for so many seconds at most."""

    talk: Talk
    connections: int
    seconds: float


@define(eq=False)
class _Run:
    """What all connections of one load share."""

    kind: Kind
    ends_at: float
    open: int
    done: asyncio.Future[None]
    latencies: list[float] = field(factory=list)

    def fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(ProgramFailed(reason))

    def leave(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)


@define(eq=False)
class _Connection(asyncio.Protocol):
    """One connection. An answer in two pieces of the network is put together."""

    run: _Run
    conversation: Conversation
    transport: asyncio.Transport | None = None
    received: bytes = b""
    since: float = 0.0
    answered: int = 0
    is_leaving: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What the loop gives has its methods, and is no subclass of it.
        self.transport = cast("asyncio.Transport", transport)
        self._say(next(self.conversation, None))

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        head_end = self.received.find(_HEAD_END)
        if head_end < 0:
            return
        body_from = head_end + len(_HEAD_END)
        missing = _length(self.received[:head_end]) - (len(self.received) - body_from)
        if missing > 0:
            return
        status, body = self.received[_STATUS], self.received[body_from:]
        self.received = b""
        if not status.startswith(self.run.kind.status):
            self.run.fail(f"answered {status.decode()}: {body[:300].decode(errors='replace')}")
            return
        self._go_on(body)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.is_leaving:
            self.run.fail(f"the service closed a connection: {exc!r}")

    def _go_on(self, body: bytes) -> None:
        now = time.perf_counter()
        self.answered += 1
        if self.answered % self.run.kind.requests == 0:
            self.run.latencies.append(now - self.since)
            self.since = now
            if now >= self.run.ends_at:
                self._say(None)
                return
        try:
            self._say(self.conversation.send(body))
        except StopIteration:
            self._say(None)

    def _say(self, request: bytes | None) -> None:
        assert self.transport is not None
        if request is None:
            self.is_leaving = True
            self.transport.close()
            self.run.leave()
            return
        if self.since == 0.0:
            self.since = time.perf_counter()
        self.transport.write(request)


def _length(head: bytes) -> int:
    lowered = head.lower()
    found = lowered.find(_LENGTH)
    if found < 0:
        return 0
    end = lowered.find(b"\r\n", found)
    return int(lowered[found + len(_LENGTH) : end if end >= 0 else len(lowered)])


async def _carry_out(order: Load) -> Sample:
    loop = asyncio.get_running_loop()
    kind = KINDS[order.talk.kind]
    accounts: Iterator[str] = accounts_of(order.talk)
    began, cpu_before = time.perf_counter(), time.process_time()
    run = _Run(
        kind=kind,
        ends_at=began + order.seconds,
        open=order.connections,
        done=loop.create_future(),
    )

    def connection() -> _Connection:
        return _Connection(run=run, conversation=kind.begin(order.talk, accounts))

    await asyncio.gather(
        *(
            loop.create_connection(connection, "127.0.0.1", order.talk.port)
            for _ in range(order.connections)
        )
    )
    async with asyncio.timeout(order.seconds + _OVERDUE_SECONDS):
        await run.done
    return sample_of(
        run.latencies,
        time.perf_counter() - began,
        asking_cpu_s=time.process_time() - cpu_before,
    )


if __name__ == "__main__":
    serve_orders(Load, _carry_out)
