"""Delete comparisons with the providers that are so old that nobody asks for them again."""

from __future__ import annotations

from datetime import timedelta

from attrs import frozen

from application.ports.system import Clock
from application.ports.unit_of_work import BeginWork


@frozen(kw_only=True)
class ForgetReconciliations:
    """Delete no more than so many."""

    runs_max: int


@frozen(kw_only=True)
class ReconciliationsForgotten:
    """How many runs were deleted; fewer than asked for means that none is left."""

    runs: int


@frozen(kw_only=True)
class ForgettingReconciliations:
    """Delete runs older than `kept_for`. What they mended stands in the audit log for ever."""

    begin: BeginWork
    wall_clock: Clock
    kept_for: timedelta

    async def __call__(self, command: ForgetReconciliations) -> ReconciliationsForgotten:
        async with self.begin() as work:
            before = self.wall_clock() - self.kept_for
            runs = await work.reconciliations.forget(before, command.runs_max)
            await work.commit()
        return ReconciliationsForgotten(runs=runs)
