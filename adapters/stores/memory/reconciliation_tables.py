"""The table of the comparisons with the providers, and the orders in which they are found."""

from __future__ import annotations

from attrs import frozen

from adapters.stores.memory.table import Index, Table
from domain.payments.reconciliation import Drift, Reconciliation


@frozen(kw_only=True)
class KeptRun:
    """A run, and the differences kept beside it."""

    run: Reconciliation
    drift: tuple[Drift, ...]


RUN_UNCLEAN = Index[KeptRun](lambda kept: None if kept.run.is_clean else (kept.run.id,))
RUN_ENDED = Index[KeptRun](lambda kept: (kept.run.ended_at, kept.run.id))


def reconciliations() -> Table[KeptRun]:
    """Return the table of the runs."""
    return Table("reconciliations", lambda kept: (kept.run.id,), (RUN_UNCLEAN, RUN_ENDED))
