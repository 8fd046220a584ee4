"""A worker whose work takes long, or hangs: requests are answered, and a person is told."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from attrs import evolve

from application.ports.events import Answered, Message
from domain.access.role import Role
from entrypoints.telemetry.wiring import metrics_of
from entrypoints.worker import Job, Worker
from tests.entrypoints.console.browser import signed_in
from tests.support.app import Service
from tests.support.builders.events import an_attempt, an_endpoint, an_event
from tests.support.clock import fresh_id

EVENTS = 40
SEND_SECONDS = 0.25
STUCK_SECONDS = 1.0
SILENT = 'billing_job_silent_seconds{job="figures"} '


async def hangs(message: Message) -> Answered:
    """Take an event and never answer, until the sender gives up."""
    await asyncio.sleep(SEND_SECONDS)
    attempt = an_attempt(status=None, error="timeout", at=message.at)
    return Answered(attempt=attempt)


@asynccontextmanager
async def working(service: Service, jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Let the worker of a service do these jobs, impatiently; leave none of them behind."""
    tallies = service.container.telemetry().tallies
    tallies.stuck_seconds = STUCK_SECONDS
    worker = Worker(
        jobs=jobs,
        alarm=service.container.alarm(),
        tallies=tallies,
        wall_clock=service.wall_clock,
        new_id=fresh_id,
        watch_seconds=0.05,
    )
    stop = asyncio.Event()
    run = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await run


async def until_told(service: Service) -> None:
    """Wait until there is an alarm."""
    for _ in range(200):
        if service.alarms:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody was told")


async def status_of(service: Service, path: str) -> int:
    async with service.client.get(path) as answer:
        return answer.status


async def test_a_receiver_that_hangs_takes_neither_the_api_nor_the_worker_out_of_service(
    service: Service,
) -> None:
    due = service.container.due_work()
    slow = evolve(due, delivering=evolve(due.delivering, send=hangs))
    tally = service.container.telemetry().tallies.job("deliveries")
    async with service.store.begin() as work:
        await work.endpoints.add(an_endpoint())
        for _ in range(EVENTS):
            await work.outbox.add(an_event())
        await work.commit()
    await due.fan_out()

    async with working(service, [job for job in slow.jobs() if job.name == "deliveries"]):
        # Longer than a job may be silent, and the first run has not ended.
        await asyncio.sleep(STUCK_SECONDS + 0.15)
        is_in_its_first_run = tally.moved_at is not None and sum(tally.durations.counts) == 0
        ready = await status_of(service, "/readyz")
        health = (await service.as_admin().get("/admin/health")).data

    assert is_in_its_first_run
    assert ready == 200
    assert health["stuck_jobs"] == []
    assert service.alarms == []


async def test_a_job_that_hangs_is_told_of_everywhere_while_requests_are_answered(
    service: Service,
) -> None:
    goes_on = asyncio.Event()

    async def run() -> int:
        await goes_on.wait()
        return 0

    async with working(service, [Job(name="figures", every_seconds=60, batch=1, run=run)]):
        await until_told(service)
        ready = await status_of(service, "/readyz")
        health = (await service.as_admin().get("/admin/health")).data
        metrics = (await metrics_of(service.container).text()).decode()
        page = await (await signed_in(service, Role.VIEWER)).get("/health")
        goes_on.set()
    after = (await service.as_admin().get("/admin/health")).data

    assert (ready, health["is_ready"], health["stuck_jobs"]) == (200, True, ["figures"])
    assert [told.partition(":")[0] for told in service.alarms] == ["worker job 'figures' is stuck"]
    (silent,) = (line for line in metrics.splitlines() if line.startswith(SILENT))
    assert float(silent.removeprefix(SILENT)) > STUCK_SECONDS
    assert "“figures” has shown no progress" in page.text
    assert after["stuck_jobs"] == []
