"""Traces by OpenTelemetry: this file is imported only where they are switched on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestStartParams,
    web,
)
from aiohttp.typedefs import Handler, Middleware
from attrs import define, field
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from structlog.contextvars import bind_contextvars, reset_contextvars

_FAILURES_FROM = 500


@define(eq=False, kw_only=True)
class Tracing:
    """Makes spans of what the service does, and sends them where they are gathered.

    A span names routes, channels and jobs: never an account, an address or a text of a customer.
    """

    provider: TracerProvider
    tracer: Tracer = field(init=False)

    @tracer.default
    def _of_provider(self) -> Tracer:
        return self.provider.get_tracer("billing")

    @contextmanager
    def span(self, name: str, **attributes: int | str) -> Iterator[None]:
        """Make a span of what is done inside; what is raised there is noted by its kind alone."""
        with self.tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as fault:
                span.set_status(StatusCode.ERROR, type(fault).__name__)
                raise

    def requests(self) -> Middleware:
        """Return what makes a span of every request, as a part of the caller's trace if it has one.

        The trace's id stands in every log line of the request.
        """

        @web.middleware
        async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            route = "unmatched" if resource is None else resource.canonical
            with self.tracer.start_as_current_span(
                f"{request.method} {route}",
                context=propagate.extract(_lowered(request.headers)),
                kind=SpanKind.SERVER,
                attributes={"http.request.method": request.method, "http.route": route},
            ) as span:
                trace_id = trace.format_trace_id(span.get_span_context().trace_id)
                bound = bind_contextvars(trace_id=trace_id)
                try:
                    response = await handler(request)
                finally:
                    reset_contextvars(**bound)
                span.set_attribute("http.response.status_code", response.status)
                if response.status >= _FAILURES_FROM:
                    span.set_status(StatusCode.ERROR)
                return response

        return around

    def calls(self, channel: str) -> TraceConfig:
        """Return what makes a span of every call to a provider. Providers are told no trace."""

        async def begun(
            session: ClientSession, context: SimpleNamespace, params: TraceRequestStartParams
        ) -> None:
            context.span = self.tracer.start_span(
                f"{params.method} {channel}",
                kind=SpanKind.CLIENT,
                attributes={"billing.channel": channel, "http.request.method": params.method},
            )

        async def answered(
            session: ClientSession, context: SimpleNamespace, params: TraceRequestEndParams
        ) -> None:
            context.span.set_attribute("http.response.status_code", params.response.status)
            if params.response.status >= _FAILURES_FROM:
                context.span.set_status(StatusCode.ERROR)
            context.span.end()

        async def failed(
            session: ClientSession, context: SimpleNamespace, params: TraceRequestExceptionParams
        ) -> None:
            context.span.set_status(StatusCode.ERROR, type(params.exception).__name__)
            context.span.end()

        watch = TraceConfig()
        watch.on_request_start.append(begun)
        watch.on_request_end.append(answered)
        watch.on_request_exception.append(failed)
        return watch

    def job(self, name: str, run: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
        """Return a job of the worker that makes a span of every run."""

        async def run_in_span() -> int:
            with self.span(f"job {name}"):
                return await run()

        return run_in_span

    def close(self) -> None:
        """Send what has not been sent yet."""
        self.provider.shutdown()


def tracing_to(endpoint: str, ratio: float, version: str) -> Tracing:
    """Return traces that are sent by OTLP over HTTP; of so many of those that begin here.

    A caller's own trace is followed as the caller decided. Headers for the receiver are read by
    the library from OTEL_EXPORTER_OTLP_HEADERS.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": "billing", "service.version": version}),
        sampler=ParentBased(TraceIdRatioBased(ratio)),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider=provider)


def _lowered(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
