"""Files of any size: rows are sent as they are read, and never held all at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence

import structlog
from aiohttp import web

from entrypoints.http.middleware import mark
from entrypoints.http.request_id import request_id_of

# A spreadsheet takes text that begins like this for a formula, whoever wrote it.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?[0-9]+")

_log = structlog.get_logger(__name__)

Rows = AsyncIterator[Sequence[Sequence[str]]]


async def send_csv(
    request: web.Request, name: str, columns: Sequence[str], batches: Rows
) -> web.StreamResponse:
    """Send a file batch by batch. Whoever stops reading stops it; the next batch is not read."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    mark(response, request_id_of(request))
    await response.prepare(request)
    try:
        await response.write(_written([columns]))
        async for rows in batches:
            await response.write(_written([[_plain(cell) for cell in row] for row in rows]))
        await response.write_eof()
    except ConnectionError:
        _log.info("export_left", file=name)
    return response


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
