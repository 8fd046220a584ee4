"""What a process counted, in the text form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from application.figures.read_backlogs import BacklogsRead, Waiting
from application.wallets.commit_tally import CommitTally
from domain.credits.proof_round import ProofRound
from entrypoints.http.tallies import Durations
from entrypoints.telemetry.tallies import Proof, Tallies


@frozen(kw_only=True)
class Snapshot:
    """Everything that is told at one instant; `backlogs` is None where the store did not answer.

    `proof` is the last round of the ledger's proof that has ended, in whatever process.
    """

    version: str
    tallies: Tallies
    commits: CommitTally
    queued: int
    backlogs: BacklogsRead | None
    proof: ProofRound | None = None


def exposition_of(snapshot: Snapshot) -> bytes:
    """Return the text of all metrics. Labels are written here alone, never while serving."""
    registry = CollectorRegistry()
    registry.register(_Collector(snapshot))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


@frozen
class _Collector(Collector):
    """Makes metrics of a snapshot."""

    snapshot: Snapshot

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(
            "billing_build", "The version that runs.", value={"version": self.snapshot.version}
        )
        yield from _requests(self.snapshot.tallies)
        yield from _commits(self.snapshot.commits, self.snapshot.queued)
        yield from _backlogs(self.snapshot.backlogs)
        yield from _calls(self.snapshot.tallies)
        yield from _jobs(self.snapshot.tallies)
        yield from _invariants(self.snapshot.tallies, self.snapshot.proof)


def _requests(tallies: Tallies) -> Iterator[Metric]:
    count = CounterMetricFamily(
        "billing_http_requests", "Requests answered.", labels=("method", "route", "status")
    )
    took = HistogramMetricFamily(
        "billing_http_request_seconds", "How long answers took.", labels=("method", "route")
    )
    for each in tallies.routes.every():
        for status, times in sorted(each.statuses.items()):
            count.add_metric((each.method, each.route, str(status)), times)
        if each.statuses:
            _add(took, (each.method, each.route), each.durations)
    yield count
    yield took


def _commits(commits: CommitTally, queued: int) -> Iterator[Metric]:
    yield _counter("billing_wallet_commands", "Spends, holds and grants sent.", commits.commands)
    sizes = HistogramMetricFamily("billing_group_size", "Wallet commands written together.")
    bounds = [str(2**exponent) for exponent in range(len(commits.sizes))]
    sizes.add_metric((), _cumulative([*bounds, "+Inf"], commits.sizes), commits.commands)
    yield sizes
    yield _gauge("billing_queue_length", "Wallet commands that wait for a group.", queued)
    yield _counter("billing_stale_commands", "Commands decided anew: others wrote.", commits.stale)
    yield _counter("billing_stale_groups", "Groups in which any was.", commits.stale_groups)
    yield _counter("billing_unknown_outcomes", "Groups the store did not answer.", commits.unknown)
    yield _counter("billing_locked_groups", "Groups that met a locked wallet.", commits.locked)


def _backlogs(backlogs: BacklogsRead | None) -> Iterator[Metric]:
    yield _gauge("billing_store_up", "Whether the store answered this.", int(backlogs is not None))
    if backlogs is None:
        return
    yield from _backlog("inbox", "Webhooks still to be applied", backlogs.inbox)
    yield _gauge("billing_inbox_dead", "Webhooks that need a person.", backlogs.dead_webhooks)
    yield from _backlog("outbox", "Events without deliveries yet", backlogs.outbox)
    yield from _backlog("deliveries", "Deliveries not done", backlogs.deliveries)


def _backlog(name: str, what: str, waiting: Waiting) -> Iterator[Metric]:
    yield _gauge(f"billing_{name}_waiting", f"{what}.", waiting.count)
    yield _gauge(f"billing_{name}_oldest_seconds", f"{what}: for how long.", waiting.seconds)


def _calls(tallies: Tallies) -> Iterator[Metric]:
    count = CounterMetricFamily(
        "billing_provider_calls", "Requests sent to providers.", labels=("channel", "outcome")
    )
    took = HistogramMetricFamily(
        "billing_provider_call_seconds", "How long providers took.", labels=("channel",)
    )
    for channel, tally in sorted(tallies.calls.items()):
        for outcome, times in sorted(tally.outcomes.items()):
            count.add_metric((channel, outcome), times)
        _add(took, (channel,), tally.durations)
    yield count
    yield took


def _jobs(tallies: Tallies) -> Iterator[Metric]:
    done = CounterMetricFamily("billing_job_done", "What jobs have done.", labels=("job",))
    failed = CounterMetricFamily("billing_job_failures", "Failed runs of jobs.", labels=("job",))
    took = HistogramMetricFamily(
        "billing_job_seconds", "How long runs of jobs took.", labels=("job",)
    )
    since = GaugeMetricFamily(
        "billing_job_last_success_timestamp_seconds", "When a job last succeeded.", labels=("job",)
    )
    silent = GaugeMetricFamily(
        "billing_job_silent_seconds",
        "For how long a run that is under way has shown no progress.",
        labels=("job",),
    )
    for name, tally in sorted(tallies.jobs.items()):
        done.add_metric((name,), tally.done)
        failed.add_metric((name,), tally.failures)
        _add(took, (name,), tally.durations)
        silent.add_metric((name,), tally.silent_seconds)
        if tally.succeeded_at is not None:
            since.add_metric((name,), tally.succeeded_at.timestamp())
    yield from (done, failed, took, silent, since)


def _last_proof(asked_for: Proof | None, scheduled: ProofRound | None) -> Proof | None:
    """Return what was proved last: by hand in this process, or by the worker of any."""
    if scheduled is None or scheduled.ended_at is None:
        return asked_for
    if asked_for is not None and asked_for.at > scheduled.ended_at:
        return asked_for
    return Proof(
        at=scheduled.ended_at,
        accounts=scheduled.accounts,
        lines=scheduled.lines,
        breaches=scheduled.breaches_total,
    )


def _invariants(tallies: Tallies, scheduled: ProofRound | None) -> Iterator[Metric]:
    proof = _last_proof(tallies.proof, scheduled)
    if proof is not None:
        at = proof.at.timestamp()
        yield _gauge("billing_verify_timestamp_seconds", "When the ledger was last proved.", at)
        yield _gauge("billing_verify_breaches", "Places that broke a rule then.", proof.breaches)
        yield _gauge("billing_verify_lines", "Lines of the ledger proved then.", proof.lines)
    at_gauge = GaugeMetricFamily(
        "billing_reconcile_timestamp_seconds",
        "When a channel was compared to the end.",
        labels=("channel", "track"),
    )
    drift = GaugeMetricFamily(
        "billing_reconcile_drift", "Differences found then.", labels=("channel", "track")
    )
    unread = GaugeMetricFamily(
        "billing_reconcile_unread",
        "Whether the provider could not be read.",
        labels=("channel", "track"),
    )
    for labels, found in sorted(tallies.comparisons.items()):
        if found.at is not None:
            at_gauge.add_metric(labels, found.at.timestamp())
            drift.add_metric(labels, found.drift)
        unread.add_metric(labels, int(not found.is_read))
    yield from (at_gauge, drift, unread)


def _counter(name: str, what: str, value: float) -> Metric:
    return CounterMetricFamily(name, what, value=value)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)


def _add(family: HistogramMetricFamily, labels: Sequence[str], durations: Durations) -> None:
    bounds = [*(str(bound) for bound in durations.bounds), "+Inf"]
    family.add_metric(labels, _cumulative(bounds, durations.counts), durations.seconds)


def _cumulative(bounds: Sequence[str], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return counts as Prometheus has them: each class holds what the classes below it hold."""
    whole: list[tuple[str, float]] = []
    total = 0
    for place, bound in enumerate(bounds):
        total += counts[place] if place < len(counts) else 0
        whole.append((bound, total))
    return whole
