"""The demo world's own time, and ids that sort by it."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import define

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@define
class DemoClock:
    """A `Clock` that shows the instant the demo world has come to; it never turns back."""

    now: datetime = _EPOCH

    def __call__(self) -> datetime:
        return self.now

    def reach(self, instant: datetime) -> None:
        """Let time pass until the instant; one that has passed already changes nothing."""
        self.now = max(self.now, instant)


@define(kw_only=True)
class DemoIds:
    """A `NewId` of the demo world: UUIDv7 in shape, made from its clock and a counter.

    The same steps give the same ids, so the world of a day is the same wherever it is built. A
    build that takes up where another was cut off has a `lane` of its own, so that no id of the
    first is given out again.
    """

    clock: DemoClock
    lane: int = 0
    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        milliseconds = int(self.clock().timestamp() * 1000)
        high, low = divmod(self.count, 1 << 12)
        digits = f"{milliseconds:012x}7{high & 0xFFF:03x}8{low:03x}{self.lane:012x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
