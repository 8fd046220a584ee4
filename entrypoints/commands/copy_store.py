"""`billing copy`: a whole store into another database, compared and proved afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from application.credits.verify_ledger import VerifyLedger
from application.promotions.verify_counters import VerifyCounters
from entrypoints.adapter_table import copy_between
from entrypoints.commands.refusals import CommandRefused
from entrypoints.container import Container
from entrypoints.settings import Settings, StoreKind

Progress = Callable[[str, int], None]


@frozen(kw_only=True)
class CopiedTable:
    """A table that is the same on both sides, by its rows and one digest over them."""

    name: str
    rows: int
    digest: str


@frozen(kw_only=True)
class Copied:
    """What was copied, and what the proof of the copy's ledger found: no breach, if all is well."""

    tables: Sequence[CopiedTable]
    accounts: int
    lines: int
    breaches: int

    @property
    def rows(self) -> int:
        """Count all rows."""
        return sum(table.rows for table in self.tables)


async def copy_store(settings: Settings, source: str, target: str, progress: Progress) -> Copied:
    """Copy everything from one store to another, which has the schema and nothing else.

    Raises CommandRefused, StoreInUse, SchemaMismatch.
    """
    for url in (source, target):
        if evolve(settings, database_url=url).store_kind is StoreKind.MEMORY:
            raise CommandRefused("memory:// is gone when a process ends: it cannot be copied")
    tables = await copy_between(source, target, progress)
    container = Container(settings=evolve(settings, database_url=target))
    async with container.store():
        found = await container.verify_ledger()(VerifyLedger())
        counted = await container.coupon_desk().verify_counters(VerifyCounters())
    return Copied(
        tables=[CopiedTable(name=each.name, rows=each.rows, digest=each.digest) for each in tables],
        accounts=found.accounts,
        lines=found.lines,
        breaches=len(found.breaches) + len(counted.miscounts),
    )
