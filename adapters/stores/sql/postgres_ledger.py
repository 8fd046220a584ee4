"""The ledger on PostgreSQL: every batch, load and page is one statement on a line of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from attrs import evolve, frozen

from adapters.stores.sql import statements
from adapters.stores.sql.columns import checked_instant, instant_from_postgres
from adapters.stores.sql.event_rows import event_row
from adapters.stores.sql.hold_rows import hold_row
from adapters.stores.sql.kept import AS_IT_IS
from adapters.stores.sql.ledger_rows import (
    grant_row,
    key_row,
    known_from,
    line_row,
    text_row,
    wallet_row,
    wallets_from,
)
from adapters.stores.sql.open_transaction import Open
from adapters.stores.sql.postgres_errors import judging_locks
from adapters.stores.sql.postgres_line import Line
from adapters.stores.sql.postgres_pages import PAGES, PageReads
from adapters.stores.sql.postgres_statements import LOAD, LOCK, WRITE
from application.ports.credits import (
    Batch,
    Committed,
    KnownReceipt,
    Ledger,
    OutcomeUnknown,
    StatementLine,
    Statements,
    TransactionFilter,
    WriteRefused,
)
from application.ports.paging import Page, PageRequest
from domain.credits.ids import AccountId
from domain.credits.transaction import AI_USAGE, GENESIS, Transaction, TransactionType
from domain.credits.wallet import Wallet

_KEPT = evolve(AS_IT_IS, instant_from=instant_from_postgres)

# What is written is handed over as JSON, in which the encoder puts instants and days as the server
# reads them.
_IN_JSON = evolve(AS_IT_IS, instant=checked_instant, digest=lambda digest: f"\\x{digest.hex()}")
_encode = msgspec.json.Encoder().encode


def _mark(number: int) -> str:
    return f"${number}"


_PAGE_OF_USAGE = statements.page_of_type_text(_mark, is_rare=False)
_PAGE_OF_RARE_TYPE = statements.page_of_type_text(_mark, is_rare=True)

READING = (LOAD,)
PAGING = (PAGES, _PAGE_OF_USAGE, _PAGE_OF_RARE_TYPE)
WRITING = (LOAD, LOCK, WRITE)


@frozen(kw_only=True)
class PostgresLedger(Ledger):
    """Wallets for the group commit."""

    reading: Line
    writing: Line

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        return _complete(account_ids, await self.reading.read(LOAD, account_ids))

    async def write(self, batch: Batch) -> Committed:
        return _committed(await self.writing.write(WRITE, *_values(batch)))

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        with judging_locks():
            async with self.writing.used() as connected:
                await connected.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
                await connected.rows(LOCK, account_ids, GENESIS)
                # Read in a statement of its own: one that waits for a lock has an older snapshot.
                found = await connected.rows(LOAD, account_ids)
                batch = decide(_complete(account_ids, found))
                answer = await connected.rows(WRITE, *_values(batch))
                said = await connected.execute("COMMIT")
        if said != "COMMIT":
            raise OutcomeUnknown(f"the database said {said} to a commit")
        return _committed(answer)


def _complete(account_ids: Sequence[AccountId], found: Iterable[Any]) -> dict[AccountId, Wallet]:
    wallets = wallets_from(found, _KEPT)
    return {
        account_id: wallets.get(account_id) or Wallet(account_id=account_id)
        for account_id in account_ids
    }


def _values(batch: Batch) -> list[str]:
    """Return the JSON texts that the statement is handed, in its marks' order: arrays of rows.

    An array of each column would be checked by the driver element by element, which costs three
    times as much. Raises WriteRefused for what cannot be written down.
    """
    postings = [write.posting for write in batch.writes]
    lines = [line for posting in postings for line in posting.transactions]
    receipts = [
        (write.posting.wallet.account_id, keyed)
        for write in batch.writes
        for keyed in write.receipts
    ]
    stored = {(account_id, *keyed.key.name) for account_id, keyed in receipts}
    asked = {(key.owner, *key.name) for key in batch.keys} - stored
    return [
        _text(asked),
        _text([wallet_row(p.wallet, p.wallet.version + 1, _IN_JSON) for p in postings]),
        _text([grant_row(grant, _IN_JSON) for p in postings for grant in p.grants]),
        _text([hold_row(hold, _IN_JSON) for p in postings for hold in p.holds]),
        _text([line_row(line, _IN_JSON) + text_row(line)[2:] for line in lines]),
        _text([(account_id, *key_row(keyed, _IN_JSON)) for account_id, keyed in receipts]),
        _text([event_row(event, _IN_JSON) for write in batch.writes for event in write.events]),
        _text(batch.unchanged.items()),
    ]


def _text(rows: Collection[tuple[Any, ...]]) -> str:
    try:
        return _encode(list(rows)).decode()
    except ValueError as fault:
        raise WriteRefused("something of the batch cannot be written as JSON") from fault


def _committed(answer: Iterable[Any]) -> Committed:
    written: set[AccountId] = set()
    unchanged: set[AccountId] = set()
    known: dict[tuple[str, str, str], KnownReceipt] = {}
    for kind, first, caller, key, fingerprint, receipt in answer:
        match kind:
            case "written":
                written.add(AccountId(first))
            case "unchanged":
                unchanged.add(AccountId(first))
            case _:
                known[first, caller, key] = known_from(fingerprint, receipt)
    return Committed(written=frozenset(written), unchanged=frozenset(unchanged), known=known)


@frozen(kw_only=True)
class PostgresStatements(Statements):
    """The ledger as customers and admins read it."""

    paging: Line
    pages: PageReads
    reading: Open

    async def page(
        self, account_id: AccountId, request: PageRequest, type: TransactionType | None = None
    ) -> Page[StatementLine]:
        if type is None:
            values = statements.page_values(account_id, request)
            return statements.page_from(await self.pages(values), _KEPT, before=1)
        statement = _PAGE_OF_USAGE if type == AI_USAGE else _PAGE_OF_RARE_TYPE
        values = statements.page_of_type_values(account_id, request, type)
        found = await self.paging.read(statement, *values)
        return statements.page_of_type_from(found, request.limit, _KEPT)

    async def search(self, where: TransactionFilter, request: PageRequest) -> Page[Transaction]:
        return await statements.search(self.reading, where, request)
