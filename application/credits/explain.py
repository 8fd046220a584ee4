"""Answer why a number is what it is: a balance at any instant, and a single transaction."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from application.ports.credits import LedgerRecords
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead
from application.wallets.settling import Settlement
from domain.credits.explanation import BalanceExplained, BalanceStory
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, TransactionId
from domain.credits.transaction import Transaction
from domain.errors import InvalidField

LINES_AT_ONCE = 1000


@frozen(kw_only=True)
class ExplainBalance:
    """Ask about an account's balance, now or at an instant that has passed."""

    account_id: AccountId
    at: datetime | None = None


@frozen(kw_only=True)
class ExplainingBalance:
    """Read the account's ledger from its first line to the instant, lot by lot.

    What time has decided by now is posted first, so that the ledger tells it. Lines are read in
    pages; what is remembered of them is one sum for each lot. Refusals: InvalidField for an
    instant still to come.
    """

    records: LedgerRecords
    read: BeginRead
    settlement: Settlement
    clock: Clock

    async def __call__(self, command: ExplainBalance) -> BalanceExplained:
        now = self.clock()
        at = command.at or now
        if at > now:
            raise InvalidField(path="at", problem="must not lie in the future")
        await self.settlement(command.account_id)
        wallet, grants = await self.records.wallet_and_grants(command.account_id)
        if command.at is None:
            # Clocks of processes differ: what has been written has happened.
            at = wallet.at(now)
        story = BalanceStory(at=at)
        after_seq = 0
        while after_seq < wallet.seq:
            limit = min(LINES_AT_ONCE, wallet.seq - after_seq)
            lines = await self.records.lines(command.account_id, after_seq, limit)
            if not lines or not all(story.read(line) for line in lines):
                break
            after_seq = lines[-1].seq
        async with self.read() as work:
            holds = await work.holds.open_at(command.account_id, at)
        return story.close(grants, holds)


@frozen(kw_only=True)
class ExplainTransaction:
    """Ask about one line of an account's own ledger."""

    account_id: AccountId
    transaction_id: TransactionId


@frozen(kw_only=True)
class TransactionExplained:
    """A line, and every lot that paid for it or received it, in the order it did."""

    transaction: Transaction
    lots: tuple[tuple[Grant, int], ...]
    owed: int


@frozen(kw_only=True)
class ExplainingTransaction:
    """Return the line with its lots. Refusals: TransactionNotFound."""

    read: BeginRead

    async def __call__(self, command: ExplainTransaction) -> TransactionExplained:
        account_id = command.account_id
        async with self.read() as work:
            line = await work.wallets.line(account_id, command.transaction_id)
            named = [part.grant_id for part in line.allocations]
            known = await work.wallets.lots(account_id, named)
        lots = tuple(
            (known[allocation.grant_id], allocation.amount)
            for allocation in line.allocations
            if allocation.grant_id in known
        )
        return TransactionExplained(
            transaction=line, lots=lots, owed=line.amount - sum(part for _, part in lots)
        )
