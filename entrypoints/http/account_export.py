"""An export of one account as a JSON document, sent as it is read, of any size."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import structlog
from aiohttp import web

from application.access.export_account import ExportedPart, Section
from domain.payments.inbox import InboxEvent
from entrypoints.http.admin_webhooks import WholeWebhookView
from entrypoints.http.middleware import mark
from entrypoints.http.request_id import request_id_of

_encode = msgspec.json.Encoder().encode
_log = structlog.get_logger(__name__)


async def send_export(
    request: web.Request, name: str, parts: AsyncIterator[ExportedPart]
) -> web.StreamResponse:
    """Send the records section by section. Whoever stops reading stops it.

    What the first part refuses is raised before anything is sent. A document that was cut off is
    no JSON, so that nobody takes it for the whole.
    """
    part = await anext(parts)
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    mark(response, request_id_of(request))
    await response.prepare(request)
    try:
        await response.write(b'{"success":true,"data":{')
        await _write_sections(response, part, parts)
        await response.write(b"}}")
        await response.write_eof()
    except ConnectionError:
        _log.info("export_left", file=name)
    except Exception:  # noqa: BLE001 - an answer is under way: it is cut off, so that it is seen
        _log.exception("export_failed", file=name)
        if request.transport is not None:
            request.transport.abort()
    return response


async def _write_sections(
    response: web.StreamResponse, first: ExportedPart, rest: AsyncIterator[ExportedPart]
) -> None:
    sections = iter(Section)
    section = next(sections)
    await response.write(_opening(section))
    is_empty, part = True, first
    while True:
        while section is not part.section:
            section, is_empty = next(sections), True
            await response.write(b"]," + _opening(section))
        for record in part.records:
            await response.write((b"" if is_empty else b",") + _written(record))
            is_empty = False
        following = await anext(rest, None)
        if following is None:
            break
        part = following
    for section in sections:
        await response.write(b"]," + _opening(section))
    await response.write(b"]")


def _opening(section: Section) -> bytes:
    return b'"%b":[' % section.value.encode()


def _written(record: object) -> bytes:
    return _encode(WholeWebhookView.of(record) if isinstance(record, InboxEvent) else record)
