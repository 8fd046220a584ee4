"""Pages of ledgers on PostgreSQL: those asked for while a query runs are read by the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from attrs import define, field, frozen

from adapters.stores.sql.postgres_line import Line
from adapters.stores.sql.statements import COLUMNS

PAGES_TOGETHER_MAX = 16
"""A page has up to a hundred lines, which the event loop makes without a pause."""

# After the place, the newest `seq` and the id of the line.
_BY_SEQ_OF_LINE = itemgetter(3)

# Handed the accounts, the first `seq` of each page or nothing, the offsets and the limits. Lines
# are numbered without a gap, so that any page is a range of numbers. The limits are fences, which
# keep the planner from turning the look-ups into a scan of a whole table.
_TOP = "coalesce(asked.first, w.seq - asked.skipped)"
PAGES = f"""
SELECT asked.place, w.seq, t.*
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
    WITH ORDINALITY AS asked (account_id, first, skipped, most, place)
CROSS JOIN LATERAL (
    SELECT seq FROM wallets WHERE wallets.account_id = asked.account_id LIMIT 1
) AS w
LEFT JOIN LATERAL (
    SELECT {COLUMNS}
    FROM transactions AS t
    LEFT JOIN transaction_texts AS x ON x.account_id = t.account_id AND x.seq = t.seq
    WHERE t.account_id = asked.account_id AND t.seq <= {_TOP} AND t.seq > {_TOP} - asked.most
    ORDER BY t.seq DESC LIMIT asked.most
) AS t ON true
"""  # noqa: S608 -- made of our own column names


@frozen
class _Asked:
    """Which page, as the statement is handed it, and who waits for its rows."""

    values: tuple[Any, ...]
    answer: asyncio.Future[list[Any]]


@define(eq=False)
class PageReads:
    """Reads of pages, up to so many in one query.

    Each is read after it was asked for, so a read directly after a write sees it. The queries of
    one connection come after each other anyway; here each is one round trip for many.
    """

    line: Line
    _asked: list[_Asked] = field(factory=list, init=False)
    _reader: asyncio.Task[None] | None = field(default=None, init=False)

    async def __call__(self, values: tuple[Any, ...]) -> Sequence[Any]:
        """Return the rows of a page, newest first: the newest `seq`, then the line's columns.

        Without a line there is one row of nothing else; without a wallet there is none.
        Raises WriteRefused, OutcomeUnknown.
        """
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(values, answer))
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read(), name="page-reads")
        return await answer

    async def _read(self) -> None:
        while self._asked:
            some = self._asked[:PAGES_TOGETHER_MAX]
            del self._asked[: len(some)]
            try:
                await self._answer(some)
            except Exception:  # noqa: BLE001 - whom it concerns is told, each by its own read
                for each in some:
                    await self._answer_alone(each)

    async def _answer(self, some: Sequence[_Asked]) -> None:
        found = await self.line.read(PAGES, *zip(*(each.values for each in some), strict=True))
        for each, rows in zip(some, _by_place(found, len(some)), strict=True):
            if not each.answer.done():
                each.answer.set_result(rows)

    async def _answer_alone(self, asked: _Asked) -> None:
        try:
            await self._answer((asked,))
        except Exception as fault:  # noqa: BLE001 - handed on to who asked
            if not asked.answer.done():
                asked.answer.set_exception(fault)


def _by_place(found: Iterable[Any], count: int) -> list[list[Any]]:
    """Return the rows of each page, newest first, as they nearly always come."""
    pages: list[list[Any]] = [[] for _ in range(count)]
    for row in found:
        pages[row[0] - 1].append(row)
    for page in pages:
        if len(page) > 1:
            page.sort(key=_BY_SEQ_OF_LINE, reverse=True)
    return pages
