"""Requests counted by route: plain numbers, so that counting costs next to nothing.

The loop runs in one thread, so no lock is needed; a label is written when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from aiohttp.web import AbstractRoute
from attrs import define, field

SECONDS_BOUNDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
"""Upper bounds of the classes that durations are counted in, in seconds."""


@define(eq=False, kw_only=True)
class Durations:
    """How often something took how long; one class more than bounds, for what took longer."""

    bounds: Sequence[float] = SECONDS_BOUNDS
    counts: list[int] = field()
    seconds: float = 0.0

    @counts.default
    def _none(self) -> list[int]:
        return [0] * (len(self.bounds) + 1)

    def note(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds


@define(eq=False, kw_only=True)
class RouteTally:
    """How often a route was asked, how it answered, and how long that took."""

    method: str
    route: str
    statuses: dict[int, int] = field(factory=dict)
    durations: Durations = field(factory=Durations)


@define(eq=False)
class RouteTallies:
    """One tally a route. What leads nowhere shares one: strangers must not make up new ones."""

    _by_route: dict[AbstractRoute, RouteTally] = field(factory=dict, init=False)
    _nowhere: RouteTally = field(
        factory=lambda: RouteTally(method="", route="unmatched"), init=False
    )

    def note(self, route: AbstractRoute, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        tally = self._by_route.get(route)
        if tally is None:
            tally = self._of(route)
        tally.statuses[status] = tally.statuses.get(status, 0) + 1
        tally.durations.note(seconds)

    def every(self) -> Sequence[RouteTally]:
        """Return the tallies of all routes that were asked so far."""
        return (*self._by_route.values(), self._nowhere)

    def by_name(self) -> Mapping[str, RouteTally]:
        """Return the tallies by method and route."""
        return {f"{each.method} {each.route}".strip(): each for each in self.every()}

    def _of(self, route: AbstractRoute) -> RouteTally:
        # A route that was not registered, made for one request alone, has no resource.
        if route.resource is None:
            return self._nowhere
        made = RouteTally(method=route.method, route=route.resource.canonical)
        self._by_route[route] = made
        return made
