"""Wallets inside a unit of work, and the ledger read piece by piece."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from attrs import frozen
from sqlalchemy import delete, func, literal, select, tuple_, union_all, update

from adapters.stores.sql import rows
from adapters.stores.sql.hold_rows import HOLD, HOLD_CHANGES, hold_from, hold_row
from adapters.stores.sql.kept import AS_IT_IS
from adapters.stores.sql.ledger_rows import (
    GRANT,
    GRANT_CHANGES,
    KEY,
    LINE,
    TEXT,
    WALLET,
    allocations_from,
    grant_from,
    grant_row,
    key_row,
    known_from,
    line_from,
    line_row,
    text_row,
    wallet_from,
    wallet_row,
)
from adapters.stores.sql.ledger_stretches import stretches
from adapters.stores.sql.open_transaction import Open, OpenTransaction, Values
from adapters.stores.sql.tables.credits import (
    grants,
    holds,
    ledger_keys,
    transaction_texts,
    transactions,
    wallets,
)
from application.ports.credits import KeyedReceipt, LedgerRecords, Receipt, Wallets
from application.ports.idempotency import RequestKey
from domain.credits.errors import KeyReused, TransactionNotFound
from domain.credits.grant import Grant
from domain.credits.hold import Hold
from domain.credits.ids import AccountId, GrantId, TransactionId
from domain.credits.posting import Posting
from domain.credits.stretch import Stretch
from domain.credits.transaction import AI_USAGE, LOSSES, USAGE_REFUND, Transaction
from domain.credits.usage_refund import refund_cause
from domain.credits.wallet import Wallet

_WALLETS = select(*(wallets.c[name] for name in WALLET))
GRANTS = select(*(grants.c[name] for name in GRANT))
HOLDS = select(*(holds.c[name] for name in HOLD))
LINES = select(
    *(transactions.c[name] for name in LINE), *(transaction_texts.c[name] for name in TEXT[2:])
).select_from(
    transactions.outerjoin(
        transaction_texts,
        (transaction_texts.c.account_id == transactions.c.account_id)
        & (transaction_texts.c.seq == transactions.c.seq),
    )
)


@frozen
class SqlWallets(Wallets):
    """Wallets taken one by one: the row is locked first, and what it owns is read after that."""

    transaction: OpenTransaction

    async def take(self, account_id: AccountId) -> Wallet:
        query = self.transaction.locked(_WALLETS.where(wallets.c.account_id == account_id))
        row = rows.first(await self.transaction.run(query))
        if row is None and self.transaction.may_write:
            # There has to be a row to lock; an empty one is no wallet yet.
            empty = wallet_row(Wallet(account_id=account_id), 0, AS_IT_IS)
            await rows.add_new(self.transaction, wallets, _values(WALLET, empty))
            row = rows.first(await self.transaction.run(query))
        if row is None:
            return Wallet(account_id=account_id)
        grants_found = await _open_grants(self.transaction, account_id)
        holds_found = await _open_holds(self.transaction, account_id) if row.held else ()
        return wallet_from(row, grants_found, holds_found, AS_IT_IS)

    async def receipt(self, key: RequestKey) -> Receipt | None:
        row = await rows.find(self.transaction, ledger_keys, *key.name)
        if row is None:
            return None
        if row.fingerprint != key.fingerprint:
            raise KeyReused(key=key.key)
        return known_from(row.fingerprint, row.receipt).receipt

    async def lots_caused_by(self, account_id: AccountId, cause: str) -> Sequence[Grant]:
        query = GRANTS.where(grants.c.account_id == account_id, grants.c.cause == cause)
        found = await self.transaction.run(query.order_by(grants.c.id))
        return [grant_from(row, AS_IT_IS) for row in found]

    async def lots(
        self, account_id: AccountId, grant_ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        query = GRANTS.where(grants.c.account_id == account_id, grants.c.id.in_(grant_ids))
        found = [grant_from(row, AS_IT_IS) for row in await self.transaction.run(query)]
        return {grant.id: grant for grant in found}

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        return await _line(self.transaction, account_id, transaction_id)

    async def refunded_of(self, account_id: AccountId, transaction_id: TransactionId) -> int:
        column = transactions.c
        query = select(column.amount).where(
            column.account_id == account_id,
            # Written out, so that the index of usage refunds is known to hold what is looked for.
            column.type == literal(USAGE_REFUND, literal_execute=True),
            column.cause == refund_cause(transaction_id),
        )
        return sum(row.amount for row in await self.transaction.run(query))

    async def expired_of(self, account_id: AccountId, cause: str) -> Mapping[GrantId, int]:
        column = transactions.c
        query = select(column.allocations).where(
            column.account_id == account_id,
            # Written out, so that the index of rare types is known to hold what is looked for.
            column.type != literal(AI_USAGE, literal_execute=True),
            column.type.in_(sorted(LOSSES)),
            column.cause == cause,
        )
        expired: dict[GrantId, int] = {}
        for row in await self.transaction.run(query):
            for part in allocations_from(row.allocations):
                expired[part.grant_id] = expired.get(part.grant_id, 0) + part.amount
        return expired

    async def save(self, posting: Posting, receipts: Sequence[KeyedReceipt] = ()) -> None:
        await self._save_wallet(posting.wallet)
        if posting.grants:
            changed = [_values(GRANT, grant_row(grant, AS_IT_IS)) for grant in posting.grants]
            statement = self.transaction.insert(grants)
            latest = {name: statement.excluded[name] for name in GRANT_CHANGES}
            await self.transaction.run(
                statement.on_conflict_do_update(index_elements=["account_id", "id"], set_=latest),
                changed,
            )
        if posting.holds:
            ended = [_values(HOLD, hold_row(hold, AS_IT_IS)) for hold in posting.holds]
            statement = self.transaction.insert(holds)
            latest = {name: statement.excluded[name] for name in HOLD_CHANGES}
            await self.transaction.run(
                statement.on_conflict_do_update(index_elements=["account_id", "id"], set_=latest),
                ended,
            )
        if posting.transactions:
            lines = [_values(LINE, line_row(line, AS_IT_IS)) for line in posting.transactions]
            await self.transaction.run(self.transaction.insert(transactions), lines)
            texts = [_values(TEXT, text_row(line)) for line in posting.transactions]
            await self.transaction.run(self.transaction.insert(transaction_texts), texts)
        if receipts:
            keys = [_values(KEY, key_row(receipt, AS_IT_IS)) for receipt in receipts]
            await self.transaction.run(self.transaction.insert(ledger_keys), keys)

    async def _save_wallet(self, wallet: Wallet) -> None:
        values = _values(WALLET, wallet_row(wallet, wallet.version + 1, AS_IT_IS))
        taken = (wallets.c.account_id == wallet.account_id) & (wallets.c.version == wallet.version)
        statement = update(wallets).where(taken).values(values).returning(wallets.c.account_id)
        was_taken = await self.transaction.run(statement)
        assert was_taken, "a wallet is taken in the unit of work that saves it"


@frozen
class SqlLedgerRecords(LedgerRecords):
    """The whole ledger, for sweeping and proving it."""

    reading: Open
    writing: Open

    async def accounts(self, after: AccountId | None, limit: int) -> Sequence[AccountId]:
        query = select(wallets.c.account_id).where(wallets.c.version > 0)
        if after is not None:
            query = query.where(wallets.c.account_id > after)
        async with self.reading() as transaction:
            found = await transaction.run(query.order_by(wallets.c.account_id).limit(limit))
        return [AccountId(row.account_id) for row in found]

    async def lines(
        self, account_id: AccountId, after_seq: int, limit: int
    ) -> Sequence[Transaction]:
        own = transactions.c.account_id == account_id
        query = LINES.where(own, transactions.c.seq > after_seq)
        async with self.reading() as transaction:
            found = await transaction.run(query.order_by(transactions.c.seq).limit(limit))
        return [line_from(row, AS_IT_IS) for row in found]

    async def line(self, account_id: AccountId, transaction_id: TransactionId) -> Transaction:
        async with self.reading() as transaction:
            return await _line(transaction, account_id, transaction_id)

    async def hashes(self, account_id: AccountId, seqs: Collection[int]) -> Mapping[int, bytes]:
        column = transactions.c
        query = select(column.seq, column.hash)
        own = query.where(column.account_id == account_id, column.seq.in_(seqs))
        async with self.reading() as transaction:
            return {row.seq: row.hash for row in await transaction.run(own)}

    async def stretches(self, account_id: AccountId, number: int, limit: int) -> Sequence[Stretch]:
        async with self.reading() as transaction:
            return await stretches(transaction, account_id, number, limit)

    async def wallet_and_grants(self, account_id: AccountId) -> tuple[Wallet, Sequence[Grant]]:
        all_grants = GRANTS.where(grants.c.account_id == account_id).order_by(grants.c.id)
        async with self.reading() as transaction:
            wallet = await SqlWallets(transaction).take(account_id)
            found = await transaction.run(all_grants)
        return wallet, [grant_from(row, AS_IT_IS) for row in found]

    async def due(self, now: datetime, limit: int) -> Sequence[AccountId]:
        column = grants.c
        # Time stands still for a frozen lot, and what is pinned goes when its hold ends.
        over = select(column.account_id, column.expires_at.label("due_at")).where(
            column.is_open,
            column.is_posted,
            column.expires_at <= now,
            column.frozen_at.is_(None),
            column.remaining > column.pinned,
        )
        begun = select(column.account_id, column.effective_at.label("due_at")).where(
            column.is_open, ~column.is_posted, column.effective_at <= now
        )
        silent = select(holds.c.account_id, holds.c.expires_at.label("due_at")).where(
            holds.c.is_open, holds.c.expires_at <= now
        )
        due = union_all(over, begun, silent).subquery()
        longest = (
            select(due.c.account_id)
            .group_by(due.c.account_id)
            .order_by(func.min(due.c.due_at), due.c.account_id)
            .limit(limit)
        )
        async with self.reading() as transaction:
            return [AccountId(row.account_id) for row in await transaction.run(longest)]

    async def forget_keys(self, before: datetime, limit: int) -> int:
        column = ledger_keys.c
        key = (column.owner, column.caller, column.key)
        old = (
            select(*key)
            .where(~column.is_kept_for_ever, column.stored_at < before)
            .order_by(column.stored_at)
            .limit(limit)
        )
        async with self.writing() as transaction:
            statement = delete(ledger_keys).where(tuple_(*key).in_(old)).returning(column.key)
            forgotten = len(await transaction.run(statement))
            await transaction.commit()
        return forgotten


async def _line(
    transaction: OpenTransaction, account_id: AccountId, transaction_id: TransactionId
) -> Transaction:
    own = transactions.c.account_id == account_id
    found = await transaction.run(LINES.where(own, transactions.c.id == transaction_id))
    if not found:
        raise TransactionNotFound(transaction_id=transaction_id)
    return line_from(found[0], AS_IT_IS)


async def _open_grants(transaction: OpenTransaction, account_id: AccountId) -> list[Grant]:
    query = GRANTS.where(grants.c.account_id == account_id, grants.c.is_open)
    return [grant_from(row, AS_IT_IS) for row in await transaction.run(query)]


async def _open_holds(transaction: OpenTransaction, account_id: AccountId) -> list[Hold]:
    query = HOLDS.where(holds.c.account_id == account_id, holds.c.is_open)
    return [hold_from(row, AS_IT_IS) for row in await transaction.run(query)]


def _values(names: tuple[str, ...], row: tuple[object, ...]) -> Values:
    return dict(zip(names, row, strict=True))
