"""Whether the process lives, and whether it should be sent requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web
from attrs import define, frozen

from application.ports.store import SchemaMismatch
from entrypoints.http.endpoint import Endpoint
from entrypoints.http.policy import Public
from entrypoints.http.refusals import NotReady
from entrypoints.http.wire import reply

PING_TIMEOUT_S = 2.0

_log = structlog.get_logger(__name__)


@define(kw_only=True)
class Readiness:
    """Whether the store answers, and whether the process is on its way out.

    `ping` asks the store something small; whatever it raises means that it does not answer, but
    SchemaMismatch: then it lacks a migration. What the worker does is no matter of readiness:
    requests are answered as well while one of its jobs takes long, or hangs.
    """

    ping: Callable[[], Awaitable[None]]
    timeout_s: float = PING_TIMEOUT_S
    is_draining: bool = False

    def drain(self) -> None:
        """Say from now on that no new requests should come here."""
        self.is_draining = True

    async def check(self) -> None:
        """Raises NotReady unless requests should be sent here."""
        if self.is_draining:
            raise NotReady(reason="draining")
        try:
            await asyncio.wait_for(self.ping(), self.timeout_s)
        except TimeoutError as slow:
            raise NotReady(reason="store_slow") from slow
        except SchemaMismatch as behind:
            _log.exception("schema_is_behind")
            raise NotReady(reason="schema_behind") from behind
        except Exception as failure:
            _log.exception("store_does_not_answer")
            raise NotReady(reason="store_down") from failure


@frozen(kw_only=True, slots=False)
class HealthView:
    """The state of the process, in one word."""

    status: str


@frozen(kw_only=True)
class HealthApi:
    """What a process supervisor and a load balancer ask."""

    readiness: Readiness

    def endpoints(self) -> Sequence[Endpoint]:
        """Return both questions."""
        return (
            Endpoint(
                method="GET",
                path="/healthz",
                handler=self.get_health,
                policy=Public(),
                tag="Service",
                summary="Ask whether the process lives",
                response=HealthView,
            ),
            Endpoint(
                method="GET",
                path="/readyz",
                handler=self.get_readiness,
                policy=Public(),
                tag="Service",
                summary="Ask whether requests should be sent here",
                description=(
                    "Not ready while the store does not answer or lacks a migration, and while "
                    "shutting down."
                ),
                response=HealthView,
                refusals=(NotReady,),
            ),
        )

    async def get_health(self, request: web.Request) -> web.Response:
        """Answer as long as the loop turns."""
        return reply(HealthView(status="alive"))

    async def get_readiness(self, request: web.Request) -> web.Response:
        """Answer whether the store answers."""
        await self.readiness.check()
        return reply(HealthView(status="ready"))
