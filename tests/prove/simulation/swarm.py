"""What goes wrong, and how often: every seed draws rates of its own, and then calls the dice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from random import Random
from typing import Self, TypeVar

from attrs import Factory, define

Thing = TypeVar("Thing")

_RATE_MAX = 0.18
_CRASH_RATE_MAX = 0.006


class Fault(Enum):
    """One way in which the world around the service fails."""

    COMMIT_FAILED = "commits failed"
    ANSWER_LOST = "commits done, their answer lost"
    STORE_BUSY = "store busy"
    GIVEN_UP = "calls given up"
    CRASH = "crashes"
    PROVIDER_SILENT = "provider silent"
    PROVIDER_LOST_ANSWER = "provider did it, its answer lost"
    PROVIDER_BROKEN = "provider refused to work"
    NEWS_LOST = "webhooks lost"
    NEWS_REPEATED = "webhooks repeated"
    NEWS_SHUFFLED = "webhooks out of order"
    RECEIVER_REFUSES = "receiver refused"
    RECEIVER_HANGS = "receiver hung"
    RECEIVER_FORGETS = "receiver took it, its answer lost"
    RECEIVER_GONE = "receiver gone"
    CLOCK_BACK = "clock set back"


class Crashed(BaseException):
    """The process is gone. Nothing of ours may catch it, as nothing catches a power cut."""


@define(eq=False, kw_only=True)
class Fortune:
    """The one source of chance of a run, with the rates that its seed has drawn."""

    random: Random
    rates: Mapping[Fault, float]
    struck: Counter[Fault] = Factory(Counter)
    is_calm: bool = False

    @classmethod
    def of(cls, seed: int) -> Self:
        """Draw the rates of a seed: about a third of all faults do not happen in it at all."""
        random = Random(seed)
        rates = {
            fault: random.uniform(0, _CRASH_RATE_MAX if fault is Fault.CRASH else _RATE_MAX)
            for fault in Fault
            if random.random() < 0.67
        }
        return cls(random=random, rates=rates)

    def strikes(self, fault: Fault) -> bool:
        """Say whether this goes wrong now, and count it."""
        rate = self.rates.get(fault)
        if self.is_calm or rate is None or self.random.random() >= rate:
            return False
        self.struck[fault] += 1
        return True

    def chance(self) -> float:
        """Return a number from 0 to 1, as the service asks for one."""
        return self.random.random()

    def is_likely(self, share: float) -> bool:
        """Say yes in so many of all cases."""
        return self.random.random() < share

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Return one of several things, each as likely as any other."""
        return things[int(self.random.random() * len(things))]

    def between(self, least: int, most: int) -> int:
        """Return a whole number between the two, both included."""
        return least + int(self.random.random() * (most - least + 1))

    def weights(self, count: int) -> list[float]:
        """Draw how often each of so many things is done in this run; some hardly ever."""
        return [self.random.random() ** 2 + 0.02 for _ in range(count)]
