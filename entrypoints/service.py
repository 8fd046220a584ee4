"""A running service: the store opened, requests served, due work done, and a calm way out."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any

import structlog
from aiohttp import web

from application.ports.provider import Providers
from entrypoints.adapter_table import migrate
from entrypoints.container import Container
from entrypoints.customer_page.assembly import customer_page_of
from entrypoints.environment import SettingsError
from entrypoints.http.app import build_app
from entrypoints.http.door import let_nobody_in
from entrypoints.http.server import HttpRunner
from entrypoints.settings import SANDBOX, Settings, StoreKind
from entrypoints.telemetry.metrics import PATH, metrics_served
from entrypoints.telemetry.wiring import metrics_of
from entrypoints.virtual_time import clock_held
from entrypoints.worker import Worker

# A request under way may finish, a batch may be written; a process manager kills at 30 s or so.
_LEAVE_SECONDS = 20.0
# Whoever has been let in has so long to send a request before an unused connection is closed.
_LAST_REQUEST_SECONDS = 0.5

_log = structlog.get_logger("billing")

OnReady = Callable[[], Awaitable[None]]
"""Called once requests are answered and what was to be prepared is there."""

Prepare = Callable[[Container], Coroutine[Any, Any, None]]
"""Called once requests are answered, and before any due work is done."""


async def run_service(
    settings: Settings,
    *,
    with_worker: bool = True,
    prepare: Prepare | None = None,
    on_ready: OnReady | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    An SQLite file is migrated first; a PostgreSQL database must be (`billing migrate`).
    Raises SettingsError if the port is taken, StoreInUse, SchemaMismatch.
    """
    if settings.store_kind is StoreKind.SQLITE:
        await migrate(settings)
    container = Container(settings=settings)
    stop = stop_on_signals()
    async with opened(container):
        app = application(container)
        async with _answering(app, settings), _watched(container):
            _tell(settings)
            if prepare is not None:
                await _unless_stopped(prepare(container), stop)
            if stop.is_set():
                _log.info("stopping")
            elif with_worker:
                await _work(container.worker(), stop, on_ready)
            else:
                await _wait(stop, on_ready)
        await container.group_commit().drain()


async def run_worker(settings: Settings) -> None:
    """Do due work, and nothing else, until SIGTERM or SIGINT."""
    container = Container(settings=settings)
    stop = stop_on_signals()
    async with opened(container), _watched(container):
        await _work(container.worker(), stop, None)
        await container.group_commit().drain()


@asynccontextmanager
async def opened(container: Container) -> AsyncIterator[None]:
    """Open what a container's parts need, and close it again, last first."""
    settings = container.settings()
    # Taken now: a fault in the wiring stops the start, not the first request.
    container.apis()
    async with AsyncExitStack() as opening:
        opening.callback(container.telemetry().close)
        await opening.enter_async_context(container.store())
        await opening.enter_async_context(clock_held(container))
        if SANDBOX in settings.channels:
            await opening.enter_async_context(container.sandbox_post())
        await opening.enter_async_context(connected(container))
        await opening.enter_async_context(container.webhook_sender())
        yield


@asynccontextmanager
async def connected(container: Container) -> AsyncIterator[Providers]:
    """Give the payment providers; what they keep open meanwhile is closed at the end.

    Raises SettingsError if one of them cannot be made of what is configured.
    """
    found: Providers = container.payment_providers()
    async with AsyncExitStack() as opening:
        for provider in found.values():
            if isinstance(provider, AbstractAsyncContextManager):
                await opening.enter_async_context(provider)
        yield found


def application(container: Container) -> web.Application:
    """Return the HTTP application over a container."""
    settings, telemetry = container.settings(), container.telemetry()
    app = build_app(
        container.apis(),
        gate=container.gate(),
        readiness=container.readiness(),
        public_url=settings.public_url,
        version=version("billing"),
        cors_origins=settings.cors_origins,
        trusted_proxies=settings.trusted_proxies,
        tallies=telemetry.tallies.routes,
        around=telemetry.around_requests(),
    )
    app.add_routes(container.console().routes())
    if settings.customers.has_page:
        app.add_routes(customer_page_of(container).routes())
    operating = settings.operating
    if operating.metrics_token is not None and operating.metrics_port is None:
        app.router.add_get(PATH, metrics_of(container).answer)
    return app


@asynccontextmanager
async def _answering(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    runner = HttpRunner(app, shutdown_timeout=_LEAVE_SECONDS)
    await runner.setup()
    try:
        listening = _listen(settings)
        site = web.SockSite(runner, listening)
        await site.start()
        # What was built by now lives as long as the process: full collections need not look at it.
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        yield
        let_nobody_in(listening)
        await asyncio.sleep(_LAST_REQUEST_SECONDS)
    finally:
        await runner.cleanup()


def _watched(container: Container) -> AbstractAsyncContextManager[None]:
    """Serve the counts of the process on their own port, where one is set."""
    settings = container.settings()
    return metrics_served(metrics_of(container), settings.host, settings.operating.metrics_port)


def _tell(settings: Settings) -> None:
    """Log what is served where, and that nobody can sign in where that is so."""
    _log.info(
        "serving",
        address=settings.self_url,
        mode=settings.mode.value,
        store=settings.store_kind.value,
        channels=list(settings.channels),
    )
    if settings.login is None:
        _log.warning(
            "nobody_can_sign_in",
            reason="no login is configured: only API keys are let in",
            remedy="set BILLING_JWT_SECRET or BILLING_JWT_JWKS_URL",
        )


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as taken:
        address = f"{settings.host}:{settings.port}"
        problem = f"cannot listen on {address}: {taken.strerror}"
        raise SettingsError("BILLING_PORT", problem) from taken


async def _unless_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Do a piece of work, or leave it where it is when the service is told to stop."""
    working = asyncio.create_task(work, name="prepare")
    stopping = asyncio.create_task(stop.wait(), name="stop")
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        working.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    try:
        await working
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


async def _work(worker: Worker, stop: asyncio.Event, on_ready: OnReady | None) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(stop), name="worker")
        await _wait(stop, on_ready)


async def _wait(stop: asyncio.Event, on_ready: OnReady | None) -> None:
    if on_ready is not None:
        await on_ready()
    await stop.wait()
    _log.info("stopping")


def stop_on_signals() -> asyncio.Event:
    """Return an event that is set when somebody asks the process to leave."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop
