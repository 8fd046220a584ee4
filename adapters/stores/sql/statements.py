"""Reading the ledger line by line: the hand-written page of an account, and the admins' search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adapters.stores.sql.credits import LINES
from adapters.stores.sql.kept import AS_IT_IS, Kept
from adapters.stores.sql.ledger_rows import line_from
from adapters.stores.sql.open_transaction import Open
from adapters.stores.sql.paging import id_after, page_of, seq_after
from adapters.stores.sql.tables.credits import transactions
from application.ports.credits import StatementLine, TransactionFilter
from application.ports.paging import Page, PageRequest
from domain.amount import AMOUNT_MAX
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, LedgerAccount, Transaction, TransactionType

_SHOWN = ("id", "seq", "type", "credit", "amount", "balance_after", "at", "usage")
COLUMNS = ", ".join([*(f"t.{name}" for name in _SHOWN), "x.description", "x.metadata"])
_INTO_WALLET = LedgerAccount.WALLET.value


def page_text(mark: Callable[[int], str]) -> str:
    """Return the statement that reads a page of an account's lines, beside its newest `seq`.

    It is handed the account, the first `seq` of the page or nothing, the offset from the newest,
    and the limit. Lines are numbered without a gap, so that any page is a range of numbers.
    """
    top = f"coalesce({mark(2)}, w.seq - {mark(3)})"
    return " ".join(
        (
            f"SELECT w.seq, {COLUMNS}",
            "FROM wallets AS w",
            "LEFT JOIN transactions AS t ON t.account_id = w.account_id",
            f"AND t.seq <= {top} AND t.seq > {top} - {mark(4)}",
            "LEFT JOIN transaction_texts AS x ON x.account_id = t.account_id AND x.seq = t.seq",
            f"WHERE w.account_id = {mark(1)}",
            "ORDER BY t.seq DESC",
        )
    )


def page_of_type_text(mark: Callable[[int], str], *, is_rare: bool) -> str:
    """Return the statement that reads an account's lines of one type from below a `seq` on.

    It is handed the account, the type, that `seq` and the limit. Rare types have an index of
    their own, which the database takes only where the statement itself leaves out the common one.
    """
    return " ".join(
        (
            f"SELECT {COLUMNS}",
            "FROM transactions AS t",
            "LEFT JOIN transaction_texts AS x ON x.account_id = t.account_id AND x.seq = t.seq",
            f"WHERE t.account_id = {mark(1)} AND t.type = {mark(2)} AND t.seq < {mark(3)}",
            f"AND t.type <> '{AI_USAGE}'" if is_rare else "",
            f"ORDER BY t.seq DESC LIMIT {mark(4)}",
        )
    )


def page_values(account_id: AccountId, request: PageRequest) -> tuple[Any, ...]:
    """Return what `page_text` is handed. Raises InvalidField."""
    first = None if request.after is None else seq_after(request.after) - 1
    return (account_id, first, request.offset, request.limit)


def page_of_type_values(
    account_id: AccountId, request: PageRequest, type: TransactionType
) -> tuple[Any, ...]:
    """Return what `page_of_type_text` is handed. Raises InvalidField."""
    below = AMOUNT_MAX if request.after is None else seq_after(request.after)
    return (account_id, type, below, request.limit + 1)


def page_from(found: Sequence[Any], kept: Kept, *, before: int = 0) -> Page[StatementLine]:
    """Return the page that `page_text` has found; so many columns of others come before its own."""
    first = before + 1
    lines = tuple([_shown(row[first:], kept) for row in found if row[first] is not None])
    has_more = bool(lines) and lines[-1].seq > 1
    return Page(
        items=lines,
        next=str(lines[-1].seq) if has_more else None,
        total=found[0][before] if found else 0,
    )


def page_of_type_from(found: Sequence[Any], limit: int, kept: Kept) -> Page[StatementLine]:
    """Return the page that `page_of_type_text` has found."""
    return page_of([_shown(row, kept) for row in found], limit, _seq)


def _shown(row: Any, kept: Kept) -> StatementLine:
    line_id, seq, kind, credit, amount, balance_after, at, usage, description, metadata = row
    return StatementLine(
        line_id,
        seq,
        kind,
        amount if credit == _INTO_WALLET else -amount,
        balance_after,
        kept.instant_from(at),
        usage,
        description or "",
        metadata or "",
    )


async def search(
    reading: Open, where: TransactionFilter, request: PageRequest
) -> Page[Transaction]:
    """Return a page over all accounts, newest first; one account's lines are read by `seq`."""
    column = transactions.c
    query = LINES.limit(request.limit + 1)
    if where.account_id is None:
        query = query.order_by(column.id.desc())
        if request.after is not None:
            query = query.where(column.id < id_after(request.after))
    else:
        query = query.where(column.account_id == where.account_id).order_by(column.seq.desc())
        if request.after is not None:
            query = query.where(column.seq < seq_after(request.after))
    if where.type is not None:
        query = query.where(column.type == where.type)
    if where.from_at is not None:
        query = query.where(column.at >= where.from_at)
    if where.to_at is not None:
        query = query.where(column.at < where.to_at)
    async with reading() as transaction:
        found = [line_from(row, AS_IT_IS) for row in await transaction.run(query)]
    return page_of(found, request.limit, _id if where.account_id is None else _seq)


def _seq(line: StatementLine | Transaction) -> str:
    return str(line.seq)


def _id(line: Transaction) -> str:
    return line.id
