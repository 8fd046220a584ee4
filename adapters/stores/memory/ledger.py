"""The ledger in memory: written in groups, read as statements, and read whole to be proved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from itertools import islice

from attrs import frozen

from adapters.stores.memory.credits import LedgerRows, ledger_rows
from adapters.stores.memory.kept_rows import OutboxRow
from adapters.stores.memory.paging import id_after, page_of, seq_after
from adapters.stores.memory.table import View
from adapters.stores.memory.tables import (
    GRANT_BY_ACCOUNT,
    GRANT_DUE,
    HOLD_SILENT,
    LINE_BY_ID,
    LINE_BY_TYPE,
    RECEIPT_FORGETTABLE,
    Tables,
)
from application.ports.credits import (
    Batch,
    Committed,
    KnownReceipt,
    Ledger,
    LedgerRecords,
    StatementLine,
    Statements,
    TransactionFilter,
)
from application.ports.paging import Page, PageRequest
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, TransactionId
from domain.credits.stretch import Stretch
from domain.credits.transaction import Transaction, TransactionType
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class LedgerTables:
    """The ledger's way to its rows, alone or together with all who write."""

    tables: Tables
    writing: asyncio.Lock
    readers: list[View]

    @contextmanager
    def reading(self) -> Iterator[LedgerRows]:
        """Open the rows as they are now."""
        view = View(is_writable=False, readers=self.readers)
        try:
            yield ledger_rows(self.tables, view)
        finally:
            view.close()

    @asynccontextmanager
    async def committing(self) -> AsyncIterator[LedgerRows]:
        """Open the rows to the only writer, and commit what was done unless it failed."""
        async with self.writing:
            view = View(is_writable=True, readers=self.readers)
            yield ledger_rows(self.tables, view)
            # A commit takes time in every store, and lets others run.
            await asyncio.sleep(0)
            view.commit()


@frozen
class MemoryLedger(Ledger):
    """Wallets for the group commit."""

    at: LedgerTables

    async def load(self, account_ids: Sequence[AccountId]) -> Mapping[AccountId, Wallet]:
        with self.at.reading() as rows:
            return {account_id: rows.wallet(account_id) for account_id in account_ids}

    async def write(self, batch: Batch) -> Committed:
        async with self.at.committing() as rows:
            return _written(rows, batch)

    async def exclusively(
        self,
        account_ids: Sequence[AccountId],
        decide: Callable[[Mapping[AccountId, Wallet]], Batch],
    ) -> Committed:
        async with self.at.committing() as rows:
            wallets = {account_id: rows.wallet(account_id) for account_id in account_ids}
            return _written(rows, decide(wallets))


def _written(rows: LedgerRows, batch: Batch) -> Committed:
    """Write what still holds, and say what became of every account of the batch."""
    known: dict[tuple[str, str, str], KnownReceipt] = {}
    for key in batch.keys:
        kept = rows.receipts.find(*key.name)
        if kept is not None:
            known[key.name] = KnownReceipt(receipt=kept.receipt, fingerprint=kept.key.fingerprint)
    answered = {owner for owner, _, _ in known}

    written: set[AccountId] = set()
    for write in batch.writes:
        wallet = write.posting.wallet
        account_id = wallet.account_id
        if account_id not in answered and wallet.version == rows.version(account_id):
            rows.write(write.posting, write.receipts)
            for event in write.events:
                rows.outbox.add(OutboxRow(event=event.kept()))
            written.add(account_id)

    unchanged = frozenset(
        account_id
        for account_id, version in batch.unchanged.items()
        if account_id not in answered and version == rows.version(account_id)
    )
    return Committed(written=frozenset(written), unchanged=unchanged, known=known)


@frozen
class MemoryStatements(Statements):
    """The ledger as customers and admins read it."""

    at: LedgerTables

    async def page(
        self, account_id: AccountId, request: PageRequest, type: TransactionType | None = None
    ) -> Page[StatementLine]:
        below = None if request.after is None else seq_after(request.after)
        with self.at.reading() as rows:
            if type is not None:
                before = None if below is None else (account_id, type, below)
                prefix = (account_id, type)
                lines = rows.transactions.descending(LINE_BY_TYPE, prefix=prefix, before=before)
                return page_of(map(StatementLine.of, lines), request.limit, _seq)
            # Lines are numbered without a gap: an offset is a subtraction, the total is the newest.
            wallet = rows.wallets.find(account_id)
            newest = 0 if wallet is None else wallet.seq
            end = newest + 1 - request.offset if below is None else below
            lines = rows.transactions.descending(prefix=(account_id,), before=(account_id, end))
            shown = map(StatementLine.of, lines)
            return page_of(shown, request.limit, _seq, total=newest)

    async def search(self, where: TransactionFilter, request: PageRequest) -> Page[Transaction]:
        before = id_after(request.after)
        with self.at.reading() as rows:
            lines = rows.transactions.descending(LINE_BY_ID, before=before)
            found = (line for line in lines if _matches(where, line))
            return page_of(found, request.limit, lambda line: line.id)


def _seq(line: StatementLine) -> str:
    return str(line.seq)


def _matches(where: TransactionFilter, line: Transaction) -> bool:
    return (
        (where.account_id is None or line.account_id == where.account_id)
        and (where.type is None or line.type == where.type)
        and (where.from_at is None or line.at >= where.from_at)
        and (where.to_at is None or line.at < where.to_at)
    )


@frozen
class MemoryLedgerRecords(LedgerRecords):
    """The whole ledger, for sweeping and proving it."""

    at: LedgerTables

    async def accounts(self, after: AccountId | None, limit: int) -> Sequence[AccountId]:
        with self.at.reading() as rows:
            wallets = rows.wallets.ascending(after=None if after is None else (after,))
            return [wallet.account_id for wallet in islice(wallets, limit)]

    async def lines(
        self, account_id: AccountId, after_seq: int, limit: int
    ) -> Sequence[Transaction]:
        with self.at.reading() as rows:
            lines = rows.transactions.ascending(prefix=(account_id,), after=(account_id, after_seq))
            return list(islice(lines, limit))

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        with self.at.reading() as rows:
            return rows.line(account_id, transaction_id)

    async def hashes(self, account_id: AccountId, seqs: Collection[int]) -> Mapping[int, bytes]:
        with self.at.reading() as rows:
            found = (rows.transactions.find(account_id, seq) for seq in seqs)
            return {line.seq: line.hash for line in found if line is not None}

    async def stretches(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        with self.at.reading() as rows:
            own = rows.ledger_stretches.ascending(prefix=(account_id,))
            return list(islice((each for each in own if each.number >= number), limit))

    async def wallet_and_grants(self, account_id: AccountId) -> tuple[Wallet, Sequence[Grant]]:
        with self.at.reading() as rows:
            grants = rows.grants.ascending(GRANT_BY_ACCOUNT, prefix=(account_id,))
            return rows.wallet(account_id), list(grants)

    async def due(self, now: datetime, limit: int) -> Sequence[AccountId]:
        decided: list[tuple[datetime, AccountId]] = []
        with self.at.reading() as rows:
            for grant in rows.grants.ascending(GRANT_DUE):
                decided_at = grant.expires_at if grant.is_posted else grant.effective_at
                if decided_at is None or decided_at > now:
                    break
                decided.append((decided_at, grant.account_id))
            for hold in rows.holds.ascending(HOLD_SILENT):
                if hold.expires_at > now:
                    break
                decided.append((hold.expires_at, hold.account_id))
        return list(dict.fromkeys(account_id for _, account_id in sorted(decided)))[:limit]

    async def forget_keys(self, before: datetime, limit: int) -> int:
        async with self.at.committing() as rows:
            kept = rows.receipts.ascending(RECEIPT_FORGETTABLE)
            old = [each for each in islice(kept, limit) if each.receipt.at < before]
            for each in old:
                rows.receipts.remove(*each.key.name)
            return len(old)
