"""The table of what is due: every job of the worker, over the use cases it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrypoints.scheduled import ScheduledPrices, ScheduledProof, ScheduledReconciliation
from entrypoints.worker import DueWork, Worker

if TYPE_CHECKING:
    from entrypoints.container import Container


def due_work_of(made: Container) -> DueWork:
    """Return the jobs of a running service."""
    alarm, events, operations = made.alarm(), made.events_out(), made.operations()
    return DueWork(
        sweeping_expired=made.sweep_expired(),
        issuing_due_credits=made.issue_due_credits(),
        keeping_time=made.subscription_life().keep_time,
        carrying_out_changes=made.subscribing().carry_out_changes,
        sweeping_orders=made.sweep_orders(),
        draining_inbox=made.drain_inbox(),
        chasing_refunds=made.chase_refunds(),
        forgetting_keys=operations.forget_keys,
        forgetting_bodies=operations.forget_bodies,
        forgetting_reconciliations=operations.forget_reconciliations,
        fanning_out=events.fan_out,
        delivering=events.deliver_events,
        forgetting_events=events.forget_events,
        counting_figures=made.count_figures(),
        reconciliation=ScheduledReconciliation(
            compare_stretch=operations.compare_stretch,
            providers=made.payment_providers(),
            alarm=alarm,
            tallies=made.telemetry().tallies,
        ),
        prices=ScheduledPrices(compare_prices=made.compare_prices(), alarm=alarm),
        proof=ScheduledProof(prove_stretch=operations.prove_stretch, alarm=alarm),
        sandbox=made.sandbox(),
        turn=made.turn(),
    )


def worker_of(made: Container) -> Worker:
    """Return what does the jobs, and counts what they do."""
    telemetry = made.telemetry()
    return Worker(
        jobs=[telemetry.watched(job) for job in made.due_work().jobs()],
        alarm=made.alarm(),
        tallies=telemetry.tallies,
        wall_clock=made.wall_clock(),
        new_id=made.new_id(),
    )
