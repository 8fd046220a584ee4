"""What Prometheus is told, by whom it may be asked, and what a count costs."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from time import perf_counter

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from application.credits.verify_ledger import VerifyLedger
from application.figures.read_backlogs import BacklogsRead
from domain.access.role import Scope
from entrypoints.environment import SettingsError
from entrypoints.http.tallies import RouteTallies
from entrypoints.settings import load_settings
from entrypoints.telemetry.calls import watching
from entrypoints.telemetry.metrics import Metrics, metrics_served
from entrypoints.telemetry.tallies import STUCK_SECONDS, Tallies
from entrypoints.telemetry.wiring import metrics_of
from entrypoints.worker import Job, Worker
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY
from tests.support.builders.payments import an_inbox_event
from tests.support.clock import NOON, fresh_id

TOKEN = "a token of the watcher, long enough to count"
SPEND = {"account_id": SOMEBODY, "amount": 1}


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service, with something to spend."""
    async with a_service() as running:
        await running.give(100)
        yield running


def samples_of(text: bytes) -> Mapping[str, float]:
    """Return every sample by its name with its labels, as Prometheus reads them."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


async def told(service: Service) -> Mapping[str, float]:
    return samples_of(await metrics_of(service.container).text())


async def test_requests_are_counted_by_route_and_status(service: Service) -> None:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    for number in range(3):
        await backend.post("/credits/spend", SPEND, key=f"spend-{number}")
    await backend.post("/credits/spend", {**SPEND, "amount": 1000}, key="too-much")
    await service.as_user().get("/orders/0199ffff-0000-7000-8000-000000000000")
    for path in ("/nowhere", "/nowhere/else"):
        await service.as_nobody().get(path)

    counts = await told(service)

    spend = 'method="POST",route="/credits/spend"'
    assert counts[f'billing_http_requests_total{{{spend},status="201"}}'] == 3
    assert counts[f'billing_http_requests_total{{{spend},status="402"}}'] == 1
    assert counts[f"billing_http_request_seconds_count{{{spend}}}"] == 4
    order = 'method="GET",route="/orders/{id}",status="404"'
    assert counts[f"billing_http_requests_total{{{order}}}"] == 1
    nowhere = 'method="",route="unmatched",status="404"'
    assert counts[f"billing_http_requests_total{{{nowhere}}}"] == 2


async def test_wallet_commands_are_counted_by_the_groups_they_were_written_in(
    service: Service,
) -> None:
    backend = await service.as_backend(Scope.CREDITS_SPEND)
    before = (await told(service))["billing_wallet_commands_total"]
    await asyncio.gather(
        *(backend.post("/credits/spend", SPEND, key=f"spend-{number}") for number in range(20))
    )

    counts = await told(service)

    assert counts["billing_wallet_commands_total"] - before == 20
    assert counts["billing_group_size_sum"] == counts["billing_wallet_commands_total"]
    assert 1 <= counts["billing_group_size_count"] <= 20
    assert counts["billing_queue_length"] == 0


async def test_what_waits_is_counted_with_its_age(service: Service) -> None:
    async with service.store.begin() as work:
        await work.inbox.add(an_inbox_event(received_at=service.clock.now))
        await work.commit()
    service.clock.advance(seconds=90)

    counts = await told(service)

    assert counts["billing_store_up"] == 1
    assert counts["billing_inbox_waiting"] == 1
    assert counts["billing_inbox_oldest_seconds"] == 90
    assert counts["billing_outbox_waiting"] == 0


async def test_a_proof_of_the_ledger_is_told(service: Service) -> None:
    assert "billing_verify_breaches" not in await told(service)

    await service.container.verify_ledger()(VerifyLedger())

    counts = await told(service)
    assert counts["billing_verify_breaches"] == 0
    assert counts["billing_verify_lines"] > 0
    assert counts["billing_verify_timestamp_seconds"] == service.wall_clock.now.timestamp()


async def test_a_store_that_does_not_answer_is_told_and_all_else_is_still_told() -> None:
    async def silent() -> BacklogsRead:
        raise ConnectionError

    async with a_service() as service:
        metrics = Metrics(
            tallies=Tallies(),
            commit=service.container.group_commit(),
            read_backlogs=silent,
            read_proofs=service.container.operations().read_proofs,
        )
        counts = samples_of(await metrics.text())

    assert counts["billing_store_up"] == 0
    assert "billing_queue_length" in counts
    assert counts["process_resident_memory_bytes"] > 0


async def test_runs_and_failures_of_jobs_are_counted() -> None:
    tallies, stop, runs = Tallies(), asyncio.Event(), list[int]()

    async def run() -> int:
        runs.append(1)
        if len(runs) == 2:
            stop.set()
            raise ZeroDivisionError
        return 5

    def alarm(what: str, fault: BaseException) -> None:
        assert isinstance(fault, ZeroDivisionError)

    job = Job(name="work", every_seconds=0, batch=5, run=run)
    worker = Worker(
        jobs=[job], alarm=alarm, tallies=tallies, wall_clock=lambda: NOON, new_id=fresh_id
    )
    async with asyncio.timeout(10):
        await worker.run(stop)

    tally = tallies.jobs["work"]
    assert (tally.done, tally.failures, sum(tally.durations.counts)) == (5, 1, 2)
    assert tally.succeeded_at == NOON


async def test_calls_to_providers_are_counted_by_what_came_of_them() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["status"]))

    app = web.Application()
    app.router.add_get("/{status}", answer)
    tallies = Tallies()
    async with (
        TestServer(app) as server,
        ClientSession(trace_configs=[watching("stripe", tallies)]) as session,
    ):
        for status in (200, 200, 429, 503):
            async with session.get(server.make_url(f"/{status}")):
                pass
        gone = server.make_url("/200")
        await server.close()
        with pytest.raises(OSError, match="onnect"):
            await session.get(gone)

    assert tallies.calls["stripe"].outcomes == {"2xx": 2, "4xx": 1, "5xx": 1, "no_answer": 1}
    assert sum(tallies.calls["stripe"].durations.counts) == 5


@pytest.mark.parametrize(
    ("token", "given", "status"),
    [
        (None, None, 200),
        (TOKEN, None, 404),
        (TOKEN, "Bearer another token", 404),
        (TOKEN, TOKEN, 404),
        (TOKEN, f"Bearer {TOKEN}", 200),
        (TOKEN, "Bearer \u00fc", 404),
    ],
)
async def test_with_a_token_only_who_bears_it_is_answered(
    token: str | None, given: str | None, status: int
) -> None:
    async with a_service() as service:
        metrics = metrics_of(service.container)
        metrics.token = token
        app = web.Application()
        app.router.add_get("/metrics", metrics.answer)
        async with TestClient(TestServer(app)) as client:
            headers = {} if given is None else {"Authorization": given}
            answer = await client.get("/metrics", headers=headers)

    assert answer.status == status


async def test_the_service_itself_tells_nothing_unless_a_token_is_set(service: Service) -> None:
    answer = await service.as_nobody().get("/metrics")

    assert (answer.status, answer.code) == (404, "route_not_found")


async def test_a_port_that_is_taken_stops_the_start(service: Service) -> None:
    metrics = metrics_of(service.container)
    async with TestServer(web.Application()) as taken:
        assert taken.port is not None
        with pytest.raises(SettingsError, match="BILLING_METRICS_PORT cannot listen"):
            async with metrics_served(metrics, "127.0.0.1", taken.port):
                pass


def test_a_short_token_is_refused() -> None:
    with pytest.raises(SettingsError, match="BILLING_METRICS_TOKEN"):
        load_settings({"BILLING_METRICS_TOKEN": "short"})


def test_a_count_costs_a_request_next_to_nothing() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    route = web.Application().router.add_get("/", answer)
    tallies, times, best = RouteTallies(), 20_000, 1.0
    for _ in range(5):
        began = perf_counter()
        for _ in range(times):
            tallies.note(route, 200, 0.0031)
        best = min(best, (perf_counter() - began) / times)

    # Some 0.5 µs on a quiet machine; writing one label alone would cost more than this.
    assert best < 5e-6


def test_a_run_without_progress_is_stuck_after_a_quarter_of_an_hour() -> None:
    tallies = Tallies()
    tallies.job("expiries").moved_at = perf_counter() - STUCK_SECONDS + 60
    tallies.job("inbox").rests()
    assert tallies.stuck_jobs() == ()

    tallies.job("expiries").moved_at = perf_counter() - STUCK_SECONDS - 1
    assert tallies.stuck_jobs() == ("expiries",)

    tallies.job("expiries").moves()
    assert tallies.stuck_jobs() == ()
