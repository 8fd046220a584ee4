"""What a process counts and how it tells it, over what the container has made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import TraceConfig
from attrs import frozen

from application.credits.verify_ledger import LedgerVerified
from application.ports.system import Clock
from application.read_backlogs import ReadingBacklogs
from entrypoints.telemetry.calls import watching
from entrypoints.telemetry.metrics import Metrics
from entrypoints.telemetry.tallies import Tallies

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class Telemetry:
    """The counts of the process, and who adds to them from elsewhere."""

    tallies: Tallies
    wall_clock: Clock

    def watches(self, channel: str) -> Sequence[TraceConfig]:
        """Return what watches the calls to a channel's provider."""
        return (watching(channel, self.tallies),)

    def proved(self, found: LedgerVerified) -> None:
        """Keep what a proof of the ledger found."""
        self.tallies.proved(found, self.wall_clock())


def telemetry_of(made: Container) -> Telemetry:
    """Return the counts. Made before anything that adds to them, so it asks for nothing else."""
    return Telemetry(tallies=Tallies(), wall_clock=made.wall_clock())


def metrics_of(made: Container) -> Metrics:
    """Return what tells the counts."""
    read_backlogs = ReadingBacklogs(
        read=made.read(), clock=made.clock(), wall_clock=made.wall_clock()
    )
    return Metrics(
        tallies=made.telemetry().tallies,
        commit=made.group_commit(),
        read_backlogs=read_backlogs,
        token=made.settings().operating.metrics_token,
    )
