"""Everything a process counts while it runs, to be told when somebody asks."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter

from attrs import define, field, frozen

from application.credits.steps.account_proof import LedgerVerified
from domain.payments.comparison_round import ComparisonRound
from entrypoints.http.tallies import Durations, RouteTallies

STUCK_SECONDS = 900.0
"""However long a run or a piece of it is, it tells of progress more often than that."""

_CALL_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_JOB_BOUNDS = (0.001, 0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)


@define(eq=False, kw_only=True)
class JobTally:
    """How often a job of the worker ran and failed, how much it did, and when it last succeeded.

    `moved_at` is when its present run last showed by the stopwatch that it goes on: when it began,
    and with each piece of work that began, went on or ended since. It is None between two runs.
    """

    durations: Durations = field(factory=lambda: Durations(bounds=_JOB_BOUNDS))
    done: int = 0
    failures: int = 0
    moved_at: float | None = None
    succeeded_at: datetime | None = None

    def moves(self) -> None:
        """Note that its present run goes on."""
        self.moved_at = perf_counter()

    def rests(self) -> None:
        """Note that its present run has ended."""
        self.moved_at = None

    @property
    def silent_seconds(self) -> float:
        """For how long its present run has shown no progress; 0 between two runs."""
        return 0.0 if self.moved_at is None else perf_counter() - self.moved_at


@define(eq=False, kw_only=True)
class CallTally:
    """How payment provider calls ended, by what became of them, and how long they took."""

    outcomes: dict[str, int] = field(factory=dict)
    durations: Durations = field(factory=lambda: Durations(bounds=_CALL_BOUNDS))


@frozen(kw_only=True)
class Proof:
    """What the last proof of the ledger in this process found, and when."""

    at: datetime
    accounts: int
    lines: int
    breaches: int


@frozen(kw_only=True)
class Comparison:
    """What the last comparison with a provider found, in whatever process, and when it ended."""

    at: datetime | None
    drift: int
    is_read: bool


@define(eq=False, kw_only=True)
class Tallies:
    """The counts of one process; they begin at nothing when it starts.

    A job that has shown no progress for `stuck_seconds` is stuck.
    """

    routes: RouteTallies = field(factory=RouteTallies)
    jobs: dict[str, JobTally] = field(factory=dict)
    calls: dict[str, CallTally] = field(factory=dict)
    stuck_seconds: float = STUCK_SECONDS
    proof: Proof | None = None
    comparisons: dict[tuple[str, str], Comparison] = field(factory=dict)

    def job(self, name: str) -> JobTally:
        """Return the tally of a job of the worker."""
        return self.jobs.setdefault(name, JobTally())

    def stuck_jobs(self) -> tuple[str, ...]:
        """Name the jobs whose present run has shown no progress for longer than any should."""
        return tuple(
            name
            for name, tally in sorted(self.jobs.items())
            if tally.silent_seconds > self.stuck_seconds
        )

    def call(self, channel: str, outcome: str, seconds: float) -> None:
        """Count a call to a payment provider that has ended."""
        tally = self.calls.setdefault(channel, CallTally())
        tally.outcomes[outcome] = tally.outcomes.get(outcome, 0) + 1
        tally.durations.note(seconds)

    def proved(self, found: LedgerVerified, at: datetime) -> None:
        """Keep what a proof of the ledger found."""
        self.proof = Proof(
            at=at, accounts=found.accounts, lines=found.lines, breaches=len(found.breaches)
        )

    def compared(self, present: ComparisonRound) -> None:
        """Keep how the comparing of a provider stands."""
        self.comparisons[present.channel, present.track.value] = Comparison(
            at=present.compared_at,
            drift=present.compared_drift,
            is_read=not present.is_unread,
        )
