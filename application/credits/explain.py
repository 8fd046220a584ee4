"""Answer why a number is what it is: a balance at any instant, and a single transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from weakref import WeakValueDictionary

from attrs import field, frozen

from application.credits.steps.account_proof import let_others_run
from application.ports.credits import LedgerRecords
from application.ports.system import Clock
from application.ports.unit_of_work import BeginRead, BeginWork
from application.wallets.settling import Settlement
from domain.credits.errors import LedgerBeingRead
from domain.credits.explanation import BalanceExplained, BalanceStory
from domain.credits.grant import Grant
from domain.credits.ids import AccountId, TransactionId
from domain.credits.stretch import STRETCH_LINES, Stretch, StretchAddedUp
from domain.credits.transaction import GENESIS, Transaction
from domain.errors import InvalidField

LINES_AT_ONCE = 250
"""So many are read in a few milliseconds, for which everybody else in the process waits."""

STRETCHES_MAX = 8
"""How many stretches nobody has added up yet are read at a time: some seconds at most."""

_STRETCHES_AT_ONCE = 100


@frozen(kw_only=True)
class ExplainBalance:
    """Ask about an account's balance, now or at an instant that has passed."""

    account_id: AccountId
    at: datetime | None = None


@frozen(kw_only=True)
class ExplainingBalance:
    """Read the account's ledger from its first line to the instant, lot by lot.

    What time has decided by now is posted first, so that the ledger tells it. Whole stretches are
    added up once and kept, so that a long ledger is read from the last of them on; one is taken
    only while it is of the lines that are there, by its length and its last line's hash. Of those
    that are new no more than `stretches_max` are read at a time. Of one account one explanation is
    made at a time. Refusals: InvalidField for an instant still to come; LedgerBeingRead where more
    stretches are new, each try getting further, unless the ledger is broken in as many.
    """

    begin: BeginWork
    records: LedgerRecords
    read: BeginRead
    settlement: Settlement
    clock: Clock
    stretch_lines: int = STRETCH_LINES
    stretches_max: int = STRETCHES_MAX
    _turns: WeakValueDictionary[AccountId, asyncio.Lock] = field(
        init=False, factory=WeakValueDictionary, eq=False, repr=False
    )

    async def __call__(self, command: ExplainBalance) -> BalanceExplained:
        async with self._turns.setdefault(command.account_id, asyncio.Lock()):
            return await self._explained(command)

    async def _explained(self, command: ExplainBalance) -> BalanceExplained:
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
        stretches = await self._read_stretches(story, command.account_id, wallet.seq)
        lines = LedgerLines(records=self.records, account_id=command.account_id)
        await lines.read(story, stretches * self.stretch_lines, wallet.seq)
        async with self.read() as work:
            holds = await work.holds.open_at(command.account_id, at)
        return story.close(grants, holds)

    async def _read_stretches(self, story: BalanceStory, account_id: AccountId, seq: int) -> int:
        """Take in every whole stretch before the instant; return how many. Raises LedgerBeingRead.

        The lines that are left are fewer than two stretches have.
        """
        number, whole, new = 0, seq // self.stretch_lines, 0
        after_hash = GENESIS
        while number < whole:
            some = range(number, min(number + _STRETCHES_AT_ONCE, whole))
            kept = await self._kept(account_id, some)
            for number in some:
                stretch = kept.get(number)
                if stretch is None:
                    if new == self.stretches_max:
                        raise LedgerBeingRead(read_lines=number * self.stretch_lines, lines=seq)
                    stretch = await self._added_up(account_id, number, after_hash)
                    new += 1
                if stretch is not None:
                    if not story.read_stretch(stretch):
                        return number
                    after_hash = stretch.last_hash
            number = some.stop
        return whole

    async def _kept(self, account_id: AccountId, numbers: range) -> Mapping[int, Stretch]:
        """Return those sums that are of as many lines as here, and end with the line there is."""
        found = await self.records.stretches(account_id, numbers.start, len(numbers))
        kept = [
            each for each in found if each.number in numbers and each.lines == self.stretch_lines
        ]
        if not kept:
            return {}
        ends = await self.records.hashes(account_id, [each.last_seq for each in kept])
        return {each.number: each for each in kept if ends.get(each.last_seq) == each.last_hash}

    async def _added_up(
        self, account_id: AccountId, number: int, after_hash: bytes
    ) -> Stretch | None:
        """Add up a stretch, and keep it if nothing of it is missing or was changed.

        None if it has no line any more. What is broken is told as it is now, and read each time.
        """
        adding = StretchAddedUp(number=number, length=self.stretch_lines, after_hash=after_hash)
        await LedgerLines(records=self.records, account_id=account_id).add_up(adding)
        stretch = adding.stretch()
        if stretch is not None and adding.is_whole:
            async with self.begin() as work:
                await work.ledger_stretches.keep(stretch)
                await work.commit()
        return stretch


@frozen(kw_only=True)
class LedgerLines:
    """The lines of one account, read in pages between which others have their turn."""

    records: LedgerRecords
    account_id: AccountId

    async def read(self, story: BalanceStory, after_seq: int, last_seq: int) -> None:
        """Let a story take lines in, until one came too late for it."""
        await self._each(after_seq, last_seq, story.read)

    async def add_up(self, adding: StretchAddedUp) -> None:
        """Read the lines of one whole stretch."""
        await self._each(adding.after_seq, adding.last_seq, adding.read)

    async def _each(
        self, after_seq: int, last_seq: int, take: Callable[[Transaction], bool]
    ) -> None:
        while after_seq < last_seq:
            limit = min(LINES_AT_ONCE, last_seq - after_seq)
            lines = await self.records.lines(self.account_id, after_seq, limit)
            if not lines or not all(take(line) for line in lines):
                return
            after_seq = lines[-1].seq
            await let_others_run()


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
