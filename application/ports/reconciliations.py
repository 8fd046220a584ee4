"""The comparisons with the providers that were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ports.paging import Page, PageRequest
from domain.payments.ids import ReconciliationId
from domain.payments.reconciliation import Drift, Reconciliation


@frozen(kw_only=True)
class ReconciliationFilter:
    """Which runs a list holds: all, or only those that found something or were not read whole."""

    only_unclean: bool = False


class Reconciliations(Protocol):
    """Runs by id, each with the differences that it found; never changed, forgotten in time."""

    async def add(self, run: Reconciliation, drift: Sequence[Drift]) -> None:
        """Keep a run that has ended, and what it found."""
        ...

    async def find(self, run_id: ReconciliationId) -> Reconciliation | None:
        """Return one, or None."""
        ...

    async def drift_of(self, run_id: ReconciliationId) -> Sequence[Drift]:
        """Return what a run found, in that order; nothing where there is no such run."""
        ...

    async def page(self, where: ReconciliationFilter, request: PageRequest) -> Page[Reconciliation]:
        """Return runs, newest first, without offset or total."""
        ...

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete so many runs that ended before an instant, oldest first; return how many."""
        ...
