"""The use cases of whoever runs the service, each over what the container has made."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from attrs import frozen

from application.access.erase_account import ErasingAccount
from application.access.export_account import ExportingAccount
from application.access.steps.account_names import InboxSearch
from application.credits.forget_keys import ForgettingKeys
from application.credits.import_balances import ImportingBalances
from application.credits.prove_stretch import ProvingStretch
from application.credits.read_proofs import ReadingProofs
from application.credits.steps.small_share import SmallShare
from application.payments.compare_stretch import ComparingStretch
from application.payments.forget_bodies import ForgettingBodies
from application.payments.forget_reconciliations import ForgettingReconciliations
from application.payments.list_reconciliations import (
    ListingReconciliations,
    ReadingReconciliation,
)
from application.subscriptions.import_subscribers import ImportingSubscribers

if TYPE_CHECKING:
    from entrypoints.container import Container


@frozen(kw_only=True)
class Operations:
    """What is handed out, erased, proved, forgotten in time, and brought in from elsewhere."""

    export_account: ExportingAccount
    erase_account: ErasingAccount
    prove_stretch: ProvingStretch
    read_proofs: ReadingProofs
    import_balances: ImportingBalances
    import_subscribers: ImportingSubscribers
    forget_keys: ForgettingKeys
    forget_bodies: ForgettingBodies
    forget_reconciliations: ForgettingReconciliations
    compare_stretch: ComparingStretch
    list_reconciliations: ListingReconciliations
    read_reconciliation: ReadingReconciliation


def operations_of(made: Container) -> Operations:
    """Return the use cases."""
    begin, read, clock = made.begin(), made.read(), made.clock()
    kept = made.settings().operating
    search = InboxSearch(read=read)
    # One day more than bodies are kept for: the job that drops them is not always in time.
    searched_for = timedelta(days=kept.inbox_body_days + 1)
    return Operations(
        export_account=ExportingAccount(
            read=read,
            records=made.store().records,
            search=search,
            clock=clock,
            bodies_kept_for=searched_for,
        ),
        erase_account=ErasingAccount(
            begin=begin,
            read=read,
            search=search,
            clock=clock,
            new_id=made.new_id(),
            bodies_kept_for=searched_for,
        ),
        prove_stretch=ProvingStretch(
            begin=begin,
            read=read,
            records=made.store().records,
            plan=kept.proofs,
            clock=made.wall_clock(),
            new_id=made.new_id(),
            rests=partial(SmallShare, kept.proof_percent, made.stopwatch()),
        ),
        read_proofs=ReadingProofs(read=read, plan=kept.proofs, clock=made.wall_clock()),
        import_balances=ImportingBalances(begin=begin, clock=clock, new_id=made.new_id()),
        import_subscribers=ImportingSubscribers(begin=begin, clock=clock, new_id=made.new_id()),
        forget_keys=ForgettingKeys(
            records=made.store().records,
            begin=begin,
            clock=clock,
            kept_for=timedelta(days=kept.spend_key_days),
        ),
        forget_bodies=ForgettingBodies(
            begin=begin, clock=clock, kept_for=timedelta(days=kept.inbox_body_days)
        ),
        forget_reconciliations=ForgettingReconciliations(
            begin=begin,
            wall_clock=made.wall_clock(),
            kept_for=timedelta(days=kept.reconciliation_days),
        ),
        compare_stretch=ComparingStretch(
            begin=begin,
            read=read,
            providers=made.payment_providers(),
            pace=timedelta(seconds=made.settings().reconcile_seconds),
            clock=clock,
            wall_clock=made.wall_clock(),
            new_id=made.new_id(),
            alarm=made.alarm(),
            shortfall=made.shortfall(),
        ),
        list_reconciliations=ListingReconciliations(read=read),
        read_reconciliation=ReadingReconciliation(read=read),
    )
