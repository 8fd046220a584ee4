"""Long work beside spends: a little of it, and then a rest that is so many times as long."""

from __future__ import annotations

import asyncio

from attrs import define, field

from application.ports.system import Stopwatch

WORK_SECONDS = 0.01
"""After so much work it rests. A spend that waits meanwhile waits about as long."""


@define
class SmallShare:
    """A pause to be made often, which rests where enough has been worked since the last rest.

    The more the process has to do besides, the longer the work took and the longer the rest is.
    """

    percent: int
    stopwatch: Stopwatch
    _since: float = field(init=False)

    @_since.default
    def _now(self) -> float:
        return self.stopwatch()

    async def __call__(self) -> None:
        """Give the turn to whatever else there is, for long enough."""
        worked = self.stopwatch() - self._since
        if worked < WORK_SECONDS:
            await asyncio.sleep(0)
            return
        await asyncio.sleep(worked * (100 - self.percent) / self.percent)
        self._since = self.stopwatch()
