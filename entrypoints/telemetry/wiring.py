"""What a process counts and how it tells it, over what the container has made."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from aiohttp import TraceConfig
from aiohttp.typedefs import Middleware
from attrs import evolve, frozen

from application.credits.steps.account_proof import LedgerVerified
from application.figures.read_backlogs import ReadingBacklogs
from application.ports.store import Store
from application.ports.system import Clock
from entrypoints.environment import SettingsError
from entrypoints.http.health import Readiness
from entrypoints.telemetry.calls import watching
from entrypoints.telemetry.metrics import Metrics
from entrypoints.telemetry.tallies import Tallies
from entrypoints.telemetry.traced_store import TracedStore

if TYPE_CHECKING:
    from entrypoints.container import Container
    from entrypoints.settings import Settings
    from entrypoints.telemetry.tracing import Tracing
    from entrypoints.worker import Job


@frozen(kw_only=True)
class Telemetry:
    """The counts of the process, and who adds to them from elsewhere."""

    tallies: Tallies
    wall_clock: Clock
    tracing: Tracing | None = None

    def watches(self, channel: str) -> Sequence[TraceConfig]:
        """Return what watches the calls to a channel's provider."""
        counting = watching(channel, self.tallies)
        return (counting,) if self.tracing is None else (counting, self.tracing.calls(channel))

    def around_requests(self) -> Sequence[Middleware]:
        """Return what stands around every request beside what counts it."""
        return () if self.tracing is None else (self.tracing.requests(),)

    def watched(self, job: Job) -> Job:
        """Return a job of the worker with a trace of every run, where there are traces."""
        tracing = self.tracing
        return job if tracing is None else evolve(job, run=tracing.job(job.name, job.run))

    def close(self) -> None:
        """Send what was gathered and not sent yet."""
        if self.tracing is not None:
            self.tracing.close()

    def proved(self, found: LedgerVerified) -> None:
        """Keep what a proof of the ledger found."""
        self.tallies.proved(found, self.wall_clock())


def telemetry_of(made: Container) -> Telemetry:
    """Return the counts. Made before what adds to them, so they ask for little."""
    return Telemetry(tallies=Tallies(), wall_clock=made.wall_clock(), tracing=made.tracing())


def seen_store(store: Store, tracing: Tracing | None) -> Any:
    """Return the store, with spans around what it does where there are traces."""
    return store if tracing is None else TracedStore(store, tracing)


def tracing_of(settings: Settings) -> Tracing | None:
    """Return where traces go, or None. Raises SettingsError if the libraries are missing."""
    endpoint = settings.operating.otel_endpoint
    if endpoint is None:
        return None
    try:
        from entrypoints.telemetry.tracing import tracing_to
    except ModuleNotFoundError as missing:
        problem = "needs the extra otel: pip install 'billing[otel]'"
        raise SettingsError("BILLING_OTEL_ENDPOINT", problem) from missing
    return tracing_to(endpoint, settings.operating.otel_ratio, version("billing"))


def readiness_of(made: Container) -> Readiness:
    """Return what says whether requests should be sent here."""
    return Readiness(ping=made.store().ping)


def metrics_of(made: Container) -> Metrics:
    """Return what tells the counts."""
    read_backlogs = ReadingBacklogs(
        read=made.read(), clock=made.clock(), wall_clock=made.wall_clock()
    )
    return Metrics(
        tallies=made.telemetry().tallies,
        commit=made.group_commit(),
        read_backlogs=read_backlogs,
        read_proofs=made.operations().read_proofs,
        token=made.settings().operating.metrics_token,
    )
