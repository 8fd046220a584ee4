"""Traces: off unless asked for, a part of the caller's, and without a word about customers."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from attrs import frozen
from dependency_injector import providers
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode
from structlog.testing import capture_logs

from domain.access.role import Scope
from entrypoints.container import Container
from entrypoints.environment import SettingsError
from entrypoints.settings import load_settings
from entrypoints.telemetry.traced_store import TracedLedger
from entrypoints.telemetry.tracing import Tracing
from entrypoints.worker import Job
from tests.support.app import Service, a_service
from tests.support.builders.credits import SOMEBODY

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
SPEND = {"account_id": SOMEBODY, "amount": 1, "description": "A letter to Ada"}


@frozen
class Traced:
    """The service with traces, and what they have become."""

    service: Service
    exporter: InMemorySpanExporter

    def spans(self) -> Mapping[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
async def traced() -> AsyncIterator[Traced]:
    """A service whose spans stay in memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider=provider)

    def prepare(container: Container) -> None:
        container.tracing.override(providers.Object(tracing))

    async with a_service(
        ledger=lambda ledger: TracedLedger(ledger, tracing), prepare=prepare
    ) as service:
        await service.give(100)
        exporter.clear()
        yield Traced(service, exporter)


def ids_of(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


async def test_a_request_is_a_part_of_its_callers_trace(traced: Traced) -> None:
    backend = await traced.service.as_backend(Scope.CREDITS_SPEND)

    answer = await backend.send(
        "POST", "/credits/spend", SPEND, key="k", headers={"TraceParent": TRACEPARENT}
    )

    span = traced.spans()["POST /credits/spend"]
    assert answer.status == 201
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT
    assert f"{ids_of(span).trace_id:032x}" == TRACE
    assert span.kind is SpanKind.SERVER
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/credits/spend",
        "http.response.status_code": 201,
    }


async def test_a_batch_is_a_span_within_the_request_that_began_it(traced: Traced) -> None:
    backend = await traced.service.as_backend(Scope.CREDITS_SPEND)

    await backend.post("/credits/spend", SPEND, key="k")

    spans = traced.spans()
    written = spans["ledger.write"]
    assert written.attributes == {"accounts": 1, "keys": 1}
    assert written.parent is not None
    assert written.parent.span_id == ids_of(spans["POST /credits/spend"]).span_id


async def test_no_span_says_anything_about_a_customer(traced: Traced) -> None:
    backend = await traced.service.as_backend(Scope.CREDITS_SPEND, Scope.ACCOUNTS_WRITE)

    await backend.post("/credits/spend", SPEND, key="k")
    await backend.put(f"/accounts/{SOMEBODY}", {"email": "ada@example.com"})
    await backend.post("/credits/spend", {**SPEND, "amount": 10_000}, key="too-much")

    told = "".join(span.to_json() for span in traced.exporter.get_finished_spans())
    assert "PUT /accounts/{id}" in told
    for word in ("Ada", "ada@example.com", SOMEBODY, "Bearer"):
        assert word not in told


async def test_a_log_line_names_the_trace_it_belongs_to(traced: Traced) -> None:
    with capture_logs() as logged:
        stranger = traced.service.bearing("nobody")
        await stranger.send("GET", "/credits/balance", headers={"traceparent": TRACEPARENT})

    assert [line["event"] for line in logged] == ["request_refused"]


async def test_calls_to_a_provider_are_spans_and_tell_it_no_trace(traced: Traced) -> None:
    seen: list[Sequence[str]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append([name.lower() for name in request.headers])
        return web.Response(status=503)

    app = web.Application()
    app.router.add_get("/", answer)
    watches = traced.service.container.telemetry().watches("stripe")
    async with TestServer(app) as server, ClientSession(trace_configs=list(watches)) as session:
        async with session.get(server.make_url("/")):
            pass
        gone = server.make_url("/")
        await server.close()
        with pytest.raises(OSError, match="onnect"):
            await session.get(gone)

    spans = [s for s in traced.exporter.get_finished_spans() if s.name == "GET stripe"]
    assert [span.kind for span in spans] == [SpanKind.CLIENT] * 2
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2
    assert "traceparent" not in seen[0]


async def test_a_run_of_a_job_is_a_span_and_a_failed_one_names_the_kind_of_fault(
    traced: Traced,
) -> None:
    async def run() -> int:
        await asyncio.sleep(0)
        raise ValueError("with a secret in it")

    job = Job(name="figures", every_seconds=60, batch=1, run=run)
    watched = traced.service.container.telemetry().watched(job)
    with pytest.raises(ValueError, match="secret"):
        await watched.run()

    span = traced.spans()["job figures"]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert "secret" not in span.to_json()


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    program = (
        "import sys; from entrypoints.container import Container; "
        "from entrypoints.settings import load_settings; "
        "c = Container(settings=load_settings({'BILLING_DATABASE_URL': 'memory://'})); "
        "c.apis(); c.worker(); "
        "print([n for n in sys.modules if n.startswith(('opentelemetry', 'prometheus'))])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )

    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("given", ["collector:4318", "ftp://collector", "http://"])
def test_an_endpoint_has_to_be_an_address(given: str) -> None:
    with pytest.raises(SettingsError, match="BILLING_OTEL_ENDPOINT must be an address"):
        load_settings({"BILLING_OTEL_ENDPOINT": given})


@pytest.mark.parametrize("given", ["2", "-1", "nan", "half", "1.5"])
def test_a_share_lies_between_none_and_all(given: str) -> None:
    with pytest.raises(SettingsError, match="BILLING_OTEL_RATIO must be a number from 0 to 1"):
        load_settings({"BILLING_OTEL_RATIO": given})


async def test_spans_are_sent_to_the_endpoint_when_the_service_leaves() -> None:
    sent: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        sent.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    async with TestServer(app) as server:
        url = str(server.make_url("/")).rstrip("/")
        settings = load_settings(
            {"BILLING_DATABASE_URL": "memory://", "BILLING_OTEL_ENDPOINT": url}
        )
        telemetry = Container(settings=settings).telemetry()
        assert telemetry.tracing is not None
        with telemetry.tracing.span("something"):
            pass
        await asyncio.to_thread(telemetry.close)

    assert len(sent) == 1
