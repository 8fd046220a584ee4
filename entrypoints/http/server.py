"""The HTTP server under the application: what becomes of bytes that never become a request."""

from __future__ import annotations

import structlog
from aiohttp import web
from aiohttp.web_request import BaseRequest

from entrypoints.http.errors import failure_answer, refusal_answer
from entrypoints.http.middleware import mark
from entrypoints.http.refusals import RequestRefused
from entrypoints.http.request_id import new_request_id

IDLE_SECONDS_MAX = 75.0
"""How long a connection may be silent, or its request head unfinished: longer than proxies keep
theirs, so that they close first, and short enough that idle strangers do not use up the sockets."""

_log = structlog.get_logger(__name__)


class HttpRunner(web.AppRunner):
    """Runs the application, without a log line for each request."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=self._kwargs.get("keepalive_timeout", IDLE_SECONDS_MAX),
        )


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class _Protocol(web.RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer in our form, and do not repeat what was sent, as the library does."""
        if request.writer.output_size > 0:
            raise ConnectionError("a part of the answer is already on its way")
        request_id = new_request_id()
        if status < 500:
            _log.info("bad_http_request", request_id=request_id, reason=type(exc).__name__)
            response = refusal_answer(RequestRefused(), request_id)
        else:
            _log.error("connection_failed", request_id=request_id, exc_info=exc)
            response = failure_answer(request_id)
        mark(response, request_id)
        response.force_close()
        return response
