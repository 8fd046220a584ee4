"""An export of one account as a JSON document, sent as it is read, of any size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec
from aiohttp import web

from application.access.export_account import ExportedPart, Section
from domain.credits.ids import AccountId
from domain.payments.inbox import InboxEvent
from entrypoints.http.admin_webhooks import WholeWebhookView
from entrypoints.http.file_stream import send_file

_encode = msgspec.json.Encoder().encode
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


def export_name(account_id: AccountId) -> str:
    """Return what the file is called: the account's id in letters that every system takes."""
    return f"account-{_UNSAFE.sub('-', account_id)}.json"


async def send_export(
    request: web.Request, name: str, parts: AsyncIterator[ExportedPart]
) -> web.StreamResponse:
    """Send the records section by section. Whoever stops reading stops it.

    What the first part refuses is raised before anything is sent. A document that was cut off is
    no JSON, so that nobody takes it for the whole.
    """
    first = await anext(parts)
    return await send_file(request, name, "application/json", _document(first, parts))


async def _document(first: ExportedPart, rest: AsyncIterator[ExportedPart]) -> AsyncIterator[bytes]:
    sections = iter(Section)
    section = next(sections)
    yield b'{"success":true,"data":{' + _opening(section)
    is_empty, part = True, first
    while True:
        while section is not part.section:
            section, is_empty = next(sections), True
            yield b"]," + _opening(section)
        for record in part.records:
            yield (b"" if is_empty else b",") + _written(record)
            is_empty = False
        following = await anext(rest, None)
        if following is None:
            break
        part = following
    for section in sections:
        yield b"]," + _opening(section)
    yield b"]}}"


def _opening(section: Section) -> bytes:
    return b'"%b":[' % section.value.encode()


def _written(record: object) -> bytes:
    return _encode(WholeWebhookView.of(record) if isinstance(record, InboxEvent) else record)
