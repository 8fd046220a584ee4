"""Long work beside spends: a little of it, and then a rest that is so many times as long."""

from __future__ import annotations

import asyncio

from attrs import define, field

from application.ports.system import Stopwatch
from domain.credits.proof_round import LEASE

WORK_SECONDS = 0.01
"""After so much work it rests. A spend that waits meanwhile waits about as long."""

REST_SECONDS_MAX = (LEASE / 4).total_seconds()
"""A rest is never longer: whoever rests keeps what it has claimed, and has time to say so."""


@define
class SmallShare:
    """A pause to be made often, which rests where enough has been worked since the last rest.

    The more the process has to do besides, the longer the work took and the longer the rest is, up
    to `rest_seconds_max`: by the stopwatch a store that did not answer, or a machine that stood
    still, has worked as well.
    """

    percent: int
    stopwatch: Stopwatch
    rest_seconds_max: float = REST_SECONDS_MAX
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
        rest = worked * (100 - self.percent) / self.percent
        await asyncio.sleep(min(rest, self.rest_seconds_max))
        self._since = self.stopwatch()
