"""What is due, in bounded batches: expiries, monthly credits, retries, comparing, sandbox time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from attrs import Factory, frozen

from application.credits.forget_keys import ForgetKeys, ForgettingKeys
from application.credits.sweep_expired import SweepExpired, SweepingExpired
from application.events.deliver_events import DeliverEvents, DeliveringEvents
from application.events.fan_out import FanningOut, FanOut
from application.events.forget_events import ForgetEvents, ForgettingEvents
from application.figures.count_figures import CountFigures, CountingFigures
from application.payments.chase_refunds import ChaseRefunds, ChasingRefunds
from application.payments.drain_inbox import DrainInbox, DrainingInbox
from application.payments.forget_bodies import ForgetBodies, ForgettingBodies
from application.payments.forget_reconciliations import (
    ForgetReconciliations,
    ForgettingReconciliations,
)
from application.payments.sweep_orders import SweepingOrders, SweepOrders
from application.ports.sandbox import Sandbox
from application.ports.system import Alarm, Clock, NewId
from application.subscriptions.carry_out_changes import CarryingOutChanges, CarryOutChanges
from application.subscriptions.issue_due_credits import IssueDueCredits, IssuingDueCredits
from application.subscriptions.keep_time import KeepingTime, KeepTime
from application.worked_on import note, one_piece_of_work, telling_of_work
from entrypoints.logs import REQUEST_ID_LOGGED
from entrypoints.scheduled import ScheduledPrices, ScheduledProof, ScheduledReconciliation
from entrypoints.telemetry.tallies import Tallies

BATCH = 200
REFUNDS_AT_ONCE = 50
CHANGES_AT_ONCE = 50
LINES_BATCH = 1000
WATCH_SECONDS = 60.0
_PAUSE_AFTER_FAULT_SECONDS = 5.0
_DAY_SECONDS = 24 * 3600.0


@frozen(kw_only=True)
class Job:
    """One kind of due work: `run` does a batch and says how much of it there was.

    What another process has done in the meantime is a part of that: a whole batch means that more
    may be left, whoever did it.
    One that `may_be_cut` takes minutes, and loses nothing when it is ended in the middle.
    """

    name: str
    every_seconds: float
    batch: int
    run: Callable[[], Awaitable[int]]
    may_be_cut: bool = False


@frozen(kw_only=True)
class DueWork:
    """The jobs of a running service, each safe to run in any number of processes at once.

    Those that go by the billing clock take their `turn`: they wait while a virtual clock is moved,
    because whoever moves it does their work. The others are traffic and go by the real time.
    """

    sweeping_expired: SweepingExpired
    issuing_due_credits: IssuingDueCredits
    keeping_time: KeepingTime
    carrying_out_changes: CarryingOutChanges
    sweeping_orders: SweepingOrders
    draining_inbox: DrainingInbox
    chasing_refunds: ChasingRefunds
    forgetting_keys: ForgettingKeys
    forgetting_bodies: ForgettingBodies
    forgetting_reconciliations: ForgettingReconciliations
    fanning_out: FanningOut
    delivering: DeliveringEvents
    forgetting_events: ForgettingEvents
    counting_figures: CountingFigures
    reconciliation: ScheduledReconciliation
    prices: ScheduledPrices
    proof: ScheduledProof
    sandbox: Sandbox | None
    turn: asyncio.Lock

    def jobs(self) -> Sequence[Job]:
        """Return every job with its pace."""
        jobs = [
            Job(name="inbox", every_seconds=2, batch=BATCH, run=self._in_turn(self.drain_inbox)),
            Job(
                name="expiries", every_seconds=5, batch=BATCH, run=self._in_turn(self.sweep_expired)
            ),
            Job(
                name="monthly credits",
                every_seconds=5,
                batch=BATCH,
                run=self._in_turn(self.issue_due_credits),
            ),
            Job(
                name="subscriptions",
                every_seconds=5,
                batch=BATCH,
                run=self._in_turn(self.keep_time),
            ),
            Job(
                name="changes of plan",
                every_seconds=15,
                batch=CHANGES_AT_ONCE,
                run=self._in_turn(self.carry_out_changes),
                may_be_cut=True,
            ),
            Job(name="orders", every_seconds=30, batch=BATCH, run=self._in_turn(self.sweep_orders)),
            Job(
                name="refunds",
                every_seconds=60,
                batch=REFUNDS_AT_ONCE,
                run=self._in_turn(self.chase_refunds),
                may_be_cut=True,
            ),
            Job(name="old keys", every_seconds=600, batch=BATCH, run=self.forget_keys),
            Job(name="old bodies", every_seconds=600, batch=BATCH, run=self.forget_bodies),
            Job(
                name="old reconciliations",
                every_seconds=600,
                batch=BATCH,
                run=self.forget_reconciliations,
            ),
            Job(name="events", every_seconds=1, batch=BATCH, run=self.fan_out),
            Job(
                name="deliveries",
                every_seconds=1,
                batch=BATCH,
                run=self.deliver_events,
                may_be_cut=True,
            ),
            Job(name="old events", every_seconds=600, batch=BATCH, run=self.forget_events),
            Job(name="figures", every_seconds=60, batch=LINES_BATCH, run=self.count_figures),
            Job(
                name="reconciliation",
                every_seconds=2,
                batch=BATCH,
                run=self.reconciliation.run,
                may_be_cut=True,
            ),
            Job(
                name="prices",
                every_seconds=_DAY_SECONDS,
                batch=BATCH,
                run=self.prices.run,
                may_be_cut=True,
            ),
            Job(name="proof", every_seconds=2, batch=BATCH, run=self.proof.run, may_be_cut=True),
        ]
        if self.sandbox is not None:
            sandbox = self._in_turn(self.sandbox.let_time_pass)
            jobs.append(Job(name="sandbox", every_seconds=1, batch=BATCH, run=sandbox))
        return jobs

    def steps(self) -> Sequence[Callable[[], Awaitable[int]]]:
        """Return what the billing clock makes happen: what lapses first, then what begins."""
        sandbox = () if self.sandbox is None else (self.sandbox.let_time_pass,)
        return (
            self.sweep_expired,
            self.sweep_orders,
            self.carry_out_changes,
            *sandbox,
            self.drain_inbox,
            self.issue_due_credits,
            self.keep_time,
            self.chase_refunds,
        )

    def _in_turn(self, run: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
        async def run_in_turn() -> int:
            async with self.turn:
                return await run()

        return run_in_turn

    async def drain_inbox(self) -> int:
        """Try events again that could not be applied."""
        return (await self.draining_inbox(DrainInbox(events_max=BATCH))).looked_at

    async def sweep_expired(self) -> int:
        """Post lots that expired or took effect."""
        return (await self.sweeping_expired(SweepExpired(accounts_max=BATCH))).accounts

    async def issue_due_credits(self) -> int:
        """Grant due months, renew what costs nothing."""
        command = IssueDueCredits(subscriptions_max=BATCH)
        return (await self.issuing_due_credits(command)).looked_at

    async def keep_time(self) -> int:
        """Do what time alone does to subscriptions: reminders, ends of a grace or of a pause."""
        return (await self.keeping_time(KeepTime(subscriptions_max=BATCH))).subscriptions

    async def carry_out_changes(self) -> int:
        """Tell providers of changes of plan that are due, and ask again for lost answers."""
        command = CarryOutChanges(changes_max=CHANGES_AT_ONCE)
        return (await self.carrying_out_changes(command)).changes

    async def sweep_orders(self) -> int:
        """Give up orders whose checkout has run out."""
        return (await self.sweeping_orders(SweepOrders(orders_max=BATCH))).looked_at

    async def chase_refunds(self) -> int:
        """Ask providers what became of refunds that are still open."""
        return (await self.chasing_refunds(ChaseRefunds(refunds_max=REFUNDS_AT_ONCE))).looked_at

    async def forget_keys(self) -> int:
        """Delete old keys."""
        return (await self.forgetting_keys(ForgetKeys(keys_max=BATCH))).keys

    async def forget_bodies(self) -> int:
        """Drop the bodies of old webhooks."""
        return (await self.forgetting_bodies(ForgetBodies(events_max=BATCH))).events

    async def forget_reconciliations(self) -> int:
        """Delete old runs of comparing with the providers."""
        command = ForgetReconciliations(runs_max=BATCH)
        return (await self.forgetting_reconciliations(command)).runs

    async def fan_out(self) -> int:
        """Make deliveries of new events."""
        return (await self.fanning_out(FanOut(events_max=BATCH))).events

    async def deliver_events(self) -> int:
        """Send what is due, until nothing is or its time is over."""
        return (await self.delivering(DeliverEvents())).attempts

    async def forget_events(self) -> int:
        """Delete old events."""
        return (await self.forgetting_events(ForgetEvents(events_max=BATCH))).events

    async def count_figures(self) -> int:
        """Count what has been written since, and close days that are over."""
        counted = await self.counting_figures(CountFigures(lines_max=LINES_BATCH))
        return LINES_BATCH if counted.is_behind else counted.lines


@frozen
class JobStuck(Exception):
    """A run of a job does not end, and shows no progress either."""

    job: str

    def __str__(self) -> str:
        return (
            f"its run has shown no progress for longer than any piece of its work takes: {self.job}"
        )


@frozen(kw_only=True)
class Worker:
    """Runs jobs side by side until it is told to stop; a fault in one never stops another.

    A job that hangs is told of once: nothing else waits for it, and nobody but a person can help.
    """

    jobs: Sequence[Job]
    alarm: Alarm
    tallies: Tallies = Factory(Tallies)
    wall_clock: Clock
    new_id: NewId
    watch_seconds: float = WATCH_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a batch under way is finished, or cut if it may be."""
        async with asyncio.TaskGroup() as group:
            for job in self.jobs:
                group.create_task(self._repeat(job, stop), name=f"worker-{job.name}")
            group.create_task(self._watch(stop), name="worker-watch")

    async def _repeat(self, job: Job, stop: asyncio.Event) -> None:
        while not stop.is_set():
            pause = job.every_seconds
            tally, began = self.tallies.job(job.name), perf_counter()
            tally.moves()
            REQUEST_ID_LOGGED.set(self.new_id())
            try:
                with telling_of_work(tally.moves), one_piece_of_work():
                    note("job", job.name)
                    done = await _done(job, stop)
                if done >= job.batch:
                    pause = 0
                tally.done += done
                tally.succeeded_at = self.wall_clock()
            except Exception as fault:  # noqa: BLE001 - told to the operator, tried again later
                tally.failures += 1
                self.alarm(f"worker job '{job.name}' failed", fault)
                pause = max(pause, _PAUSE_AFTER_FAULT_SECONDS)
            tally.rests()
            tally.durations.note(perf_counter() - began)
            await _wait(stop, pause)

    async def _watch(self, stop: asyncio.Event) -> None:
        known = frozenset[str]()
        while not stop.is_set():
            stuck = frozenset(self.tallies.stuck_jobs())
            for name in sorted(stuck - known):
                with one_piece_of_work():
                    note("job", name)
                    self.alarm(f"worker job '{name}' is stuck", JobStuck(name))
            known = stuck
            await _wait(stop, self.watch_seconds)


async def _done(job: Job, stop: asyncio.Event) -> int:
    """Run a job; return how much it did, or nothing if it was cut."""
    if not job.may_be_cut:
        return await job.run()
    working = asyncio.ensure_future(job.run())
    leaving = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else 0
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait({working, leaving})


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, but no longer than until `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
