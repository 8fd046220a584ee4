"""Files of any size: sent piece by piece as they are read, and never held all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from entrypoints.http.middleware import mark
from entrypoints.http.request_id import request_id_of

_log = structlog.get_logger(__name__)


async def send_file(
    request: web.Request, name: str, content_type: str, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    """Send a file to be kept under a name. Whoever stops reading stops it: no more is read then.

    Where a piece fails, the connection is cut: the answer is under way, and what has come of it
    must not be taken for the whole.
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": content_type,
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    mark(response, request_id_of(request))
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except ConnectionError:
        _log.info("export_left", file=name)
    except Exception:  # noqa: BLE001 - an answer is under way: it is cut off, so that it is seen
        _log.exception("export_failed", file=name)
        if request.transport is not None:
            request.transport.abort()
    return response
