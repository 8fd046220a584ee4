"""`/metrics`: on a port of its own, or behind a token; never for everybody."""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from aiohttp import web
from attrs import define, field

from application.credits.read_proofs import ProofsRead
from application.figures.read_backlogs import BacklogsRead
from application.wallets.group_commit import GroupCommit
from entrypoints.environment import SettingsError
from entrypoints.telemetry.tallies import Tallies

PATH = "/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# However often somebody asks, the store is asked no more often than this.
_BACKLOGS_SECONDS = 5.0
_STORE_SECONDS = 2.0

_log = structlog.get_logger(__name__)


@define(eq=False, kw_only=True)
class Metrics:
    """Tells what a process counted, and what waits in the store.

    With a token only who bears it is answered; anybody else is told that there is nothing here.
    """

    tallies: Tallies
    commit: GroupCommit
    read_backlogs: Callable[[], Awaitable[BacklogsRead]]
    read_proofs: Callable[[], Awaitable[ProofsRead]]
    token: str | None = field(default=None, repr=False)
    _known: tuple[BacklogsRead, ProofsRead] | None = field(default=None, init=False)
    _known_at: float = field(default=-_BACKLOGS_SECONDS, init=False)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer the counts as text."""
        if not self._may(request):
            raise web.HTTPNotFound
        text = await self.text()
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def text(self) -> bytes:
        """Return the counts as text. The library is loaded when somebody first asks."""
        from entrypoints.telemetry.exposition import Snapshot, exposition_of

        stored = await self._stored()
        return exposition_of(
            Snapshot(
                version=version("billing"),
                tallies=self.tallies,
                commits=self.commit.tally,
                queued=self.commit.waiting,
                backlogs=None if stored is None else stored[0],
                proof=None if stored is None else stored[1].ended,
            )
        )

    def _may(self, request: web.Request) -> bool:
        if self.token is None:
            return True
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())

    async def _stored(self) -> tuple[BacklogsRead, ProofsRead] | None:
        now = asyncio.get_running_loop().time()
        if now - self._known_at >= _BACKLOGS_SECONDS:
            try:
                async with asyncio.timeout(_STORE_SECONDS):
                    self._known = (await self.read_backlogs(), await self.read_proofs())
            except Exception as fault:  # noqa: BLE001 - told as a metric, which is what is asked for
                _log.warning("backlogs_not_counted", reason=type(fault).__name__)
                self._known = None
            self._known_at = now
        return self._known


@asynccontextmanager
async def metrics_served(metrics: Metrics, host: str, port: int | None) -> AsyncIterator[None]:
    """Serve the counts on a port of their own, where one is set. Raises SettingsError if taken."""
    if port is None:
        yield
        return
    app = web.Application()
    app.router.add_get(PATH, metrics.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, _listen(host, port)).start()
        _log.info("metrics_served", port=port)
        yield
    finally:
        await runner.cleanup()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as taken:
        problem = f"cannot listen on {host}:{port}: {taken.strerror}"
        raise SettingsError("BILLING_METRICS_PORT", problem) from taken
