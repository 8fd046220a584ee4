"""What one measurement found, and how several rounds of two things become a ratio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeAlias

from attrs import frozen


@frozen(kw_only=True)
class Sample:
    """What was done in a span of time, and how long each piece of it took.

    `cpu_us` is the processor time a piece cost the process that is measured, `asking_cpu_us` what
    it cost the one that asked; both are 0 where nobody looked.
    """

    count: int
    seconds: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    mean_ms: float = 0.0
    cpu_us: float = 0.0
    asking_cpu_us: float = 0.0

    @property
    def rate(self) -> float:
        """How many pieces a second."""
        return self.count / self.seconds if self.seconds else 0.0


Rounds: TypeAlias = Mapping[str, Sequence[Sample]]
"""By case, one sample for each round."""

Look: TypeAlias = Callable[[Sample], float]
"""Which figure of a sample is meant."""


@frozen(kw_only=True)
class Spread:
    """Several rounds' figures: the one in the middle, and both ends."""

    middle: float
    least: float
    most: float


def rate(sample: Sample) -> float:
    """Look at pieces a second."""
    return sample.rate


def p50(sample: Sample) -> float:
    """Look at what half of the pieces stayed below, in ms."""
    return sample.p50_ms


def p99(sample: Sample) -> float:
    """Look at what 99 of 100 pieces stayed below, in ms."""
    return sample.p99_ms


def mean(sample: Sample) -> float:
    """Look at the mean time of a piece, in ms."""
    return sample.mean_ms


def cpu(sample: Sample) -> float:
    """Look at the processor time of a piece, in µs."""
    return sample.cpu_us


def spread(figures: Sequence[float]) -> Spread:
    """Return the middle and the ends of some figures."""
    return Spread(middle=median(figures), least=min(figures), most=max(figures))


def ratio(ours: Sequence[float], limits: Sequence[float]) -> Spread:
    """Return the spread of the ratios that each round gave by itself.

    Both were measured within seconds of each other, so that a machine that is slow for a while is
    slow for both.
    """
    pairs = zip(ours, limits, strict=True)
    return spread([one / limit for one, limit in pairs if limit > 0] or [0.0])


def sample_of(
    latencies_s: Sequence[float], seconds: float, *, cpu_s: float = 0.0, asking_cpu_s: float = 0.0
) -> Sample:
    """Return the sample of pieces that took so long each, done in so many seconds."""
    if not latencies_s:
        return Sample(count=0, seconds=seconds)
    ordered = sorted(latencies_s)
    count = len(ordered)
    return Sample(
        count=count,
        seconds=seconds,
        p50_ms=ordered[count // 2] * 1e3,
        p99_ms=ordered[min(count - 1, count * 99 // 100)] * 1e3,
        mean_ms=sum(ordered) / count * 1e3,
        cpu_us=cpu_s / count * 1e6,
        asking_cpu_us=asking_cpu_s / count * 1e6,
    )
