"""Wallets inside a unit of work, and the rows that wallets and ledger share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from attrs import evolve, frozen

from adapters.stores.memory.kept_rows import OutboxRow
from adapters.stores.memory.table import Rows, View
from adapters.stores.memory.tables import (
    GRANT_BY_ACCOUNT,
    GRANT_OPEN,
    HOLD_OPEN,
    LINE_BY_ID,
    LINE_BY_TYPE,
    LINE_REFUNDING,
    Tables,
)
from application.ports.credits import KeyedReceipt, Receipt, Wallets, WriteRefused
from application.ports.idempotency import RequestKey
from domain.credits.errors import KeyReused, TransactionNotFound
from domain.credits.grant import Grant
from domain.credits.hold import Hold
from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.credits.posting import Posting
from domain.credits.stretch import Stretch
from domain.credits.transaction import LOSSES, Transaction
from domain.credits.usage_refund import refund_cause
from domain.credits.wallet import Wallet


@frozen(kw_only=True)
class LedgerRows:
    """The rows that a wallet is made of. A wallet's row holds no grants; those have their own."""

    wallets: Rows[Wallet]
    grants: Rows[Grant]
    holds: Rows[Hold]
    transactions: Rows[Transaction]
    receipts: Rows[KeyedReceipt]
    outbox: Rows[OutboxRow]
    ledger_stretches: Rows[Stretch]

    def wallet(self, account_id: AccountId) -> Wallet:
        """Return a wallet with its open grants in burn order; an empty one for a new account."""
        row = self.wallets.find(account_id)
        if row is None:
            return Wallet(account_id=account_id)
        grants = sorted(
            self.grants.ascending(GRANT_OPEN, prefix=(account_id,)), key=attrgetter("burns")
        )
        holds = sorted(
            self.holds.ascending(HOLD_OPEN, prefix=(account_id,)),
            key=attrgetter("created_at", "id"),
        )
        return evolve(row, grants=tuple(grants), holds=tuple(holds))

    def version(self, account_id: AccountId) -> int:
        """Return the version a wallet is stored at; 0 for one that was never written."""
        row = self.wallets.find(account_id)
        return 0 if row is None else row.version

    def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        """Return one line of an account. Raises TransactionNotFound."""
        found = next(self.transactions.ascending(LINE_BY_ID, prefix=(transaction_id,)), None)
        if found is None or found.account_id != account_id:
            raise TransactionNotFound(transaction_id=transaction_id)
        return found

    def write(self, posting: Posting, receipts: Sequence[KeyedReceipt]) -> None:
        """Write the change of a wallet. Raises WriteRefused for rows that cannot be true."""
        wallet = posting.wallet
        covered = wallet.posted + wallet.overdrawn
        if covered < 0 or wallet.overdrawn < 0 or wallet.held < 0:
            raise WriteRefused(f"wallets: {wallet.account_id} would fall below zero")
        self.wallets.put(evolve(wallet, version=wallet.version + 1, grants=(), holds=()))
        for grant in posting.grants:
            if not 0 <= grant.pinned <= grant.remaining <= grant.amount:
                raise WriteRefused(f"grants: {grant.id} would leave its bounds")
            self.grants.put(grant)
        for hold in posting.holds:
            self.holds.put(hold)
        for line in posting.transactions:
            self.transactions.add(line)
        for receipt in receipts:
            self.receipts.add(receipt)


def ledger_rows(tables: Tables, view: View) -> LedgerRows:
    """Open the tables that wallets and ledger lie in."""
    return LedgerRows(
        wallets=view.rows(tables.wallets),
        grants=view.rows(tables.grants),
        holds=view.rows(tables.holds),
        transactions=view.rows(tables.transactions),
        receipts=view.rows(tables.receipts),
        outbox=view.rows(tables.outbox),
        ledger_stretches=view.rows(tables.ledger_stretches),
    )


@frozen
class MemoryWallets(Wallets):
    """Wallets of a unit of work that is the only one writing."""

    rows: LedgerRows

    async def take(self, account_id: AccountId) -> Wallet:
        self.rows.wallets.take(account_id)
        return self.rows.wallet(account_id)

    async def receipt(self, key: RequestKey) -> Receipt | None:
        kept = self.rows.receipts.find(*key.name)
        if kept is None:
            return None
        if kept.key.fingerprint != key.fingerprint:
            raise KeyReused(key=key.key)
        return kept.receipt

    async def lots_caused_by(self, account_id: AccountId, cause: str) -> Sequence[Grant]:
        own = self.rows.grants.ascending(GRANT_BY_ACCOUNT, prefix=(account_id,))
        return [grant for grant in own if grant.cause == cause]

    async def lots(
        self, account_id: AccountId, grant_ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        found = (self.rows.grants.find(grant_id) for grant_id in grant_ids)
        return {grant.id: grant for grant in found if grant and grant.account_id == account_id}

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        return self.rows.line(account_id, transaction_id)

    async def refunded_of(self, account_id: AccountId, transaction_id: TransactionId) -> int:
        own = (account_id, refund_cause(transaction_id))
        return sum(
            line.amount for line in self.rows.transactions.ascending(LINE_REFUNDING, prefix=own)
        )

    async def expired_of(self, account_id: AccountId, cause: str) -> Mapping[GrantId, int]:
        expired: dict[GrantId, int] = {}
        lines = (
            line
            for loss in sorted(LOSSES)
            for line in self.rows.transactions.ascending(LINE_BY_TYPE, prefix=(account_id, loss))
        )
        for part in (part for line in lines if line.cause == cause for part in line.allocations):
            expired[part.grant_id] = expired.get(part.grant_id, 0) + part.amount
        return expired

    async def save(self, posting: Posting, receipts: Sequence[KeyedReceipt] = ()) -> None:
        wallet = posting.wallet
        assert wallet.version == self.rows.version(wallet.account_id), "taken in another unit"
        self.rows.write(posting, receipts)
