"""The ledger on SQLite: batches in one hop, point reads on the event loop without any."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

import msgspec
from attrs import define, frozen

from adapters.stores.sql import statements
from adapters.stores.sql.columns import instant_of, micros_of
from adapters.stores.sql.event_rows import EVENT, event_row
from adapters.stores.sql.hold_rows import HOLD, HOLD_CHANGES, hold_row
from adapters.stores.sql.kept import Kept
from adapters.stores.sql.ledger_rows import (
    GRANT,
    GRANT_CHANGES,
    KEY,
    LINE,
    TEXT,
    WALLET,
    WALLET_CHANGES,
    grant_row,
    key_row,
    known_from,
    line_row,
    text_row,
    wallet_row,
    wallets_from,
)
from adapters.stores.sql.open_transaction import Open
from adapters.stores.sql.sqlite_errors import judging, refuse_nul, refuse_nul_in_rows
from adapters.stores.sql.sqlite_file import connect_for_reading
from adapters.stores.sql.sqlite_writer import SqliteWriter
from application.ports.credits import (
    Batch,
    Committed,
    KnownReceipt,
    Ledger,
    StatementLine,
    Statements,
    TransactionFilter,
    WalletWrite,
)
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, Transaction, TransactionType
from domain.credits.wallet import Wallet

_KEPT = Kept(
    instant=micros_of,
    instant_from=instant_of,
    day=date.isoformat,
    day_from=date.fromisoformat,
)


def _mark(number: int) -> str:
    return f"?{number}"


def _insert(table: str, columns: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return " ".join(("INSERT INTO", table, f"({', '.join(columns)})", f"VALUES ({marks})"))


def _upsert(table: str, columns: Sequence[str], key: str, changes: Sequence[str]) -> str:
    latest = ", ".join(f"{name} = excluded.{name}" for name in changes)
    return f"{_insert(table, columns)} ON CONFLICT ({key}) DO UPDATE SET {latest}"


_GRANT_COLUMNS = tuple(f"g.{name}" for name in GRANT)
_OPEN_HOLDS = " ".join(
    (
        "CASE WHEN w.held > 0 THEN (SELECT json_group_array(json_array(",
        ", ".join(f"h.{name}" for name in HOLD),
        ")) FROM holds AS h WHERE h.account_id = w.account_id AND h.is_open = 1) END",
    )
)
_LOAD = " ".join(
    (
        "SELECT",
        ", ".join([*(f"w.{name}" for name in WALLET), _OPEN_HOLDS, *_GRANT_COLUMNS]),
        # A cross join keeps its order: from the few accounts asked for to their rows.
        "FROM json_each(?) AS asked CROSS JOIN wallets AS w ON w.account_id = asked.value",
        "LEFT JOIN grants AS g INDEXED BY ix_grants_open",
        "ON g.account_id = w.account_id AND g.is_open = 1",
    )
)
_VERSION = "SELECT version FROM wallets WHERE account_id = ?"
_KNOWN = "SELECT fingerprint, receipt FROM ledger_keys WHERE owner = ? AND caller = ? AND key = ?"
_WALLETS = _upsert("wallets", WALLET, "account_id", WALLET_CHANGES)
_GRANTS = _upsert("grants", GRANT, "account_id, id", GRANT_CHANGES)
_HOLDS = _upsert("holds", HOLD, "account_id, id", HOLD_CHANGES)
_LINES = _insert("transactions", LINE)
_TEXTS = _insert("transaction_texts", TEXT)
_KEYS = _insert("ledger_keys", KEY)
_EVENTS = _insert("outbox", EVENT)

_PAGE = statements.page_text(_mark)
_PAGE_OF_USAGE = statements.page_of_type_text(_mark, is_rare=False)
_PAGE_OF_RARE_TYPE = statements.page_of_type_text(_mark, is_rare=True)


@define(eq=False)
class SqliteReader:
    """A connection on the event loop's own thread, for reads shorter than a hop."""

    path: str
    _connection: sqlite3.Connection | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Own the connection while the block is open."""
        connection = connect_for_reading(self.path)
        self._connection = connection
        try:
            yield
        finally:
            connection.close()

    def rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """Return what a query finds, as of now. Raises OutcomeUnknown, WriteRefused."""
        refuse_nul(values)
        with judging():
            return self.connection.execute(statement, values).fetchall()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, on the event loop's thread alone."""
        assert self._connection is not None, "the store is opened before it is used"
        return self._connection


@frozen
class SqliteLedger(Ledger):
    """Wallets for the group commit."""

    reader: SqliteReader
    writer: SqliteWriter

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        refuse_nul(account_ids)
        with judging():
            asked = msgspec.json.encode(account_ids).decode()
        return _complete(account_ids, self.reader.rows(_LOAD, (asked,)))

    async def write(self, batch: Batch) -> Committed:
        return await self.writer.alone(partial(_write, batch))

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        # Two hops, because the decision belongs to the event loop's thread.
        async with self.writer.turn:
            is_done = False
            try:
                with judging():
                    found = await self.writer.hop(partial(self._lock, account_ids))
                batch = decide(_complete(account_ids, found))
                with judging():
                    committed = await self.writer.hop(partial(self._finish, batch))
                is_done = True
            finally:
                if not is_done:
                    await self.writer.hop(self.writer.undo)
        return committed

    def _lock(self, account_ids: Sequence[AccountId]) -> list[Any]:
        refuse_nul(account_ids)
        asked = msgspec.json.encode(account_ids).decode()
        self.writer.begin()
        return self.writer.raw.execute(_LOAD, (asked,)).fetchall()

    def _finish(self, batch: Batch) -> Committed:
        committed = _write(batch, self.writer.raw)
        self.writer.commit()
        return committed


def _complete(account_ids: Sequence[AccountId], found: Iterable[Any]) -> dict[AccountId, Wallet]:
    wallets = wallets_from(found, _KEPT)
    return {
        account_id: wallets.get(account_id) or Wallet(account_id=account_id)
        for account_id in account_ids
    }


def _write(batch: Batch, raw: sqlite3.Connection) -> Committed:
    """Write what still holds, in the open transaction, and say what became of every account."""
    known = _known(batch, raw)
    answered = {owner for owner, _, _ in known}

    def holds(account_id: AccountId, version: int) -> bool:
        if account_id in answered:
            return False
        row = raw.execute(_VERSION, (account_id,)).fetchone()
        return (0 if row is None else row[0]) == version

    holding = [
        write
        for write in batch.writes
        if holds(write.posting.wallet.account_id, write.posting.wallet.version)
        and not any(receipt.key.name in known for receipt in write.receipts)
    ]
    _write_rows(holding, raw)
    return Committed(
        written=frozenset(write.posting.wallet.account_id for write in holding),
        unchanged=frozenset(
            account_id
            for account_id, version in batch.unchanged.items()
            if holds(account_id, version)
        ),
        known=known,
    )


def _known(batch: Batch, raw: sqlite3.Connection) -> dict[tuple[str, str, str], KnownReceipt]:
    known: dict[tuple[str, str, str], KnownReceipt] = {}
    for key in batch.keys:
        refuse_nul(key.name)
        row = raw.execute(_KNOWN, key.name).fetchone()
        if row is not None:
            known[key.name] = known_from(*row)
    return known


def _write_rows(writes: Sequence[WalletWrite], raw: sqlite3.Connection) -> None:
    postings = [write.posting for write in writes]
    lines = [line for posting in postings for line in posting.transactions]
    for statement, rows in (
        (_WALLETS, [wallet_row(p.wallet, p.wallet.version + 1, _KEPT) for p in postings]),
        (_GRANTS, [grant_row(grant, _KEPT) for p in postings for grant in p.grants]),
        (_HOLDS, [hold_row(hold, _KEPT) for p in postings for hold in p.holds]),
        (_LINES, [line_row(line, _KEPT) for line in lines]),
        (_TEXTS, [text_row(line) for line in lines]),
        (_KEYS, [key_row(receipt, _KEPT) for write in writes for receipt in write.receipts]),
        (_EVENTS, [event_row(event, _KEPT) for write in writes for event in write.events]),
    ):
        if rows:
            refuse_nul_in_rows(rows)
            raw.executemany(statement, rows)


@frozen
class SqliteStatements(Statements):
    """The ledger as customers and admins read it."""

    reader: SqliteReader
    reading: Open

    async def page(
        self, account_id: AccountId, request: PageRequest, type: TransactionType | None = None
    ) -> Page[StatementLine]:
        if type is None:
            values = statements.page_values(account_id, request)
            return statements.page_from(self.reader.rows(_PAGE, values), _KEPT)
        statement = _PAGE_OF_USAGE if type == AI_USAGE else _PAGE_OF_RARE_TYPE
        values = statements.page_of_type_values(account_id, request, type)
        found = self.reader.rows(statement, values)
        return statements.page_of_type_from(found, request.limit, _KEPT)

    async def search(self, where: TransactionFilter, request: PageRequest) -> Page[Transaction]:
        return await statements.search(self.reading, where, request)
