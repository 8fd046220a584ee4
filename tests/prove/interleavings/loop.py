"""An event loop that runs only when it is told to, and in which no time passes by itself."""

import asyncio
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any, TypeVarTuple

Args = TypeVarTuple("Args")
Ready = tuple[asyncio.Handle, Callable[..., object], tuple[Any, ...], Context]


class SteppingLoop(asyncio.BaseEventLoop):
    """Tasks, futures and timers without a selector: whoever drives it decides what happens next.

    Timers go off only when the driver lets time pass, in the order in which they are due.
    """

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self._due: deque[Ready] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle, Ready]] = []
        self._shown = 0.0
        self._made = 0

    def time(self) -> float:
        """Return the seconds that the driver has let pass."""
        return self._shown

    def call_soon(
        self, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.Handle:
        """Have something done when the driver settles the loop."""
        handle = asyncio.Handle(callback, args, self, context)
        self._due.append((handle, callback, args, _own(context)))
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Have something done when the driver has let time pass until then."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        ready = (handle, callback, args, _own(context))
        self._made += 1
        heappush(self._timers, (when, self._made, handle, ready))
        return handle

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note what nobody else has heard of."""
        self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")

    def settle(self) -> None:
        """Run all that can run without a further decision."""
        due = self._due
        while due:
            handle, callback, args, context = due.popleft()
            if not handle.cancelled():
                context.run(callback, *args)

    def pass_time(self) -> bool:
        """Let time pass until the next timer; say whether there was one."""
        while self._timers:
            when, _, handle, ready = heappop(self._timers)
            if not handle.cancelled():
                self._shown = max(self._shown, when)
                self._due.append(ready)
                return True
        return False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the running loop of this thread for a while."""
        before = _get_running_loop()
        _set_running_loop(self)
        try:
            yield
        finally:
            _set_running_loop(before)


def _own(context: Context | None) -> Context:
    # One that holds nothing yet counts as false, and is somebody's own all the same.
    return copy_context() if context is None else context
