"""Time and ids for tests: both stand still until a test moves them."""

from datetime import UTC, datetime, timedelta

from attrs import define

# A Monday, at noon, in a month with 31 days, far from every daylight-saving change.
NOON = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)


@define
class SettableClock:
    """A `Clock` that shows what it was set to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Let time pass, and return the instant it is then."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self.now


@define
class CountedIds:
    """A `NewId` that counts: UUIDv7 in shape, increasing, and the same in every run.

    Two counters that are used together need different lanes; ids of a higher lane are newer.
    """

    lane: int = 1
    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{self.lane:08x}-0000-7000-8000-{self.count:012x}"


fresh_id = CountedIds(lane=0)
"""Ids for things that builders make: counted over the whole run, older than all others."""
