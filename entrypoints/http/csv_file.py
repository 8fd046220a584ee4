"""Rows as a CSV file, which no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from entrypoints.http.file_stream import send_file

# A spreadsheet takes text that begins like this for a formula, whoever wrote it.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?[0-9]+")

Rows = AsyncIterator[Sequence[Sequence[str]]]


async def send_csv(
    request: web.Request, name: str, columns: Sequence[str], batches: Rows
) -> web.StreamResponse:
    """Send a file batch by batch: the next one is read when the last was taken."""
    return await send_file(request, name, "text/csv; charset=utf-8", _lines(columns, batches))


async def _lines(columns: Sequence[str], batches: Rows) -> AsyncIterator[bytes]:
    yield _written([columns])
    async for rows in batches:
        yield _written([[_plain(cell) for cell in row] for row in rows])


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
