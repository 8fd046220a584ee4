"""The ledger of all accounts, page by page, and as a file of any size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from attrs import frozen

from application.credits.list_transactions import SearchingTransactions, SearchTransactions
from application.ports.credits import TransactionFilter
from application.ports.paging import PageRequest
from domain.access.role import Right
from domain.credits.transaction import (
    AI_USAGE,
    RESERVED_TYPES,
    Transaction,
    TransactionType,
)
from domain.errors import InvalidField
from entrypoints.console.lists import account_filter, filters_of, from_day, page_of, to_day
from entrypoints.console.look import iso
from entrypoints.console.page import Page, Visit
from entrypoints.http.csv_file import send_csv

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EXPORTED_AT_ONCE = 500

_FILTERS = ("account", "type", "from", "to")
_TYPE_LENGTH_MAX = 40
_COLUMNS = (
    "id",
    "account_id",
    "seq",
    "type",
    "amount",
    "balance_after",
    "created_at",
    "debit",
    "credit",
    "cause",
    "description",
)


@frozen(kw_only=True)
class TransactionPages:
    """Transactions of all accounts."""

    search_transactions: SearchingTransactions

    def pages(self) -> Sequence[Page]:
        """Return the list and the file."""
        path = "/transactions"
        return (
            Page(method="GET", path=path, handler=self.get_transactions, right=Right.READ),
            Page(method="GET", path=f"{path}/export", handler=self.get_file, right=Right.READ),
        )

    async def get_transactions(self, visit: Visit) -> web.Response:
        """Show a page of the ledger."""
        command = SearchTransactions(where=_where(visit), page=page_of(visit))
        return visit.shown(
            "transactions.html",
            page=await self.search_transactions(command),
            filters=filters_of(visit, *_FILTERS),
            types=sorted({*RESERVED_TYPES, AI_USAGE}),
        )

    async def get_file(self, visit: Visit) -> web.StreamResponse:
        """Send everything that the filters let through, as it is read."""
        where = _where(visit)
        return await send_csv(visit.request, "transactions.csv", _COLUMNS, self._rows(where))

    async def _rows(self, where: TransactionFilter) -> AsyncIterator[Sequence[Sequence[str]]]:
        after: str | None = None
        while True:
            asked = PageRequest(limit=EXPORTED_AT_ONCE, after=after)
            page = await self.search_transactions(SearchTransactions(where=where, page=asked))
            yield [_row(line) for line in page.items]
            after = page.next
            if after is None:
                return


def _where(visit: Visit) -> TransactionFilter:
    named = visit.query.get("type", "").strip()
    if len(named) > _TYPE_LENGTH_MAX or not named.isprintable():
        raise InvalidField(path="type", problem="is not a type of transaction")
    return TransactionFilter(
        account_id=account_filter(visit),
        type=TransactionType(named) if named else None,
        from_at=from_day(visit),
        to_at=to_day(visit),
    )


def _row(line: Transaction) -> Sequence[str]:
    return (
        line.id,
        line.account_id,
        str(line.seq),
        line.type,
        str(line.signed),
        str(line.balance_after),
        iso(line.at),
        line.debit.value,
        line.credit.value,
        line.cause or "",
        "" if line.text is None else line.text.description,
    )
