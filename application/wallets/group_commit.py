"""Many wallet commands, one commit: the rules stay in Python, the store is asked once a group.

While a group is being written the next one collects; there is no timer, so a lone command goes at
once. Where many wait, the next group may decide meanwhile, too. Groups decide on wallets from a
bounded cache, and the store writes each wallet only if its version still holds.
`docs/decisions/0003-group-commit.md` says why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias, cast

from attrs import Factory, define, field, frozen

from application.ports.credits import (
    Batch,
    Committed,
    Ledger,
    OutcomeUnknown,
    WalletLocked,
    WriteRefused,
)
from application.ports.system import Clock, NewId
from application.wallets.commit_tally import CommitTally
from application.wallets.waiting_commands import AHEAD_MIN, WaitingCommands
from application.wallets.wallet_cache import WalletCache
from application.wallets.wallet_command import Outcome, WalletCommand
from application.wallets.wallet_decisions import Decisions, Ticket, batch_of
from domain.credits.changed_wallet import changed_wallet
from domain.credits.ids import AccountId
from domain.credits.posting import Posting
from domain.credits.wallet import Wallet
from domain.errors import Busy

QUEUE_MAX = 10_000
STALE_ROUNDS_MAX = 3
UNKNOWN_TRIES_MAX = 5
# Into so many parts a group is split in which a wallet is locked: 256 accounts, three short waits.
LOCKED_PARTS = 16
# So many waits for locks hold up one group; whoever is still in the way then goes to the end.
LOCK_WAITS_MAX = 9
# The store takes one group after the other: while one is written and one is decided, a third would
# do nothing but keep commands from gathering.
FLUSHERS_MAX = 2
_FIRST_PAUSE_SECONDS = 0.02


@frozen(kw_only=True)
class TooManyWaiting(Busy):
    """More wallet commands wait than can be served soon; nothing was done."""

    code: ClassVar[str] = "busy"

    def __str__(self) -> str:
        return "Too many requests are waiting; repeat shortly with the same key."


@frozen(kw_only=True)
class StoreSilent(Busy):
    """The store did not answer, so it is not known whether the command took effect."""

    code: ClassVar[str] = "store_unavailable"

    def __str__(self) -> str:
        return "The store does not answer; repeat with the same Idempotency-Key, which is safe."


@define(eq=False)
class _LockWaits:
    """How often one group has waited for a lock that it did not get."""

    count: int = 0


_Write: TypeAlias = Callable[[Sequence[Ticket]], Awaitable[None]]


@define(eq=False, kw_only=True)
class GroupCommit:
    """The one queue through which a process sends wallet commands that stand alone.

    It `decides_ahead` where a write leaves this process free: not on a store that works within it,
    for which groups would only become smaller.

    Raises, to whoever asked: the refusals of the command, KeyReused, TooManyWaiting, StoreSilent.
    """

    ledger: Ledger
    clock: Clock
    new_id: NewId
    cache: WalletCache = Factory(WalletCache)
    tally: CommitTally = Factory(CommitTally)
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    decides_ahead: bool = True
    _queue: WaitingCommands = field(init=False)
    _flushers: set[asyncio.Task[None]] = field(factory=set, init=False)

    @_queue.default
    def _empty_queue(self) -> WaitingCommands:
        return WaitingCommands(decides_ahead=self.decides_ahead)

    async def __call__(self, command: WalletCommand) -> Outcome:
        """Carry out a command, together with whatever else is waiting, and return its outcome."""
        return await self.submit(command)

    def submit(self, command: WalletCommand) -> asyncio.Future[Outcome]:
        """Queue a command. Its future may be abandoned; the command is carried out all the same."""
        if len(self._queue) >= QUEUE_MAX:
            raise TooManyWaiting
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.add(Ticket(command, outcome))
        if not self._flushers or len(self._queue) % AHEAD_MIN == 0:
            self._begin()
        return outcome

    @property
    def waiting(self) -> int:
        """How many commands wait for the next group."""
        return len(self._queue)

    async def drain(self) -> None:
        """Wait until everything queued has its outcome."""
        while self._flushers:
            await asyncio.shield(asyncio.gather(*self._flushers))

    def _begin(self) -> None:
        """Let a group begin, unless enough are under way."""
        if len(self._flushers) < (FLUSHERS_MAX if self.decides_ahead else 1):
            flusher = asyncio.create_task(self._flush(), name="group-commit")
            self._flushers.add(flusher)
            # One that is cancelled before it has begun would stay there.
            flusher.add_done_callback(self._flushers.discard)

    async def _flush(self) -> None:
        try:
            while group := self._next_group():
                self.tally.group(len(group))
                try:
                    await self._commit(group)
                except BaseException:
                    # The loop is going down: nobody may be left waiting for ever.
                    _give_up((*group, *self._queue), StoreSilent())
                    self._queue.clear()
                    raise
                finally:
                    self._queue.end(group)
        finally:
            # At once, so that whoever comes next begins anew.
            self._flushers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next_group(self) -> Sequence[Ticket]:
        """Take the next group. What is left has its accounts under way, or waits for its turn."""
        group = self._queue.next_group()
        if len(self._queue) >= AHEAD_MIN:
            self._begin()
        return group

    async def _commit(self, group: Sequence[Ticket]) -> None:
        waits = _LockWaits()
        locked = {t.command.account_id for t in group if t.locked_tries}
        # Wallets that were locked a moment ago come last and by themselves, not to hold up others.
        for is_locked in (False, True):
            some = [t for t in group if (t.command.account_id in locked) is is_locked]
            starved = [t for t in some if t.stale_rounds >= STALE_ROUNDS_MAX]
            quick = [t for t in some if t.stale_rounds < STALE_ROUNDS_MAX]
            if starved:
                await self._attempt(starved, self._exclusively, waits)
            if quick:
                await self._attempt(quick, self._optimistically, waits)

    async def _attempt(self, group: Sequence[Ticket], write: _Write, waits: _LockWaits) -> None:
        try:
            await write(group)
        except WalletLocked:
            self.tally.locked += 1
            await self._go_round_locks(group, write, waits)
        except WriteRefused as verdict:
            await self._bisect(group, verdict, write, waits)
        except OutcomeUnknown:
            self.tally.unknown += 1
            await self._again(group)
        except Exception as fault:  # noqa: BLE001 - handed on to those whom it concerns
            _give_up(group, fault)

    async def _optimistically(self, group: Sequence[Ticket]) -> None:
        accounts = list(dict.fromkeys(t.command.account_id for t in group))
        # Taken out of the cache: whatever happens to this write, nothing stale stays behind.
        wallets = self.cache.take(accounts)
        missing = [account for account in accounts if account not in wallets]
        if missing:
            wallets |= await self.ledger.load(missing)
        decisions = self._decide(group, wallets)
        committed = await self.ledger.write(batch_of(group, decisions))
        self._conclude(group, decisions, committed)

    async def _exclusively(self, group: Sequence[Ticket]) -> None:
        accounts = sorted({t.command.account_id for t in group})
        self.cache.take(accounts)
        decisions: dict[AccountId, Decisions] = {}

        def decide(wallets: Mapping[AccountId, Wallet]) -> Batch:
            decisions.update(self._decide(group, wallets))
            return batch_of(group, decisions)

        committed = await self.ledger.exclusively(accounts, decide)
        self._conclude(group, decisions, committed)

    def _decide(
        self, group: Sequence[Ticket], wallets: Mapping[AccountId, Wallet]
    ) -> dict[AccountId, Decisions]:
        now = self.clock()
        decisions: dict[AccountId, Decisions] = {}
        for ticket in group:
            account_id = ticket.command.account_id
            found = decisions.get(account_id)
            if found is None:
                wallet = wallets[account_id]
                found = decisions[account_id] = Decisions(wallet, Posting(wallet=wallet))
            found.decide(ticket, now, self.new_id)
        return decisions

    def _conclude(
        self,
        group: Sequence[Ticket],
        decisions: Mapping[AccountId, Decisions],
        committed: Committed,
    ) -> None:
        for account_id, found in decisions.items():
            if account_id in committed.written:
                after = found.posting.wallet
                self.cache.put(changed_wallet(after, version=after.version + 1))
                found.settle()
            elif account_id in committed.unchanged:
                self.cache.put(found.loaded)
                found.settle()
        stale: list[Ticket] = []
        for ticket in group:
            if ticket.is_settled:
                continue
            key = ticket.command.key
            known = committed.known.get(key.name) if key is not None else None
            if known is not None:
                ticket.answer_known(known)
            else:
                ticket.stale_rounds += 1
                stale.append(ticket)
        if stale:
            self.tally.found_stale(len(stale))
        # To the front, in order: who came first is still served first.
        self._queue.put_first(stale)

    async def _bisect(
        self,
        group: Sequence[Ticket],
        verdict: WriteRefused,
        write: _Write,
        waits: _LockWaits,
    ) -> None:
        """Find the command the store will not take, so that it fails alone."""
        pending = [ticket for ticket in group if not ticket.is_settled]
        if len(pending) <= 1:
            for ticket in pending:
                ticket.refuse(verdict)
            return
        middle = len(pending) // 2
        await self._attempt(pending[:middle], write, waits)
        await self._attempt(pending[middle:], write, waits)

    async def _go_round_locks(
        self, group: Sequence[Ticket], write: _Write, waits: _LockWaits
    ) -> None:
        """Find the account whose wallet is locked, so that it waits alone, its commands in order.

        Every part with the account in it costs a wait, hence many small parts instead of halves.
        """
        waits.count += 1
        by_account: dict[AccountId, list[Ticket]] = {}
        for ticket in group:
            if not ticket.is_settled:
                by_account.setdefault(ticket.command.account_id, []).append(ticket)
        accounts = list(by_account.values())
        if len(accounts) <= 1 or waits.count >= LOCK_WAITS_MAX:
            self._put_last([ticket for tickets in accounts for ticket in tickets])
            return
        size = -(-len(accounts) // LOCKED_PARTS)
        for start in range(0, len(accounts), size):
            part = [ticket for tickets in accounts[start : start + size] for ticket in tickets]
            if waits.count < LOCK_WAITS_MAX:
                await self._attempt(part, write, waits)
            else:
                self._put_last(part)

    def _put_last(self, tickets: Sequence[Ticket]) -> None:
        """Queue commands of locked wallets behind everybody else's, a bounded number of times."""
        again: list[Ticket] = []
        for ticket in tickets:
            ticket.locked_tries += 1
            if ticket.locked_tries < UNKNOWN_TRIES_MAX:
                again.append(ticket)
            else:
                ticket.refuse(StoreSilent())
        self._queue.put_last(again, frozenset(t.command.account_id for t in tickets))

    async def _again(self, group: Sequence[Ticket]) -> None:
        """Queue commands of unknown outcome anew: their keys tell what has happened already."""
        pending = [ticket for ticket in group if not ticket.is_settled]
        again: list[Ticket] = []
        for ticket in pending:
            ticket.unknown_tries += 1
            if ticket.unknown_tries < UNKNOWN_TRIES_MAX:
                again.append(ticket)
            else:
                ticket.refuse(StoreSilent())
        self._queue.put_first(again)
        if again:
            tries = max(ticket.unknown_tries for ticket in again)
            await self.pause(_FIRST_PAUSE_SECONDS * 2**tries)


def _give_up(tickets: Sequence[Ticket], fault: Exception) -> None:
    """Answer commands that a fault of ours kept from their outcome."""
    for ticket in tickets:
        if not ticket.is_settled:
            ticket.refuse(fault)
